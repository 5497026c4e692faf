/** What a leader is told of the entries that it writes: by lead and position, whoever made them (SPEC V8). */

import { leadApi } from 'copse/internal/api/lead.ts';
import type { NackReason } from 'copse/internal/api/tail.ts';
import type { Settled } from 'copse/internal/log/batch.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import type { Lease } from './lease.ts';

const { placed, notPlaced } = leadApi.pushes;

export function tellPlaced(lease: Lease, run: Pick<Settled<unknown>, 'epoch' | 'at' | 'count'>): void {
  const message = { handle: lease.handle, lead: run.epoch, at: run.at, count: run.count };
  lease.session.line.push((writer) => putNote(writer, frameKind.push, placed, message));
}

/** As the sequencer names it: the lead is its epoch, the position its seq. */
export function tellNotPlaced(
  lease: Lease,
  verdict: { readonly epoch: number; readonly seq: number; readonly reason: NackReason },
): void {
  const { epoch: lead, seq: at, reason } = verdict;
  const message = { handle: lease.handle, lead, at, reason };
  lease.session.line.push((writer) => putNote(writer, frameKind.push, notPlaced, message));
}
