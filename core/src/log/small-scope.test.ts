/**
 * Sequencer, writer and follower together, over every order of a few events: sends, deliveries, commits
 * that reach the disk but not the client, failures, cuts, crashes that lose what is not synced. Small
 * scopes find most of what large ones find (Jackson, "Software Abstractions", 2006); the simulator has
 * the large ones.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { must } from '../base/assert.ts';
import { concat, fromHex, hex } from '../base/bytes.ts';
import { deviceId, logId, siteId } from '../base/ids.ts';
import type { NackReason, Page } from '../api/tail.ts';
import { encodeEntry, EntryCursor } from '../wire/entry.ts';
import { Follower, type FollowerStep } from './follower.ts';
import { newLog, type Batch, type LogState } from './batch.ts';
import { Sequencer } from './sequencer.ts';
import { WriterMachine } from './writer.ts';

const ENTRIES = 3;
const DEPTH = Number(process.env.COPSE_SCOPE ?? 8);
const MINE = deviceId('aa'.repeat(8));
const RIVAL = deviceId('bb'.repeat(8));
const bytesOf = (device: typeof MINE): Uint8Array => must(fromHex(device), 'an id is hex');

const entryOf = (device: typeof MINE, seq: number): Uint8Array =>
  encodeEntry({
    sealed: false,
    device: bytesOf(device),
    epoch: 1,
    seq,
    keyEpoch: 0,
    timeMs: 0,
    payload: Uint8Array.of(seq),
  });
/** Made once: encoding is not what is tested here. */
const OWN = Array.from({ length: ENTRIES }, (_, i) => entryOf(MINE, i + 1));
const FOREIGN = entryOf(RIVAL, 1);
const NAME = new Map([
  ...OWN.map((bytes, i) => [hex(bytes), `${i + 1}`] as const),
  [hex(FOREIGN), 'R'] as const,
]);

function namesOf(bytes: Uint8Array): string[] {
  const out: string[] = [];
  const cursor = new EntryCursor(bytes);
  while (cursor.next()) out.push(NAME.get(hex(bytes.subarray(cursor.start, cursor.end))) ?? '?');
  return out;
}

/** The reference: what a log is, in as few words as possible. */
class Model {
  placed: string[] = [];
  durable = 0;

  /** Own entries in order, each once; answers whether it now stands in the log. */
  offer(name: string): boolean {
    if (this.placed.includes(name)) return true;
    if (name !== 'R' && name !== '1' && !this.placed.includes(String(Number(name) - 1))) return false;
    this.placed.push(name);
    return true;
  }

  lose(): void {
    this.placed.length = this.durable;
  }
}

type Up =
  | { readonly kind: 'write'; readonly bytes: Uint8Array }
  | { readonly kind: 'attach'; readonly from: number };
type Down =
  | { readonly kind: 'ack'; readonly seq: number; readonly count: number; readonly at: number }
  | { readonly kind: 'nack'; readonly seq: number; readonly reason: NackReason }
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'push'; readonly at: number; readonly count: number; readonly bytes: Uint8Array };

const EVENTS = ['send', 'up', 'store', 'settle', 'fail', 'down', 'cut', 'connect', 'crash', 'rival'] as const;
type Event = (typeof EVENTS)[number];

class System {
  readonly model = new Model();
  readonly writer = new WriterMachine();
  readonly follower = new Follower(1);
  readonly seen: string[] = [];
  readonly ackedAt = new Map<number, number>();
  /** Durable entries; survives everything. */
  readonly disk: Uint8Array[] = [];
  #sequencer = new Sequencer<number>();
  #log: LogState = newLog(1, siteId(''), logId(''));
  /** On disk, not yet told. */
  #stored: Batch<number> | null = null;
  #connection = 0;
  #isOnline = false;
  #isLive = false;
  #up: Up[] = [];
  #down: Down[] = [];
  #rivals = 0;

