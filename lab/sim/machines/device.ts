/**
 * The smallest client that can stand: a writer and a follower per log over one wire, a queue that survives
 * the process, reconnects with jitter, and the search in the log for entries whose fate is unknown.
 */

import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { unsyncedCountMax } from 'copse/internal/base/limits.ts';
import type { FollowerStep } from 'copse/internal/log/follower.ts';
import type { Queued, WriterEffect } from 'copse/internal/log/writer.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import type { Page } from 'copse/internal/api/tail.ts';
import {
  DeviceLog,
  identityOf,
  joined,
  sightOf,
  type DeviceOptions,
  type Kept,
  type Port,
} from './device-parts.ts';
import type { World } from '../world.ts';
import type { Down } from './messages.ts';

/** Entries that a device queues at most. */
const QUEUE_COUNT_MAX = 2000;
const ENTRY_BYTES_USUAL = 40;

export class MachineDevice {
  readonly #options: DeviceOptions;
  readonly #logs = new Map<number, DeviceLog>();
  readonly #epoch: number;
  #end: Port | null = null;
  #attempt = 0;
  #dead = false;
  #appMs: number;

  constructor(options: DeviceOptions) {
    this.#options = options;
    const { keep, histories, readFrom, name } = options;
    this.#appMs = options.tuning.appMs;
    this.#epoch = ++keep.epoch;
    for (const [number, history] of histories) {
      const log = new DeviceLog(number, history, name, readFrom(history));
      this.#logs.set(number, log);
      for (const { entry, value } of keep.rows.get(number) ?? []) {
        log.valueByIdentity.set(identityOf(entry.epoch, entry.seq), value);
        log.writer.add(entry);
      }
    }
    this.#connect();
  }

  kill(): void {
    this.#dead = true;
    this.#options.env.kill();
    this.#end?.close();
  }

  /** The application takes what it gets at once from now on. */
  hurry(): void {
    this.#appMs = 0;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Whether nothing waits and every reader is at the tail. */
  get idle(): boolean {
    return [...this.#logs.values()].every(
      ({ writer, reader, history, recovering }) =>
        writer.size === 0 && recovering === null && reader.next === history.tail,
    );
  }

  /** What keeps it from being idle. */
  describe(): string {
    const parts = [...this.#logs.values()].map(
      ({ number, writer, reader, history, follower, leased, recovering }) =>
        `log ${number}: ${writer.size} queued, ${writer.inFlight} in flight, reads ${reader.next} of ${history.tail}, ` +
        `${follower.state}${leased ? '' : ', not leased'}${recovering === null ? '' : ', recovering'}`,
    );
    return `${this.name}: ${parts.join('; ')}`;
  }

  /** The application appends; with `conditional` only where the reader is now. */
  append(
    number: number,
    n: number,
    options: { conditional: boolean; size: number; forbidden: boolean },
  ): void {
    const log = this.#log(number);
    const last = this.#kept(number).at(-1);
    const conditional = options.conditional && log.writer.size === 0 && log.recovering === null;
    if (last?.entry.at !== null && last !== undefined) return;
    if (log.writer.size >= QUEUE_COUNT_MAX) return;
    const requiredAt = conditional ? log.follower.next : null;
    const { forbidden, size } = options;
    const value = log.history.asked({ writer: this.name, n, requiredAt, forbidden });
    this.#queue(log, { value, at: requiredAt, size });
    this.#send(log);
  }

  #queue(log: DeviceLog, options: { value: string; at: number | null; size: number }): void {
    const { value, at, size } = options;
    const seq = ++log.seq;
    const entry: Queued = {
      epoch: this.#epoch,
      seq,
      at,
      bytes: this.#seal(log, this.#epoch, seq, value, size),
    };
    log.valueByIdentity.set(identityOf(entry.epoch, seq), value);
    this.#kept(log.number).push({ entry, value });
    // A new row is synced before it is sent, and with it every deletion before it.
    this.#options.keep.deleted.length = 0;
    log.writer.add(entry);
  }

