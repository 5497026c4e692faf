/** What a tab and the worker with the messages say to each other before a line between them is open. */

import type { FaultCode } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';

/** The first message to the worker, by the tab that has made it. */
export interface Start {
  readonly kind: 'start';
  /** Of the store and of all channels; one per user and node. */
  readonly name: string;
  readonly user: Key;
  /** Null: there is none, or none yet. */
  readonly node: { readonly url: string; readonly key: Key } | null;
  readonly bytesMax: number;
}

export type ToWorker =
  | Start
  /** With a port for the tab's line. */
  | { readonly kind: 'line' }
  | { readonly kind: 'blessed'; readonly blessing: Uint8Array };

export type FromWorker =
  /** The messages are open; those of before where `isNew` says no. */
  | { readonly kind: 'ready'; readonly isKept: boolean; readonly isNew: boolean }
  /** They could not be opened. */
  | { readonly kind: 'failed'; readonly code: FaultCode; readonly why: string }
  /** The key of the worker, for the user to bless. */
  | { readonly kind: 'bless'; readonly device: Uint8Array }
  /** What the node does not take: a message by its id, and why. */
  | { readonly kind: 'refused'; readonly id: Uint8Array; readonly why: string };

/** On the channel that all tabs of a name hear: who asks for a line, and that the messages are open. */
export const ASK = 'ask ';
export const HERE = 'here';

export function squareName(name: string): string {
  return `copse/1/peer/${name}`;
}

/** The channel of one tab's line. */
export function pairName(name: string, pair: string): string {
  return `${squareName(name)}/pair/${pair}`;
}

/** The lock of whoever has the messages. */
export function homeLock(name: string): string {
  return `${squareName(name)}/home`;
}

/** The lock that a tab holds while it lives. */
export function tabLock(name: string, tab: string): string {
  return `${squareName(name)}/tab/${tab}`;
}
