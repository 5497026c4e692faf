/**
 * The queue against a model of it: appends, entries sealed anew or renumbered, and fates, in any order, over a keep
 * that answers late, refuses when it is full, and loses what it had not made last; runs end at any moment (SPEC S2).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { must } from '../base/assert.ts';
import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { logId, siteId } from '../base/ids.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { Keep, KeepChange, KeepRow, Safety } from './keep.ts';
import { Queue, type Place, type Waiting } from './queue.ts';

/** Near where its digits grow more. */
const FIRST = 252;
const site = siteId('51'.repeat(16));

/** Lets everything go on that waits for nothing but its turn. */
async function turn(): Promise<void> {
  for (let i = 0; i < 16; i++) await Promise.resolve();
}

/** What the keep has after a write, and what must be so when a run begins with it. */
interface State {
  readonly rows: ReadonlyMap<string, Uint8Array>;
  /** Entries whose fate was known when the write began, with their positions. */
  readonly gone: ReadonlyMap<string, number | null>;
  /** The version of each entry of which the queue has said that it is kept. */
  kept: ReadonlyMap<string, number>;
}

interface Pending {
  readonly changes: readonly KeepChange[];
  readonly safety: Safety;
  readonly gone: ReadonlyMap<string, number | null>;
  readonly gate: Deferred<void>;
}

/** The disk under the keep: a power loss takes it back to one of its states. */
class Disk {
  #states: State[] = [{ rows: new Map(), gone: new Map(), kept: new Map() }];
  pending: Pending | null = null;

  get last(): State {
    return must(this.#states.at(-1), 'the present state');
  }

  /** Answers the write that is under way. */
  answer(isRefused: boolean): void {
    const { pending } = this;
    if (pending === null) return;
    if (isRefused) {
      this.pending = null;
      pending.gate.reject(new Fault('full', 'the keep'));
      return;
    }
    this.write(pending);
    pending.gate.resolve();
  }

  write({ changes, safety, gone }: Pending): void {
    this.pending = null;
    const rows = new Map(this.last.rows);
    for (const { name, value } of changes) {
      if (value === null) rows.delete(name);
      else rows.set(name, value.slice());
    }
    const state = { rows, gone, kept: this.last.kept };
    this.#states = safety === 'strict' ? [state] : [...this.#states, state];
  }

  /** The end of a run: the next one begins with what stays, and makes it last. */
  end(lostCount: number): void {
    this.pending = null;
    this.#states = [must(this.#states[Math.max(0, this.#states.length - 1 - lostCount)], 'an earlier state')];
  }
}

/** The keep of one run; what it is told after the end of its run is never heard. */
class RunKeep implements Keep {
  readonly #disk: Disk;
  readonly #fates: ReadonlyMap<string, number | null>;
  isOver = false;

  constructor(disk: Disk, fates: ReadonlyMap<string, number | null>) {
    this.#disk = disk;
    this.#fates = fates;
  }

  async get(name: string): Promise<Uint8Array | null> {
    return this.#disk.last.rows.get(name) ?? null;
  }

  async list(prefix: string): Promise<readonly KeepRow[]> {
    const rows = [...this.#disk.last.rows].filter(([name]) => name.startsWith(prefix));
    return rows.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
  }

  write(changes: readonly KeepChange[], safety: Safety = 'strict'): Promise<void> {
    const gate = deferred<void>();
    if (this.isOver) return gate.promise;
    assert.equal(this.#disk.pending, null, 'one write after the other');
    this.#disk.pending = { changes, safety, gone: new Map(this.#fates), gate };
    return gate.promise;
  }

  clear(): Promise<void> {
    return Promise.reject(new Error('not here'));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** An entry as its writer knows it. */
interface Entry {
  readonly log: number;
  /** Its place among all that were ever made. */
  readonly order: number;
  /** As it was sealed, the newest last. */
  readonly versions: Waiting[];
  /** Versions that the keep refused. */
  readonly refused: Set<number>;
  /** The newest version that was kept. */
  kept: number;
  /** The first version under the identity that it may have been sent under last. */
  sentFrom: number;
}

type Step =
  | { readonly kind: 'put'; readonly log: number; readonly foreign: boolean }
  | { readonly kind: 'renumber'; readonly log: number; readonly count: number }
  | { readonly kind: 'reseal'; readonly log: number }
  | { readonly kind: 'drop'; readonly which: number; readonly isPlaced: boolean }
  | { readonly kind: 'turn' }
  | { readonly kind: 'answer'; readonly isRefused: boolean }
  | { readonly kind: 'close' }
  | { readonly kind: 'kill'; readonly isWritten: boolean }
  | { readonly kind: 'power'; readonly lost: number };

function kind<Kind extends Step['kind'], Part extends object>(
  weight: number,
  name: Kind,
  part: { [Name in keyof Part]: fc.Arbitrary<Part[Name]> },
) {
  return { weight, arbitrary: fc.record(part).map((drawn) => ({ ...drawn, kind: name })) };
}

const log = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  kind(4, 'put', { log, foreign: fc.boolean() }),
  kind(3, 'renumber', { log, count: fc.integer({ min: 1, max: 4 }) }),
  kind(2, 'reseal', { log }),
  kind(3, 'drop', { which: fc.nat(9), isPlaced: fc.boolean() }),
  kind(4, 'turn', {}),
  kind(6, 'answer', { isRefused: fc.boolean() }),
  kind(1, 'close', {}),
  kind(1, 'kill', { isWritten: fc.boolean() }),
  kind(1, 'power', { lost: fc.nat(3) }),
);

/** One run of the application. */
interface Run {
  readonly keep: RunKeep;
  readonly queue: Queue;
  readonly entryById: Map<string, Entry>;
  /** Positions of entries whose fate is known, or null. */
  readonly fates: Map<string, number | null>;
}

/** A device with two logs, over all of its runs; it does with its queue what a backlog does. */
class Model {
  readonly #disk: Disk;
  readonly #logs = ['10', '20'].map((each) => ({
    place: { site, log: logId(each.repeat(16)) },
    epoch: FIRST,
    seq: 0,
  }));
  #run: Run;
  #epoch = FIRST;
  #count = 0;

