/** What became of an append, and what the writing half of a log needs to find it out. */

import { fromUtf8, NO_BYTES } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { EntryCursor } from '../wire/entry.ts';
import type { AppendRequest, BacklogOwner } from './backlog.ts';
import type { Own } from './own-runs.ts';
import type { Durability } from './types.ts';

/** What became of an append. */
export type Outcome =
  | { readonly kind: 'ok'; readonly at: number; readonly durability: Durability }
  /** The leader of the log has placed another value in its stead. */
  | {
      readonly kind: 'changed';
      readonly at: number;
      readonly durability: Durability;
      readonly value: Uint8Array;
    }
  | { readonly kind: 'conflict'; readonly tail: number }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** The open lease through which a writer sends. */
export interface WriteLease {
  /** Highest epoch this device has written under in this log, as the log knows it. */
  readonly writerEpoch: number;
  send(at: number | null, entries: Uint8Array): void;
}

export interface WriterOwner extends BacklogOwner {
  readonly env: Env;
  /** The log's tail as far as it is known. */
  tail(): number;
  /** An append was taken in; it is shown as waiting until it settles. */
  onWaiting(request: AppendRequest): void;
  onSettled(id: string, outcome: Outcome): void;
  /** Gets the site's keys up to an epoch; rejects when they cannot be had now. */
  renewKeys(keyEpoch: number): Promise<void>;
  /** The log is led, or led by another: entries go another way. */
  onLed(): void;
  /** This device's entries from a position on, by the names of their identities. */
  findOwn(from: number): Promise<ReadonlyMap<string, Own>>;
}

/** What became of an entry of this device that stands in the log. */
export function standing({ keys, place }: BacklogOwner, own: Own, durability: Durability): Outcome {
  const { at, ruled: entry } = own;
  if (entry === null) return { kind: 'ok', at, durability };
  const cursor = new EntryCursor(entry);
  cursor.next();
  const opened = keys.openEntry(place.log, cursor);
  const value = typeof opened === 'string' ? NO_BYTES : opened;
  if (cursor.ruling === 'changed') return { kind: 'changed', at, durability, value };
  return { kind: 'failed', fault: new Fault('refused', fromUtf8(value) ?? '') };
}
