/**
 * News that nobody has been told yet: of one log what came becomes one row, with the mentions of all, in the order
 * in which the logs began to wait. A row names as many people as one `publish` may; those of a log with more of
 * them stand in rows before it, which end earlier (SPEC I2, I17).
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { addWriter } from 'copse/internal/log/batch.ts';
import { mentionTagBytes } from 'copse/internal/base/limits-mentions.ts';
import {
  mentionListsMax,
  mentionsPerPublishMax,
  newsWaitingMax,
  readersPerRowMax,
} from 'copse/internal/base/limits-notify.ts';

/** News of a log as it became durable. */
export interface HeardNews {
  /** Of the log in its store. */
  readonly number: number;
  readonly site: SiteId;
  readonly log: LogId;
  /** Position behind the newest entry that is news. */
  readonly length: number;
  /** Tags of 8 bytes, laid end to end. */
  readonly mentions: readonly Uint8Array[];
  /** Devices under whose identity it stands, as far as they are few. */
  readonly writers: readonly DeviceId[];
  /** Of the journal. */
  readonly record: number;
  /** Who wrote of it, and thereby has read it; up to which position. */
  readonly readers?: readonly Reader[];
}

export interface Reader {
  readonly user: UserId;
  readonly at: number;
}

export interface NewsRow {
  /** Of the log in its store. */
  readonly number: number;
  readonly site: SiteId;
  readonly log: LogId;
  readonly length: number;
  readonly mentions: readonly Uint8Array[];
  /** The first one of which something is in it. */
  readonly record: number;
  /** Of all that became this row; more than `newsWritersMax` are many. */
  readonly writers: readonly DeviceId[];
  readonly readers: readonly Reader[];
}

interface Row extends Omit<NewsRow, 'writers'> {
  length: number;
  /** Most rows are of one device, and a list of it would make them a sixth larger. */
  writers: DeviceId | DeviceId[] | null;
  /** By what they are in hex; made when there is one. */
  tags: Map<string, Uint8Array> | null;
  /** Made when there is one. */
  readAt: Map<UserId, number> | null;
}

export class UntoldNews {
  readonly #byNumber = new Map<number, Row>();
  /** Rows that are as large as they may be; newer ones of the same logs follow. */
  #full: NewsRow[] = [];
  readonly #logsMax: number;
  readonly #listsMax: number;
  /** Logs and lists of mentions that found no room. */
  lostCount = 0;

  constructor(logsMax: number = newsWaitingMax, listsMax: number = mentionListsMax) {
    this.#logsMax = logsMax;
    this.#listsMax = listsMax;
  }

  get size(): number {
    return this.#byNumber.size + this.#full.length;
  }

  /** The oldest record of the journal of which something waits; null when nothing does. */
  get firstRecord(): number | null {
    const [first] = this.#byNumber.values();
    const records = this.#full.map(({ record }) => record);
    if (first !== undefined) records.push(first.record);
    return records.length === 0 ? null : Math.min(...records);
  }

  add(news: HeardNews): void {
    const { number, length, mentions } = news;
    let row = this.#byNumber.get(number) ?? this.#begin(news);
    for (const [i, tags] of mentions.entries()) {
      if ((row.tags?.size ?? 0) + tags.length / mentionTagBytes > mentionsPerPublishMax) {
        // Behind it are the entries of at least the lists to come: what ends there was not told before.
        row.length = Math.max(row.length, length - (mentions.length - i));
        row = this.#follow(row, news);
      }
      addTags(row, tags);
    }
    row.length = length;
    for (const device of news.writers) addWriterTo(row, device);
    for (const reader of news.readers ?? []) addReader(row, reader);
  }

  #begin({ number, site, log, record }: HeardNews): Row {
    if (this.#byNumber.size >= this.#logsMax) this.#forgetOldest();
    const row = rowOf({ number, site, log, record });
    this.#byNumber.set(number, row);
    return row;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byNumber.keys();
    if (oldest !== undefined) this.#byNumber.delete(oldest);
    this.lostCount++;
  }

  /** Another row of the same log, for a full one. */
  #follow(full: Row, news: HeardNews): Row {
    const { number, record } = news;
    if (this.#full.length >= this.#listsMax) {
      this.#full.shift();
      this.lostCount++;
    }
    // Whose of its entries these are is not known any more: what follows may be of others.
    for (const device of news.writers) addWriterTo(full, device);
    this.#full.push(told(full));
    const next = rowOf({ ...full, record });
    this.#byNumber.delete(number);
    this.#byNumber.set(number, next);
    return next;
  }

  /** The rows that wait longest, so many at most and none of a busy log; they are the caller's now. */
  take(countMax: number, busy: ReadonlySet<number> = NONE): readonly NewsRow[] {
    const rows: NewsRow[] = [];
    this.#full = this.#full.filter((row) => {
      const isLeft = rows.length >= countMax || busy.has(row.number);
      if (!isLeft) rows.push(row);
      return isLeft;
    });
    for (const [number, row] of this.#byNumber) {
      if (rows.length >= countMax) break;
      if (busy.has(number)) continue;
      this.#byNumber.delete(number);
      rows.push(told(row));
    }
    return rows;
  }
}

const NONE: ReadonlySet<number> = new Set();

function rowOf({ number, site, log, record }: Pick<NewsRow, 'number' | 'site' | 'log' | 'record'>): Row {
  return {
    number,
    site,
    log,
    record,
    length: 0,
    mentions: [],
    readers: [],
    writers: null,
    tags: null,
    readAt: null,
  };
}

function told({ number, site, log, length, record, writers, tags, readAt }: Row): NewsRow {
  const readers = readAt === null ? [] : [...readAt].map(([user, at]) => ({ user, at }));
  const mentions = tags === null ? [] : [...tags.values()];
  return { number, site, log, length, record, writers: listOf(writers), readers, mentions };
}

function addWriterTo(row: Row, device: DeviceId): void {
  const { writers } = row;
  if (writers === null) row.writers = device;
  else if (typeof writers !== 'string') addWriter(writers, device);
  else if (writers !== device) row.writers = [writers, device];
}

function listOf(writers: Row['writers']): readonly DeviceId[] {
  if (writers === null) return [];
  return typeof writers === 'string' ? [writers] : writers;
}

function addReader(row: Row, { user, at }: Reader): void {
  row.readAt ??= new Map();
  row.readAt.delete(user);
  row.readAt.set(user, at);
  if (row.readAt.size <= readersPerRowMax) return;
  const [oldest] = row.readAt.keys();
  if (oldest !== undefined) row.readAt.delete(oldest);
}

function addTags(row: Row, tags: Uint8Array): void {
  row.tags ??= new Map();
  for (let at = 0; at < tags.length; at += mentionTagBytes) {
    const tag = tags.slice(at, at + mentionTagBytes);
    row.tags.set(hex(tag), tag);
  }
}
