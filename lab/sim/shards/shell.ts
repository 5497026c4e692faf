/**
 * The smallest tail over a log store: it serves the devices of the level `machines` from a shard that its process
 * owns, and does nothing while the process sleeps.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { asFault, type Fault } from 'copse/internal/base/fault.ts';
import { deviceId, logId, siteId, type DeviceId, type LogId } from 'copse/internal/base/ids.ts';
import type { Batch, LogState, Lost } from 'copse/internal/log/batch.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { Page } from 'copse/internal/api/tail.ts';
import type { ShardTail } from '../../../server/src/node/shards/keeper.ts';
import type { LogStore } from '../../../server/src/store/log-store.ts';
import { Committer } from '../../../server/src/tail/committer.ts';
import type { Message, Up } from '../machines/messages.ts';
import type { WireEnd } from '../network.ts';
import type { SimEnv, World } from '../world.ts';

export const SITE = siteId('51'.repeat(16));
export const logOf = (number: number): LogId => logId(number.toString(16).padStart(32, '0'));

interface Guest {
  readonly end: WireEnd<Message>;
  readonly device: DeviceId;
  readonly deviceBytes: Uint8Array;
  isOver: boolean;
}

export interface ShellOptions {
  readonly world: World;
  readonly env: SimEnv;
  readonly logs: LogStore;
  readonly pageBytes: number;
  readonly lagBytes: number;
  readonly gatherMs: number;
}

export class ShardShell implements ShardTail {
  readonly #options: ShellOptions;
  readonly #committer: Committer<Guest>;
  readonly #guests = new Set<Guest>();
  /** Who hears of each log, by its number in the scenario. */
  readonly #live = new Map<number, Set<Guest>>();
  readonly #numberOf = new Map<LogState, number>();
  #isOver = false;

  constructor(options: ShellOptions) {
    this.#options = options;
    const { world, env, logs, gatherMs } = options;
    this.#committer = new Committer<Guest>({
      commit: (batch) => logs.commit(batch),
      soon: (task) => void env.after(gatherMs, task),
      onCommitted: (batch) => this.#committed(batch),
      onFailed: (lost, fault) => this.#failed(lost, fault),
      onBroken: (fault) =>
        world.fail('assertion', fault.cause instanceof Error ? `${fault.cause.stack}` : fault.message),
    });
  }

  open(): never {
    throw new Error('devices of a simulation come by `connect`');
  }

  connect(end: WireEnd<Message>, deviceBytes: Uint8Array): void {
    const guest: Guest = { end, deviceBytes, device: deviceId(hex(deviceBytes)), isOver: false };
    this.#guests.add(guest);
    const { env } = this.#options;
    end.listen({
      // A process that sleeps reads its sockets when it goes on.
      onMessage: (message) =>
        void env.after(0, () => {
          if (!guest.isOver && !this.#isOver) this.#receive(guest, message as Up);
        }),
      onClose: () => this.#drop(guest),
    });
    if (this.#isOver) this.#close(guest);
  }

  async drain(): Promise<void> {
    await this.#committer.idle();
    this.fence();
  }

  fence(): void {
    this.#isOver = true;
    for (const guest of this.#guests) this.#close(guest);
  }

  figures(): readonly [] {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fence();
    await this.#committer.idle();
  }

  #close(guest: Guest): void {
    this.#drop(guest);
    guest.end.close();
  }

  #drop(guest: Guest): void {
    guest.isOver = true;
    this.#guests.delete(guest);
    for (const live of this.#live.values()) live.delete(guest);
  }

  #state(number: number): LogState {
    const { logs } = this.#options;
    const state = logs.open(SITE, logOf(number));
    logs.writersReady(state);
    this.#numberOf.set(state, number);
    return state;
  }

  #liveOf(number: number): Set<Guest> {
    const known = this.#live.get(number) ?? new Set<Guest>();
    this.#live.set(number, known);
    return known;
  }

  #receive(guest: Guest, message: Up): void {
    const { end } = guest;
    const { log } = message;
    const state = this.#state(log);
    switch (message.kind) {
      case 'lease':
        end.send({ kind: 'leased', log, keyEpoch: 1, writerEpoch: state.writers.newest(guest.device) });
        return;
      case 'read':
        end.send({ kind: 'page', log, page: this.#page(state, message.from) });
        return;
      case 'attach': {
        const page = this.#page(state, message.from);
        if (page.kind === 'page' && page.live) this.#liveOf(log).add(guest);
        else this.#liveOf(log).delete(guest);
        end.send({ kind: 'attached', log, page });
        return;
      }
      case 'detach':
        this.#liveOf(log).delete(guest);
        return;
      case 'write':
        this.#write(guest, state, message);
    }
  }

  #page(state: LogState, from: number): Page {
    const { logs, pageBytes } = this.#options;
    const world: World = this.#options.world;
    const page = logs.read(state, from, pageBytes);
    world.check(page.kind === 'page', 'J5', () => `position ${from} is ${page.kind}`);
    const { at, count } = page;
    const live = at + count === state.durable;
    return { kind: 'page', at, count, tail: state.tail, live, entries: page.entries.slice() };
  }

  #write(guest: Guest, state: LogState, message: Extract<Up, { kind: 'write' }>): void {
    const { device, deviceBytes, end } = guest;
    const cursor = new EntryCursor(message.entries);
    try {
      const verdict = this.#committer.offer({
        who: guest,
        log: state,
        device,
        deviceBytes,
        at: message.at,
        keyEpoch: 1,
        cursor,
      });
      if (verdict !== null) end.send({ kind: 'nack', log: message.log, ...verdict });
    } catch (thrown) {
      end.close(asFault(thrown));
      this.#drop(guest);
    }
  }

  #committed(batch: Batch<Guest>): void {
    for (const { log: state, first, count, parts } of batch.runs) {
      const number = this.#numberOf.get(state) ?? 0;
      const entries = Buffer.concat(parts);
      for (const guest of this.#liveOf(number)) this.#push(guest, { number, first, count, entries });
    }
    for (const { who, log, epoch, seq, at, count } of batch.settled) {
      if (who.isOver) continue;
      const number = this.#numberOf.get(log) ?? 0;
      who.end.send({ kind: 'ack', log: number, runs: [{ epoch, seq, at, count }] });
    }
  }

  #push(
    guest: Guest,
    run: {
      readonly number: number;
      readonly first: number;
      readonly count: number;
      readonly entries: Uint8Array;
    },
  ): void {
    const { number, first, count, entries } = run;
    if (guest.end.buffered() > this.#options.lagBytes) {
      this.#liveOf(number).delete(guest);
      guest.end.send({ kind: 'lagging', log: number, at: first });
    } else guest.end.send({ kind: 'entries', log: number, at: first, count, entries });
  }

  #failed(lost: Lost<Guest>, fault: Fault): void {
    // Nothing is broken in these runs: a journal that does not fit is a finding.
    this.#options.world.check(fault.code !== 'corrupt', 'J3', () => fault.message);
    for (const { who, log, epoch, seq } of lost.settled) {
      if (who.isOver) continue;
      const number = this.#numberOf.get(log) ?? 0;
      who.end.send({ kind: 'nack', log: number, epoch, seq, reason: { kind: 'full', retryMs: 50 } });
    }
    if (fault.code === 'moved') this.fence();
  }
}
