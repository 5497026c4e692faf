/**
 * A led log over every order of a few events: the machines of shard, leaders and writer together, with
 * entries that reach a leader over two paths, leaders that die with what they took, commits that fail, and a
 * shard that loses what is not on its disk. As `small-scope.test.ts`, for SPEC V1 to V10.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { must } from '../base/assert.ts';
import { concat, fromHex, hex } from '../base/bytes.ts';
import { deviceId, logId, siteId } from '../base/ids.ts';
import { leadTtlMs } from '../base/limits-led.ts';
import type { NackReason } from '../api/tail.ts';
import { encodeEntry, EntryCursor } from '../wire/entry.ts';
import { newLog, type Batch, type Lead, type LogState } from './batch.ts';
import { LeaderMachine } from './leader.ts';
import { Leadership, type LeadEffect } from './leadership.ts';
import { Sequencer } from './sequencer.ts';
import { WriterMachine } from './writer.ts';

const ENTRIES = 2;
const DEPTH = Number(process.env.COPSE_SCOPE ?? 8);
const WRITER = deviceId('aa'.repeat(8));
const LEADERS = [deviceId('1a'.repeat(8)), deviceId('1b'.repeat(8))] as const;
const DEVICE = must(fromHex(WRITER), 'an id is hex');
const OWN = Array.from({ length: ENTRIES }, (_, i) =>
  encodeEntry({
    sealed: false,
    device: DEVICE,
    epoch: 1,
    seq: i + 1,
    keyEpoch: 0,
    timeMs: 0,
    payload: Uint8Array.of(i + 1),
  }),
);
const NAME = new Map(OWN.map((bytes, i) => [hex(bytes), i + 1]));

type Up = { readonly from: Peer } & (
  | { readonly kind: 'ask' }
  | { readonly kind: 'stepDown' }
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
);
type Down = { readonly to: Peer } & (
  | { readonly kind: 'promoted'; readonly lead: number; readonly tail: number }
  | { readonly kind: 'ack'; readonly at: number; readonly count: number }
  | { readonly kind: 'nack'; readonly at: number; readonly reason: NackReason }
);

/** A connection of a device that wants to lead. */
interface Peer {
  readonly place: number;
  machine: LeaderMachine | null;
}

/** `hand` reaches a leader at once, over whichever path; `again` brings over the other path what came before. */
const EVENTS = [
  'hand',
  'again',
  'up',
  'down',
  'store',
  'settle',
  'fail',
  'yield',
  'kill',
  'grace',
  'crash',
] as const;
type Event = (typeof EVENTS)[number];

class System {
  /** What is on the disk survives everything. */
  readonly disk: Uint8Array[] = [];
  #diskLead: Lead | null = null;
  #sequencer = new Sequencer<Peer>();
  #log: LogState = newLog(1, siteId(''), logId(''));
  #leadership = new Leadership<Peer>({ epoch: 0, device: null }, 0);
  #stored: Batch<Peer> | null = null;
  #nowMs = 0;
  #peers: Peer[] = [];
  #up: Up[] = [];
  #down: Down[] = [];
  readonly #writer = new WriterMachine();
  /** Whom the writer hands its entries to. */
  #believed: Peer | null = null;
  #last: readonly Uint8Array[] = [];
  #hasYielded = false;
  readonly #told: number[] = [];

  constructor() {
    OWN.forEach((bytes, i) => this.#writer.add({ epoch: 1, seq: i + 1, at: null, bytes }));
    for (const place of [0, 1]) this.#join(place);
    for (const event of ['up', 'up', 'store', 'settle', 'down'] as const) assert.ok(this.apply(event));
    assert.ok(this.#believed !== null, 'it begins with somebody who leads');
  }

  apply(event: Event): boolean {
    switch (event) {
      case 'hand':
        return this.#hand();
      case 'again':
        return this.#believed !== null && this.#last.length > 0 && this.#deliver(this.#believed, this.#last);
      case 'up':
        return this.#receive(this.#up.shift());
      case 'down':
        return this.#hear(this.#down.shift());
      case 'store':
        return this.#store();
      case 'settle':
        return this.#settle();
      case 'fail':
        return this.#fail();
      case 'yield':
        return this.#yield();
      case 'kill':
        return this.#kill();
      case 'grace':
        return this.#grace();
      case 'crash':
        return this.#crash();
    }
  }

  #join(place: number): void {
    const peer: Peer = { place, machine: null };
    this.#peers.push(peer);
    this.#up.push({ from: peer, kind: 'ask' });
  }

  /** The writer hands its next entry to whom it believes to lead. */
  #hand(): boolean {
    const leader = this.#believed;
    if (leader === null) return false;
    const entries = this.#writer.next(1);
    if (entries === null) return false;
    this.#last = entries.map(({ bytes }) => bytes);
    return this.#deliver(leader, this.#last);
  }

