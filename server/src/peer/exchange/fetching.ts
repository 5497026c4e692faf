/** What is there of somebody at another node before one follows her there: a bounded number, the newest (SPEC Z84). */

import { exchangeBackfillRows } from 'copse/internal/base/limits-exchange.ts';
import { peerPageRowsMax } from 'copse/internal/base/limits-peer.ts';
import type { Interest, MessageRow, PeerRemote } from 'copse/internal/api/peer.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { Shown } from './intake.ts';

/** Somebody who is followed, or a thread. */
export interface Target {
  readonly kind: 'user' | 'thread';
  /** Her key, or the id of its beginning. */
  readonly id: Uint8Array;
}

/** Older than any page reaches: they are asked for by name. */
const STATEMENTS: readonly number[] = [KIND.profile, KIND.addresses];

export function interestsOf({ kind, id }: Target): readonly Interest[] {
  const key = id.slice(0, 16);
  if (kind === 'thread') return [{ relation: 'thread', key }];
  return [
    { relation: 'posts', key },
    { relation: 'other', key },
  ];
}

/** What of somebody is here already: so many messages, from a time on without a gap. */
export interface Begun {
  readonly count: number;
  readonly fromMs: number;
}

export interface Source {
  readonly remote: Pick<PeerRemote, 'page' | 'current'>;
  readonly primitives: Primitives;
  readonly take: (rows: readonly Shown[]) => Promise<void>;
}

/**
 * Hands over what is there and not begun, page by page; the next is asked for when the one before has been taken.
 * Answers from when on everything has been handed over.
 */
export async function fetchTarget(
  { remote, primitives, take }: Source,
  target: Target,
  begun: Begun | null,
): Promise<number> {
  const { kind, id } = target;
  if (kind === 'user') await take(await statementsOf(remote, id));
  const of = [...interestsOf(target)];
  let before = begun === null ? null : { timeMs: begun.fromMs, seq: 0 };
  for (let count = begun?.count ?? 0; count < exchangeBackfillRows;) {
    const { rows }: { rows: readonly MessageRow[] } = await remote.page({
      of,
      before,
      rows: peerPageRowsMax,
    });
    const copied = rows.map(shownOf);
    const last: MessageRow | undefined = rows.at(-1);
    if (last === undefined) return 0;
    before = { timeMs: readMessage(primitives, last.message).timeMs, seq: last.seq };
    count += rows.length;
    await take(copied);
  }
  return before?.timeMs ?? 0;
}

async function statementsOf(remote: Source['remote'], from: Uint8Array): Promise<readonly Shown[]> {
  const found: Shown[] = [];
  for (const kind of STATEMENTS) {
    const { row } = await remote.current({ from, kind, name: '' });
    if (row !== null) found.push(shownOf(row));
  }
  return found;
}

/** What arrives is a view into a buffer that is used again. */
export function shownOf({ message, edit }: Shown): Shown {
  return { message: message.slice(), edit: edit?.slice() ?? null };
}