  #seal(log: DeviceLog, epoch: number, seq: number, value: string, size: number): Uint8Array {
    const { deviceBytes, env } = this.#options;
    const payload = utf8(value.padEnd(size, ' '));
    const { keyEpoch } = log;
    return encodeEntry({
      sealed: false,
      device: deviceBytes,
      epoch,
      seq,
      keyEpoch,
      timeMs: env.wallMs(),
      payload,
    });
  }

  #kept(number: number): Kept[] {
    const { rows } = this.#options.keep;
    const kept = rows.get(number) ?? [];
    rows.set(number, kept);
    return kept;
  }

  /** Takes the row out at once and for good. */
  #drop(log: DeviceLog, { epoch, seq }: Queued): Kept | undefined {
    const kept = this.#kept(log.number);
    const index = kept.findIndex(({ entry }) => entry.epoch === epoch && entry.seq === seq);
    return index < 0 ? undefined : kept.splice(index, 1)[0];
  }

  /** Takes the row out in a way that a power cut may undo. */
  #forget(log: DeviceLog, entry: Queued): void {
    const row = this.#drop(log, entry);
    if (row === undefined) return;
    const { deleted } = this.#options.keep;
    deleted.push({ number: log.number, row });
    if (deleted.length > unsyncedCountMax) deleted.shift();
  }

  #log(number: number): DeviceLog {
    return must(this.#logs.get(number), 'a log of the scenario');
  }

  #connect(): void {
    const { dial, env } = this.#options;
    const end = dial();
    if (end === null) {
      this.#retry();
      return;
    }
    this.#end = end;
    end.listen({
      onMessage: (message) => {
        if (!this.#dead && this.#end === end) this.#receive(message as Down);
      },
      onClose: () => {
        if (this.#dead || this.#end !== end) return;
        this.#end = null;
        for (const log of this.#logs.values()) {
          log.leased = false;
          log.writer.closed();
          log.follower.disconnected();
        }
        this.#retry();
      },
    });
    // A half-open connection ends by the deadline of its first call.
    env.after(CALL_MS, () => {
      if (this.#end === end && [...this.#logs.values()].some(({ leased }) => !leased)) end.close();
    });
    for (const number of this.#logs.keys()) end.send({ kind: 'lease', log: number });
  }

  #retry(): void {
    const capMs = Math.min(1000, 20 * 2 ** this.#attempt++);
    this.#options.env.after(capMs * this.#options.env.chance() + 1, () => this.#connect());
  }

  #receive(message: Down): void {
    const log = this.#log(message.log);
    switch (message.kind) {
      case 'leased':
        this.#leased(log, message);
        return;
      case 'attached':
        this.#follow(log, log.follower.page(message.page));
        return;
      case 'page':
        this.#search(log, message.page);
        return;
      case 'entries':
        this.#follow(log, log.follower.pushed(message.at, message.count, message.entries));
        return;
      case 'lagging':
        this.#lagging(log, message.at);
        return;
      case 'ack':
        for (const run of message.runs) {
          for (const { entry, at } of log.writer.acked(run)) this.#acked(log, entry, at);
        }
        this.#send(log);
        return;
      case 'nack':
        this.#effect(log, log.writer.nacked(message.epoch, message.seq, message.reason));
    }
  }

  /** The position follows what was pushed; in another state than live it is older than the attach under way. */
  #lagging(log: DeviceLog, at: number): void {
    const { state, next } = log.follower;
    const world: World = this.#options.world;
    world.check(state !== 'live' || at === next, 'T4', () => `lagging at ${at}, the reader is at ${next}`);
    this.#follow(log, log.follower.lagging());
  }

  #leased(log: DeviceLog, message: Extract<Down, { kind: 'leased' }>): void {
    this.#attempt = 0;
    log.leased = true;
    log.keyEpoch = Math.max(log.keyEpoch, message.keyEpoch);
    log.writer.opened();
    this.#follow(log, log.follower.connected());
    if (log.recovering !== null) this.#searchFrom(log, 1);
    this.#send(log);
  }

  #acked(log: DeviceLog, entry: Queued, at: number): void {
    const value = must(
      log.valueByIdentity.get(identityOf(entry.epoch, entry.seq)),
      'an entry of this device',
    );
    log.history.acked({ at, value, stamp: '' }, this.name);
    this.#forget(log, entry);
  }

  #send(log: DeviceLog): void {
    const end = this.#end;
    if (end === null || !log.leased || log.recovering !== null) return;
    const world: World = this.#options.world;
    if (world.nowMs < log.pausedUntilMs) return;
    for (;;) {
      const entries = log.writer.next(this.#options.tuning.writeBytesMax);
      world.check(log.writer.inFlight <= 256, 'L10', () => `${log.writer.inFlight} entries are in flight`);
      if (entries === null) return;
      end.send({ kind: 'write', log: log.number, at: entries[0]!.at, entries: joined(entries) });
    }
  }

  #effect(log: DeviceLog, effect: WriterEffect): void {
    switch (effect.kind) {
      case 'led':
      case 'none':
        break;
      case 'pause':
        log.pausedUntilMs = this.#options.world.nowMs + effect.pauseMs;
        this.#options.env.after(effect.pauseMs, () => this.#send(log));
        return;
      case 'reseal':
        log.keyEpoch = Math.max(log.keyEpoch, effect.keyEpoch);
        for (const entry of effect.entries) this.#reseal(log, entry);
        break;
      case 'recover':
        log.recovering = { entries: [...effect.entries], next: 1 };
        this.#searchFrom(log, 1);
        return;
      case 'conflict':
        this.#conflict(log, effect.entry);
        break;
      case 'refused':
        for (const entry of effect.entries) {
          log.history.unknown(this.#valueOf(log, entry), this.name);
          this.#forget(log, entry);
        }
    }
    this.#send(log);
  }

  #conflict(log: DeviceLog, entry: Queued): void {
    log.history.absent(this.#valueOf(log, entry), this.name);
    this.#drop(log, entry);
    if (entry.epoch === this.#epoch) log.seq = entry.seq - 1;
  }

  #valueOf(log: DeviceLog, entry: Queued): string {
    return must(log.valueByIdentity.get(identityOf(entry.epoch, entry.seq)), 'an entry of this device');
  }

  #reseal(log: DeviceLog, entry: Queued): void {
    const { epoch, seq } = entry;
    const value = this.#valueOf(log, entry);
    const sealed = { ...entry, bytes: this.#seal(log, epoch, seq, value, ENTRY_BYTES_USUAL) };
    const kept = this.#kept(log.number);
    const index = kept.findIndex((row) => row.entry.epoch === epoch && row.entry.seq === seq);
    if (index >= 0) kept[index] = { entry: sealed, value };
    log.writer.replace(sealed);
  }

  /** Reads the log from the start: what is found there was appended, the rest gets a new identity. */
  #searchFrom(log: DeviceLog, from: number): void {
    if (log.recovering === null) return;
    log.recovering.next = from;
    this.#end?.send({ kind: 'read', log: log.number, from });
  }

  #search(log: DeviceLog, page: Page): void {
    const { recovering } = log;
    if (recovering === null) return;
    if (page.kind === 'trimmed') {
      this.#searchFrom(log, page.first);
      return;
    }
    const cursor = new EntryCursor(page.entries);
    for (let at = page.at; cursor.next(); at++) this.#found(log, cursor, at);
    const next = page.at + page.count;
    // What the sequencer has accepted may become durable yet: only the whole sequence decides.
    if (page.count === 0 && next < page.tail) {
      this.#options.env.after(SEARCH_AGAIN_MS, () => this.#searchFrom(log, next));
      return;
    }
    if (next < page.tail) {
      this.#searchFrom(log, next);
      return;
    }
    this.#recovered(log);
  }

  #found(log: DeviceLog, cursor: EntryCursor, at: number): void {
    const { deviceBytes } = this.#options;
    const { bytes, deviceAt, epoch, seq } = cursor;
    if (!deviceBytes.every((byte, i) => bytes[deviceAt + i] === byte)) return;
    const entries = log.recovering?.entries ?? [];
    const index = entries.findIndex((entry) => entry.epoch === epoch && entry.seq === seq);
    if (index < 0) return;
    this.#acked(log, entries.splice(index, 1)[0]!, at);
  }

  /** What the log does not have is appended anew, behind everything that is queued. */
  #recovered(log: DeviceLog): void {
    const missing = log.recovering?.entries ?? [];
    log.recovering = null;
    for (const entry of missing) {
      const value = this.#valueOf(log, entry);
      this.#drop(log, entry);
      if (entry.at !== null) {
        log.history.absent(value, this.name);
        continue;
      }
      log.history.reordered(value);
      this.#queue(log, { value, at: null, size: ENTRY_BYTES_USUAL });
    }
    this.#send(log);
  }

  #follow(log: DeviceLog, step: FollowerStep): void {
    const { deliver, attachFrom, detach, trimmedTo } = step;
    if (trimmedTo !== null) log.reader.skipped(trimmedTo);
    if (deliver !== null) {
      const cursor = new EntryCursor(deliver.entries);
      for (let at = deliver.at; cursor.next(); at++) {
        if (at >= deliver.at + deliver.skip) log.reader.got(sightOf(cursor, at));
      }
      this.#consume(log, deliver.entries.length);
    }
    if (detach) this.#end?.send({ kind: 'detach', log: log.number });
    if (attachFrom !== null) this.#end?.send({ kind: 'attach', log: log.number, from: attachFrom });
  }

  /** The application takes its time; a reader that is far ahead of it holds. */
  #consume(log: DeviceLog, bytes: number): void {
    const { tuning, env } = this.#options;
    if (this.#appMs === 0) return;
    log.appBytes += bytes;
    if (log.appBytes > tuning.holdBytes) this.#follow(log, log.follower.hold());
    env.after(this.#appMs, () => {
      log.appBytes -= bytes;
      if (log.appBytes <= tuning.holdBytes / 2) this.#follow(log, log.follower.resume());
    });
  }
}

const CALL_MS = 2_000;
const SEARCH_AGAIN_MS = 20;