  #deliver(leader: Peer, entries: readonly Uint8Array[]): boolean {
    const { machine } = leader;
    if (machine === null) return false;
    for (const bytes of entries) {
      const seq = must(NAME.get(hex(bytes)), 'one of the entries');
      let taking = machine.hand({ device: WRITER, epoch: 1, seq });
      if (taking.kind === 'ask') {
        const { writers } = this.#log;
        machine.learned(WRITER, writers.floor(WRITER), writers.statesOf(WRITER));
        taking = machine.hand({ device: WRITER, epoch: 1, seq });
      }
      if (taking.kind === 'take') machine.place(bytes);
      if (taking.kind === 'decline') this.#writer.nacked(1, seq, taking.reason);
    }
    this.#write(leader);
    return true;
  }

  #write(peer: Peer): void {
    for (let next = peer.machine?.write(1) ?? null; next !== null; next = peer.machine?.write(1) ?? null) {
      const bytes = concat(...next.entries.map((entry) => entry.bytes));
      this.#up.push({ from: peer, kind: 'write', at: next.at, bytes });
    }
  }

  #receive(message: Up | undefined): boolean {
    if (message === undefined) return false;
    const { from } = message;
    if (message.kind === 'ask') {
      const device = must(LEADERS[from.place], 'one of the two');
      const asked = this.#leadership.ask({ who: from, device, sinceMs: this.#nowMs }, this.#nowMs);
      this.#apply(must(asked, 'there is room'));
      return true;
    }
    if (message.kind === 'stepDown') {
      this.#apply(this.#leadership.stepDown(from, this.#nowMs));
      return true;
    }
    if (this.#leadership.holder !== from) {
      const reason: NackReason = { kind: 'led', lead: this.#log.lead?.epoch ?? 0 };
      this.#down.push({ to: from, kind: 'nack', at: message.at, reason });
      return true;
    }
    const cursor = new EntryCursor(message.bytes);
    const epoch = this.#leadership.epoch;
    const offer = { who: from, log: this.#log, epoch, at: message.at, keyEpoch: 0, cursor };
    const verdict = this.#sequencer.offerLed(offer);
    if (verdict !== null)
      this.#down.push({ to: from, kind: 'nack', at: verdict.seq, reason: verdict.reason });
    return true;
  }

  #apply(effects: readonly LeadEffect<Peer>[]): void {
    for (const effect of effects) {
      if (effect.kind === 'record') this.#sequencer.lead(this.#log, effect);
      else if (effect.kind === 'gone') this.#forget();
      else {
        const { who, epoch } = effect;
        this.#down.push({ to: who, kind: 'promoted', lead: epoch, tail: this.#log.durable });
      }
    }
  }

  /** Nobody leads: whatever the writer does not read in the log is handed in again. */
  #forget(): void {
    this.#believed = null;
    this.#writer.closed();
  }

  #hear(message: Down | undefined): boolean {
    if (message === undefined) return false;
    const { to } = message;
    if (!this.#peers.includes(to)) return true;
    switch (message.kind) {
      case 'promoted':
        to.machine = new LeaderMachine(message.lead, message.tail);
        if (this.#leadership.holder !== to) return true;
        this.#believed = to;
        this.#writer.opened();
        return true;
      case 'ack':
        for (const { at, bytes } of to.machine?.acked(message.at, message.count) ?? []) {
          assert.equal(this.disk[at - 1], bytes, 'what a leader is told is there');
        }
        return true;
      case 'nack':
        this.#refused(to, message.at, message.reason);
        return true;
    }
  }

  #refused(peer: Peer, at: number, reason: NackReason): void {
    const effect = peer.machine?.nacked(at, reason);
    if (effect?.kind !== 'lost') return this.#write(peer);
    assert.notEqual(this.#leadership.holder, peer, 'who leads does not lose its way');
    peer.machine = null;
    this.#up.push({ from: peer, kind: 'ask' });
  }

  #store(): boolean {
    if (this.#stored !== null) return false;
    this.#stored = this.#sequencer.take();
    if (this.#stored === null) return false;
    for (const { parts } of this.#stored.runs) {
      for (const part of parts) this.disk.push(must(OWN[(NAME.get(hex(part)) ?? 0) - 1], 'an entry'));
    }
    for (const { epoch, device } of this.#stored.leads) this.#diskLead = { epoch, device };
    return true;
  }

  #settle(): boolean {
    const batch = this.#stored;
    if (batch === null) return false;
    this.#stored = null;
    this.#sequencer.committed(batch);
    for (const { who, at, count } of batch.settled) this.#down.push({ to: who, kind: 'ack', at, count });
    if (batch.leads.length > 0) this.#apply(this.#leadership.granted(this.#nowMs));
    this.#read();
    return true;
  }

  /** The writer follows the log: what it reads of its own is done. */
  #read(): void {
    for (let at = this.#told.length + 1; at < this.#log.durable; at++) {
      const seq = must(NAME.get(hex(this.disk[at - 1]!)), 'an entry');
      this.#told.push(seq);
      this.#writer.acked({ epoch: 1, seq, count: 1, at });
    }
  }

  #fail(): boolean {
    if (this.#stored !== null || this.#sequencer.take() === null) return false;
    const lost = this.#sequencer.failed();
    for (const { who, at } of lost.settled)
      this.#down.push({ to: who, kind: 'nack', at, reason: { kind: 'full', retryMs: 0 } });
    if (lost.leads.length > 0) this.#leadership.failed(this.#nowMs + 1);
    return true;
  }

  /** Whoever leads gives the lead back, once, and goes on as if it had not. */
  #yield(): boolean {
    const leader = this.#leadership.holder;
    if (leader === null || this.#hasYielded) return false;
    this.#hasYielded = true;
    this.#up.push({ from: leader, kind: 'stepDown' });
    return true;
  }

  /** Whoever leads dies, with everything it took; the device is back at once on another connection. */
  #kill(): boolean {
    const leader = this.#leadership.holder;
    if (leader === null) return false;
    this.#peers = this.#peers.filter((peer) => peer !== leader);
    this.#up = this.#up.filter(({ from }) => from !== leader);
    this.#apply(this.#leadership.parted(leader, 'cut', this.#nowMs));
    this.#join(leader.place);
    return true;
  }

  #grace(): boolean {
    const atMs = this.#leadership.lookMs;
    if (atMs === null) return false;
    this.#nowMs = Math.max(this.#nowMs, atMs);
    this.#apply(this.#leadership.look(this.#nowMs));
    return true;
  }

  /** The shard dies: what is not on its disk is gone, and every connection with it. */
  #crash(): boolean {
    if (!this.#sequencer.waiting && this.#stored === null) return false;
    this.#stored = null;
    this.#up = [];
    this.#down = [];
    this.#forget();
    this.#sequencer = new Sequencer();
    this.#log = newLog(1, siteId(''), logId(''));
    this.disk.forEach((bytes, i) => {
      const cursor = new EntryCursor(bytes);
      cursor.next();
      this.#log.writers.replay(cursor.device(), cursor.epoch, cursor.seq, i + 1);
    });
    this.#log.tail = this.disk.length + 1;
    this.#log.durable = this.#log.tail;
    this.#log.declared = true;
    this.#log.lead = this.#diskLead;
    const last = this.#diskLead ?? { epoch: 0, device: null };
    this.#leadership = new Leadership<Peer>(last, this.#nowMs);
    this.#peers = [];
    for (const place of [1, 0]) this.#join(place);
    this.#read();
    return true;
  }

  /** What holds after every event. */
  check(): void {
    const seqs = this.disk.map((bytes) => NAME.get(hex(bytes)));
    assert.deepEqual(
      seqs,
      OWN.slice(0, seqs.length).map((_, i) => i + 1),
      'each entry once, in order',
    );
    const leading = this.#peers.filter((peer) => peer === this.#leadership.holder);
    assert.ok(leading.length <= 1);
    assert.ok(this.#log.durable <= this.disk.length + 1, 'nobody sees what is not on the disk');
  }

  /** Faults stop, everything else goes on; then nothing is missing anywhere. */
  finish(): void {
    const order = ['down', 'up', 'settle', 'store', 'hand'] as const;
    for (let steps = 0; steps < 300; steps++) {
      if (order.some((event) => this.apply(event))) continue;
      this.#nowMs += leadTtlMs;
      if (!this.apply('grace')) break;
    }
    this.check();
    assert.equal(this.disk.length, ENTRIES, 'every entry stands');
    assert.deepEqual([this.#told.length, this.#writer.size], [ENTRIES, 0], 'and its writer knows');
  }
}

function run(events: readonly Event[]): System | null {
  const system = new System();
  for (const event of events) {
    if (!system.apply(event)) return null;
    system.check();
  }
  return system;
}

test(
  `[V10] every order of ${DEPTH} events in a led log leaves each entry there once, and its writer told`,
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