  private constructor(disk: Disk, run: Run) {
    this.#disk = disk;
    this.#run = run;
  }

  static async open(): Promise<Model> {
    const disk = new Disk();
    return new Model(disk, await beginRun(disk));
  }

  async step(each: Step): Promise<void> {
    switch (each.kind) {
      case 'put':
        return this.#put(each.log, each.foreign);
      case 'renumber':
        return this.#renumber(each.log, each.count);
      case 'reseal':
        return this.#waitingIn(each.log).forEach((entry) => this.#next(entry, {}));
      case 'drop':
        return this.#dropOne(each.which, each.isPlaced);
      case 'turn':
        return turn();
      case 'answer':
        return this.#answer(each.isRefused);
      case 'close':
        return this.close();
      case 'kill':
        if (each.isWritten && this.#disk.pending !== null) this.#disk.write(this.#disk.pending);
        return this.#restart(0);
      case 'power':
        return this.#restart(each.lost);
    }
  }

  #waitingIn(number: number): Entry[] {
    const { entryById, fates } = this.#run;
    const found = [...entryById].filter(([id, entry]) => entry.log === number && !fates.has(id));
    return found.map(([, entry]) => entry).toSorted((a, b) => a.order - b.order);
  }

  #place(number: number): Place {
    return must(this.#logs[number], 'a log').place;
  }

  /** The next identity in a log. */
  #identity(number: number): { epoch: number; seq: number } {
    const own = must(this.#logs[number], 'a log');
    return { epoch: own.epoch, seq: ++own.seq };
  }

  #put(number: number, foreign: boolean): void {
    const order = ++this.#count;
    const id = order.toString(16).padStart(16, '0');
    const waiting = { id, ...this.#identity(number), from: 1, bytes: new Uint8Array([order, 0]), foreign };
    const entry = {
      log: number,
      order,
      versions: [waiting],
      refused: new Set<number>(),
      kept: -1,
      sentFrom: 0,
    };
    this.#run.entryById.set(id, entry);
    this.#hear(entry, this.#run.queue.put(this.#place(number), waiting));
  }

  #renumber(number: number, count: number): void {
    const own = must(this.#logs[number], 'a log');
    own.epoch = ++this.#epoch;
    own.seq = 0;
    for (const entry of this.#waitingIn(number).slice(-count)) this.#next(entry, this.#identity(number));
  }

  /** The entry is sealed anew. */
  #next(entry: Entry, identity: Partial<Waiting>): void {
    const old = newest(entry);
    const next = {
      ...old,
      ...identity,
      bytes: new Uint8Array([entry.order, must(old.bytes[1], 'its number') + 1]),
    };
    entry.versions.push(next);
    this.#hear(entry, this.#run.queue.replace(this.#place(entry.log), old, next));
  }

  #hear(entry: Entry, answer: Promise<void>): void {
    const version = entry.versions.length - 1;
    const { queue } = this.#run;
    const kept = (): void => {
      const before = entry.versions[entry.kept];
      entry.kept = version;
      if (before !== undefined && !isSame(before, must(entry.versions[version], 'what was kept')))
        entry.sentFrom = version;
    };
    answer.then(kept, () => {
      assert.equal(queue, this.#run.queue, 'nothing is heard of a run that is over');
      entry.refused.add(version);
      // An append that is not kept fails, unless its entry has got another identity already.
      if (version === 0 && entry.kept < 0 && isSame(must(entry.versions[0], 'it'), newest(entry)))
        this.#drop(entry, null);
    });
  }

  #dropOne(which: number, isPlaced: boolean): void {
    const all = [...this.#waitingIn(0), ...this.#waitingIn(1)];
    const entry = all[which % all.length];
    if (entry !== undefined) this.#drop(entry, isPlaced ? entry.order : null);
  }

