/** The parts of a device: what it keeps, what it holds per log, how it reaches its node. */

import { must } from 'copse/internal/base/assert.ts';
import { fromUtf8 } from 'copse/internal/base/bytes.ts';
import { Follower } from 'copse/internal/log/follower.ts';
import { WriterMachine, type Queued } from 'copse/internal/log/writer.ts';
import type { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { LogHistory, Sight } from '../history.ts';
import { ReaderHistory } from '../reader-history.ts';
import type { EndEvents } from '../network.ts';
import type { SimEnv, World } from '../world.ts';
import type { Message, Up } from './messages.ts';

export interface DeviceTuning {
  /** Bytes that the application may have waiting before the reader holds. */
  readonly holdBytes: number;
  /** How long the application takes for one delivery, milliseconds. */
  readonly appMs: number;
  readonly writeBytesMax: number;
}

/** What a device keeps through a crash: its unacknowledged entries and its count of runs. */
export interface DeviceKeep {
  epoch: number;
  /** By log, in the order of the queue. */
  readonly rows: Map<number, Kept[]>;
  /** Rows whose deletion may be undone by a power cut, oldest first. */
  readonly deleted: { readonly number: number; readonly row: Kept }[];
}

/** A conditional append is an act of its process and ends with it. */
export function dropConditional(keep: DeviceKeep, histories: ReadonlyMap<number, LogHistory>): void {
  for (const [number, rows] of keep.rows) {
    if (rows.at(-1)?.entry.at === null) continue;
    const row = rows.pop();
    if (row !== undefined) histories.get(number)?.forgotten(row.value);
  }
}

/** The power goes: the last `count` deletions did not reach the disk. */
export function undelete(keep: DeviceKeep, count: number): void {
  for (let i = 0; i < count; i++) {
    const last = keep.deleted.pop();
    if (last?.row.entry.at === null) keep.rows.get(last.number)?.push(last.row);
  }
  for (const rows of keep.rows.values()) {
    rows.sort((a, b) => a.entry.epoch - b.entry.epoch || a.entry.seq - b.entry.seq);
  }
  keep.deleted.length = 0;
}

export interface Kept {
  readonly entry: Queued;
  readonly value: string;
}

export class DeviceLog {
  readonly number: number;
  readonly history: LogHistory;
  readonly writer = new WriterMachine();
  readonly reader: ReaderHistory;
  readonly follower: Follower;
  valueByIdentity = new Map<string, string>();
  seq = 0;
  keyEpoch = 1;
  leased = false;
  pausedUntilMs = 0;
  /** Entries whose fate is being read from the log, and from where. */
  recovering: { readonly entries: Queued[]; next: number } | null = null;
  appBytes = 0;

  constructor(number: number, history: LogHistory, name: string, from: number) {
    this.number = number;
    this.history = history;
    this.reader = new ReaderHistory(history, name, { from });
    this.follower = new Follower(from);
  }
}

/** How a device reaches its node: a wire that carries messages as they are, or a link that encodes them. */
export interface Port {
  send(message: Up): void;
  listen(events: EndEvents<Message>): void;
  close(): void;
}

export interface DeviceOptions {
  readonly world: World;
  readonly env: SimEnv;
  readonly name: string;
  readonly deviceBytes: Uint8Array;
  readonly keep: DeviceKeep;
  readonly tuning: DeviceTuning;
  readonly histories: ReadonlyMap<number, LogHistory>;
  readonly readFrom: (history: LogHistory) => number;
  /** A new way to the node, or null when there is none to be had. */
  readonly dial: () => Port | null;
}

export function identityOf(epoch: number, seq: number): string {
  return `${epoch}/${seq}`;
}

/** An entry as the judge sees it: its value, and everything that must stay the same. */
export function sightOf(cursor: EntryCursor, at: number): Sight {
  const { bytes, start, end, payloadAt, payloadEnd, epoch, seq } = cursor;
  const value = must(fromUtf8(bytes.subarray(payloadAt, payloadEnd)), 'a payload is text').trimEnd();
  return { at, value, stamp: `${epoch}/${seq}#${Bun.hash.xxHash32(bytes.subarray(start, end))}` };
}

export function joined(entries: readonly Queued[]): Uint8Array {
  const out = new Uint8Array(entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of entries) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
