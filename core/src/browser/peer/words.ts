/** What a tab and the worker with the messages say to each other before a line between them is open. */

import { hex } from '../../base/bytes.ts';
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
  /** Without files that stay, the messages are not opened at all. */
  readonly mustKeep: boolean;
}

export type ToWorker =
  | Start
  /** With a port for the tab's line. */
  | { readonly kind: 'line' }
  | Blessed;

/** For the key that was asked about. */
export interface Blessed {
  readonly kind: 'blessed';
  readonly device: Uint8Array;
  readonly blessing: Uint8Array;
}

export type FromWorker =
  /** The messages are open; those of before where `isNew` says no. */
  | { readonly kind: 'ready'; readonly isKept: boolean; readonly isNew: boolean }
  /** They could not be opened. */
  | { readonly kind: 'failed'; readonly code: FaultCode; readonly why: string }
  /** The key of the worker, for the user to bless. */
  | { readonly kind: 'bless'; readonly device: Uint8Array };

/** On the channel that all tabs of a name hear: who asks for a line, that the messages are open, that they shall go. */
export const ASK = 'ask ';
export const HERE = 'here';
export const FORGET = 'forget';

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

/** Of the messages of a user of a node. */
export function homeName(node: Uint8Array, user: Uint8Array): string {
  return `copse-peer-${hex(node.subarray(0, 8))}-${hex(user.subarray(0, 16))}`;
}

/** Whether this browser has what a worker with files needs; not everywhere, and on secure pages alone. */
export function isLent(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof BroadcastChannel !== 'undefined' &&
    typeof navigator !== 'undefined' &&
    'locks' in navigator &&
    'storage' in navigator &&
    'getDirectory' in navigator.storage
  );
}
