/**
 * The messages that make up nearly all traffic (`write`, `ack`, `entries`), read and written by hand: the
 * shapes of the contract cost ten times as much per entry. And `present`, whose lists of people left
 * more garbage behind than the connections they tell of. `frames.test.ts` proves that the bytes are those
 * of the contract (SPEC W1, W2).
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { pageBytesMax } from 'copse/internal/base/limits.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { uintSize, type Reader, type Writer } from 'copse/internal/wire/buffer.ts';
import { frameKind, putFrame } from 'copse/internal/wire/frame.ts';

/** Bytes of entries in one `write` or `entries`: a page and what its last entry may exceed it by. */
export const entriesBytesMax = pageBytesMax + 128 * 1024;

const UINT32_MAX = 0xffff_ffff;
const ACK = tailApi.pushes.ack.number;
const ENTRIES = tailApi.pushes.entries.number;
const PRESENT = tailApi.pushes.present.number;
/** Place of each name in `durabilityShape`. */
const DURABILITY = { memory: 0, synced: 1, replicated: 2 } as const;
export type Durability = keyof typeof DURABILITY;

/** A `write`, read into one object that is used again for every write of a tail. */
export class WriteView {
  handle = 0;
  at: number | null = null;
  /** The entries are `bytes[from, to)` of the message. */
  from = 0;
  to = 0;

  /** Reads the body of a cast behind its number; refuses what the shape refuses. */
  read(body: Reader): void {
    this.handle = body.uint();
    if (this.handle > UINT32_MAX) throw new Fault('malformed', `a number is at most ${UINT32_MAX}`);
    const conditional = body.byte();
    if (conditional > 1) throw new Fault('malformed', 'a value is there (1) or not (0)');
    this.at = conditional === 1 ? body.uint() : null;
    const size = body.uint();
    if (size > entriesBytesMax) throw new Fault('tooLarge', `at most ${entriesBytesMax} bytes, not ${size}`);
    this.from = body.at;
    this.to = body.at + size;
    if (this.to !== body.end) {
      throw new Fault('malformed', this.to > body.end ? 'truncated' : 'bytes after the end');
    }
  }
}

/** Runs of an acknowledgement as epoch, seq, count, at; flat. */
export type FlatRuns = readonly number[];
export const FIELDS_PER_RUN = 4;

/** An `ack` of `runs[from, to)`, at most `inFlightCountMax` of them. */
export function putAck(
  writer: Writer,
  handle: number,
  durability: Durability,
  runs: { readonly flat: FlatRuns; readonly from: number; readonly to: number },
): void {
  const { flat, from, to } = runs;
  const count = (to - from) / FIELDS_PER_RUN;
  let size = 2 + uintSize(handle) + 1 + uintSize(count);
  for (let i = from; i < to; i++) size += uintSize(flat[i]!);
  writer.need(size + 8);
  writer.uint(size);
  writer.byte(frameKind.push);
  writer.uint(ACK);
  writer.uint(handle);
  writer.byte(DURABILITY[durability]);
  writer.uint(count);
  for (let i = from; i < to; i++) writer.uint(flat[i]!);
}

/** An `entries` push; `parts` hold `count` entries in `bytes` bytes. */
export function putEntriesPush(
  writer: Writer,
  run: { readonly channel: number; readonly at: number; readonly count: number; readonly bytes: number },
  parts: readonly Uint8Array[],
): void {
  const { channel, at, count, bytes } = run;
  writer.uint(2 + uintSize(channel) + uintSize(at) + uintSize(count) + uintSize(bytes) + bytes);
  writer.byte(frameKind.push);
  writer.uint(ENTRIES);
  writer.uint(channel);
  writer.uint(at);
  writer.uint(count);
  writer.uint(bytes);
  for (const part of parts) writer.raw(part);
}

export interface Presence {
  readonly channel: number;
  readonly reset: boolean;
  readonly count: number;
  readonly joined: readonly PresentLease[];
  readonly left: readonly number[];
}

/** What presence shows of a lease. */
export interface PresentLease {
  readonly session: { readonly who: number; readonly ids: Uint8Array };
  readonly state: Uint8Array;
}

/** A `present` push. */
export function putPresent(writer: Writer, { channel, reset, count, joined, left }: Presence): void {
  putFrame(writer, frameKind.push, (body) => {
    body.uint(PRESENT);
    body.uint(channel);
    body.byte(reset ? 1 : 0);
    body.uint(count);
    body.uint(joined.length);
    for (const { session, state } of joined) {
      body.uint(session.who);
      putIds(body, session.ids);
      body.uint(state.length);
      body.raw(state);
    }
    body.uint(left.length);
    for (const who of left) body.uint(who);
  });
}

/** User and device, from where they stand the other way round. */
function putIds(writer: Writer, ids: Uint8Array): void {
  for (let i = 8; i < 16; i++) writer.byte(ids[i]!);
  for (let i = 0; i < 8; i++) writer.byte(ids[i]!);
}