  #drop(entry: Entry, at: number | null): void {
    const waiting = newest(entry);
    if (this.#run.fates.has(waiting.id)) return;
    this.#run.fates.set(waiting.id, waiting.foreign ? at : null);
    this.#run.queue.drop(this.#place(entry.log), waiting, at);
  }

  async #answer(isRefused: boolean): Promise<void> {
    if (this.#disk.pending === null) return;
    this.#disk.answer(isRefused);
    await turn();
    if (isRefused) return;
    this.#disk.last.kept = new Map([...this.#run.entryById].map(([id, { kept }]) => [id, kept]));
  }

  /** The keep has room again, and everything is written. */
  async close(): Promise<void> {
    await turn();
    while (this.#disk.pending !== null) await this.#answer(false);
    await this.#restart(0);
  }

  /** The run ends at once; what the next one finds is what there must be. */
  async #restart(lostCount: number): Promise<void> {
    const { entryById: before, fates } = this.#run;
    const waitingCount = [...before.keys()].filter((id) => !fates.has(id)).length;
    assert.equal(this.#run.queue.count, waitingCount, 'every entry is counted once');
    this.#run.keep.isOver = true;
    this.#disk.end(lostCount);
    this.#run = await beginRun(this.#disk);
    this.#epoch++;
    for (const own of this.#logs) [own.epoch, own.seq] = [this.#epoch, 0];
    for (const { place, waiting } of this.#run.queue.leftover()) {
      const number = this.#logs.findIndex((own) => own.place.log === place.log);
      for (const each of waiting) this.#found(number, each, before.get(each.id));
      const orders = this.#waitingIn(number).map(({ order }) => order);
      const found = [...this.#run.entryById.values()].filter((entry) => entry.log === number);
      assert.deepEqual(
        found.map(({ order }) => order),
        orders,
        'the order is kept',
      );
    }
    this.#checkKept(fates);
  }

  #found(number: number, waiting: Waiting, before: Entry | undefined): void {
    const { entryById, queue } = this.#run;
    assert.ok(before !== undefined, 'an entry that nobody waits for has come back');
    const { id } = waiting;
    assert.equal(entryById.has(id), false, 'an entry is there twice');
    assert.equal(this.#disk.last.gone.has(id), false, 'an entry that was dropped has come back');
    const version = before.versions.findIndex(
      (each) => isSame(each, waiting) && equal(each.bytes, waiting.bytes),
    );
    assert.ok(version >= before.sentFrom, 'an entry is back under an identity from before it was sent');
    assert.ok(version >= (this.#disk.last.kept.get(id) ?? 0), 'an entry is older than what was kept of it');
    assert.equal(before.refused.has(version), false, 'the keep has refused it');
    assert.equal(before.log, number);
    assert.equal(queue.outcome(id), undefined);
    const { order } = before;
    entryById.set(id, { log: number, order, versions: [waiting], refused: new Set(), kept: 0, sentFrom: 0 });
  }

  #checkKept(fates: ReadonlyMap<string, number | null>): void {
    const { entryById, queue } = this.#run;
    const { kept, gone } = this.#disk.last;
    for (const [id, version] of kept)
      if (version >= 0 && !fates.has(id)) assert.ok(entryById.has(id), 'an entry that was kept is lost');
    for (const [id, at] of gone)
      if (at !== null) assert.equal(queue.outcome(id), at, 'what became of an entry is remembered');
    assert.equal(queue.count, entryById.size);
    this.#disk.last.kept = new Map([...entryById.keys()].map((id) => [id, 0]));
  }
}

async function beginRun(disk: Disk): Promise<Run> {
  const fates = new Map(disk.last.gone);
  const keep = new RunKeep(disk, fates);
  return { keep, queue: await Queue.load(keep), entryById: new Map(), fates };
}

function newest({ versions }: Entry): Waiting {
  return must(versions.at(-1), 'an entry as it is now');
}

function isSame(a: Waiting, b: Waiting): boolean {
  return a.epoch === b.epoch && a.seq === b.seq;
}

async function play(steps: readonly Step[]): Promise<void> {
  const model = await Model.open();
  for (const each of steps) await model.step(each);
  await model.close();
}

/** What was once wrong, or is seldom drawn. */
const known: readonly (readonly Step[])[] = [
  [
    { kind: 'put', log: 0, foreign: false },
    { kind: 'reseal', log: 0 },
    { kind: 'put', log: 0, foreign: false },
    { kind: 'answer', isRefused: true },
    { kind: 'renumber', log: 0, count: 1 },
  ],
  [
    { kind: 'put', log: 0, foreign: false },
    { kind: 'answer', isRefused: false },
    { kind: 'renumber', log: 0, count: 1 },
    { kind: 'reseal', log: 0 },
    { kind: 'answer', isRefused: true },
    { kind: 'answer', isRefused: false },
    { kind: 'power', lost: 1 },
  ],
];

test('[S2] whatever is appended, sealed anew, dropped, refused and cut short: each entry is kept once, and in order', async () => {
  const steps = fc.array(step, { maxLength: 40, size: 'max' });
  const examples = known.map((each): [Step[]] => [[...each]]);
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: 5_000, examples });
});