  constructor() {
    OWN.forEach((bytes, i) => this.writer.add({ epoch: 1, seq: i + 1, at: null, bytes }));
    this.apply('connect');
  }

  /** Lets an event happen; false when it cannot now. */
  apply(event: Event): boolean {
    switch (event) {
      case 'send':
        return this.#send();
      case 'up':
        return this.#receive(this.#up.shift());
      case 'store':
        return this.#store();
      case 'settle':
        return this.#settle();
      case 'fail':
        return this.#fail();
      case 'down':
        return this.#hear(this.#down.shift());
      case 'cut':
        return this.#isOnline && this.#cut();
      case 'connect':
        return !this.#isOnline && this.#connect();
      case 'crash':
        return (this.#sequencer.waiting || this.#stored !== null) && this.#crash();
      case 'rival':
        return this.#rivals++ === 0 && this.#offer(FOREIGN, RIVAL);
    }
  }

  #send(): boolean {
    const entries = this.writer.next(1);
    if (entries !== null)
      this.#up.push({ kind: 'write', bytes: concat(...entries.map(({ bytes }) => bytes)) });
    return entries !== null;
  }

  #receive(message: Up | undefined): boolean {
    if (message === undefined) return false;
    if (message.kind === 'write') return this.#offer(message.bytes, MINE);
    const { durable } = this.#log;
    const entries = this.disk.slice(message.from - 1, durable - 1);
    this.#isLive = true;
    const page: Page = {
      kind: 'page',
      at: message.from,
      count: entries.length,
      tail: durable,
      live: true,
      entries: concat(...entries),
    };
    this.#down.push({ kind: 'page', page });
    return true;
  }

  #offer(bytes: Uint8Array, device: typeof MINE): boolean {
    const cursor = new EntryCursor(bytes);
    const who = device === MINE ? this.#connection : -1;
    const verdict = this.#sequencer.offer({
      who,
      log: this.#log,
      device,
      deviceBytes: bytesOf(device),
      at: null,
      keyEpoch: 0,
      cursor,
    });
    const isPlaced = namesOf(bytes).every((name) => this.model.offer(name));
    assert.equal(verdict === null, isPlaced, 'the sequencer places what the model places');
    if (verdict !== null) this.#down.push({ kind: 'nack', seq: verdict.seq, reason: verdict.reason });
    return true;
  }

  #store(): boolean {
    if (this.#stored !== null) return false;
    this.#stored = this.#sequencer.take();
    if (this.#stored === null) return false;
    for (const { parts } of this.#stored.runs) {
      const cursor = new EntryCursor(concat(...parts));
      while (cursor.next()) this.disk.push(cursor.bytes.slice(cursor.start, cursor.end));
    }
    this.model.durable = this.disk.length;
    return true;
  }

  #settle(): boolean {
    const batch = this.#stored;
    if (batch === null) return false;
    this.#stored = null;
    this.#sequencer.committed(batch);
    for (const { who, seq, count, at } of batch.settled) {
      if (who === this.#connection) this.#down.push({ kind: 'ack', seq, count, at });
    }
    for (const { first, count, parts } of batch.runs) {
      if (this.#isLive) this.#down.push({ kind: 'push', at: first, count, bytes: concat(...parts) });
    }
    return true;
  }

  #fail(): boolean {
    if (this.#stored !== null || this.#sequencer.take() === null) return false;
    for (const { who, seq } of this.#sequencer.failed().settled) {
      if (who === this.#connection)
        this.#down.push({ kind: 'nack', seq, reason: { kind: 'full', retryMs: 0 } });
    }
    this.model.lose();
    return true;
  }

  #hear(message: Down | undefined): boolean {
    if (message === undefined) return false;
    switch (message.kind) {
      case 'ack':
        for (const { entry, at } of this.writer.acked({ epoch: 1, ...message })) {
          this.ackedAt.set(entry.seq, at);
        }
        break;
      case 'nack': {
        const effect = this.writer.nacked(1, message.seq, message.reason);
        assert.ok(effect.kind === 'none' || effect.kind === 'pause', `nothing needs ${effect.kind} here`);
        break;
      }
      case 'page':
        this.#follow(this.follower.page(message.page));
        break;
      case 'push':
        this.#follow(this.follower.pushed(message.at, message.count, message.bytes));
        break;
    }
    return true;
  }

  #follow({ deliver, attachFrom }: FollowerStep): void {
    if (deliver !== null) this.seen.push(...namesOf(deliver.entries).slice(deliver.skip));
    if (attachFrom !== null) this.#up.push({ kind: 'attach', from: attachFrom });
  }

  #connect(): boolean {
    this.#isOnline = true;
    this.#connection++;
    this.writer.opened();
    this.#follow(this.follower.connected());
    return true;
  }

  #cut(): boolean {
    this.#isOnline = false;
    this.#isLive = false;
    this.#connection++;
    this.#up = [];
    this.#down = [];
    this.writer.closed();
    this.follower.disconnected();
    return true;
  }

  /** The process dies: what is not on disk is gone, and the rest is learned from there. */
  #crash(): boolean {
    this.#cut();
    this.#stored = null;
    this.model.lose();
    this.#sequencer = new Sequencer();
    this.#log = newLog(1, siteId(''), logId(''));
    this.disk.forEach((bytes, i) => {
      const cursor = new EntryCursor(bytes);
      cursor.next();
      this.#log.writers.replay(cursor.device(), cursor.epoch, cursor.seq, i + 1);
    });
    this.#log.tail = this.disk.length + 1;
    this.#log.durable = this.#log.tail;
    this.#log.declared = this.disk.length > 0;
    return true;
  }

  /** What holds after every event. */
  check(): void {
    const names = this.disk.map((bytes) => NAME.get(hex(bytes)) ?? '?');
    assert.deepEqual(
      names,
      this.model.placed.slice(0, this.model.durable),
      'the disk is what the model says',
    );
    assert.equal(this.#log.tail - 1, this.model.placed.length, 'and so is the tail');
    for (const [seq, at] of this.ackedAt)
      assert.equal(names[at - 1], String(seq), 'an acknowledged entry is there');
    const visible = names.slice(0, this.#log.durable - 1);
    assert.deepEqual(this.seen, visible.slice(0, this.seen.length), 'a reader sees a prefix');
  }

  /** Faults stop, everything else goes on; then nothing is missing anywhere. */
  finish(): void {
    const order = ['connect', 'down', 'up', 'settle', 'store', 'send'] as const;
    for (let steps = 0; order.some((event) => this.apply(event)); steps++)
      assert.ok(steps < 200, 'it comes to rest');
    this.check();
    const own = this.model.placed.filter((name) => name !== 'R');
    assert.deepEqual(
      own,
      OWN.map((_, i) => String(i + 1)),
      'every entry stands once and in order',
    );
    assert.deepEqual([this.writer.size, this.ackedAt.size], [0, ENTRIES], 'every fate is known');
    assert.deepEqual(this.seen, this.model.placed, 'the reader has all of it');
  }
}

/** Runs a prefix anew, because machines do not copy; null when an event of it cannot happen. */
function run(events: readonly Event[]): System | null {
  const system = new System();
  for (const event of events) {
    if (!system.apply(event)) return null;
    system.check();
  }
  return system;
}

test(
  `[L9] every order of ${DEPTH} events leaves each entry in the log once, acknowledged and read`,
  { timeout: 120_000 },
  () => {
    let runs = 0;
    const explore = (events: readonly Event[]): void => {
      const system = run(events);
      if (system === null) return;
      if (events.length === DEPTH) {
        runs++;
        try {
          system.finish();
        } catch (thrown) {
          throw new Error(`after ${events.join(', ')}`, { cause: thrown });
        }
        return;
      }
      for (const event of EVENTS) explore([...events, event]);
    };
    explore([]);
    assert.ok(runs > 1000, `${runs} orders`);
  },
);
