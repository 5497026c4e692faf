/**
 * One device of the crash matrix in a process of its own: an author that types her part of a trace, one that leads the
 * log, or one that reads it. It may be killed at any moment and is started again with the same words: then it goes on
 * from what its keep and the log say.
 */

import { must } from 'copse/internal/base/assert.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Fold, Log, Sequencer, Site } from 'copse/internal/client/index.ts';
import { contentOf, readPlan, type Step } from './plan.ts';
import {
  CHANGED_EVERY,
  isWritten,
  jobOf,
  LOG,
  openJob,
  say,
  Typed,
  writtenIn,
  type Job,
  type Written,
} from './words.ts';

/** A snapshot is made of so little that one is made between two kills. */
const WORTH_BYTES = 8 * 1024;
/** Keystrokes that are on their way; more would hide what waits behind what. */
const IN_FLIGHT_MAX = 64;

/** Types one author's steps, each when it has seen what it rests on. */
class Writer {
  readonly #log: Log;
  readonly #author: number;
  readonly #steps: readonly Step[];
  readonly #typed = new Typed();
  readonly #stepMs: number;
  #next = 0;
  #inFlight = 0;
  /** It rests before the next keystroke. */
  #isResting = false;

  constructor(log: Log, { number, stepMs }: Job, steps: readonly Step[]) {
    this.#log = log;
    this.#author = number;
    this.#stepMs = stepMs;
    this.#steps = steps;
  }

  async run(): Promise<never> {
    await this.#log.home();
    // What waits is told before the log is open; what has its place meanwhile is read.
    const waiting = this.#log.pending.get().map(({ value }) => value);
    const { tail } = await this.#tail();
    let isCaughtUp = tail === 1;
    let isDone = false;
    if (isCaughtUp) this.#goOn(waiting);
    for await (const entry of this.#log.entries()) {
      if (!entry.isPart) this.#typed.add(writtenIn(entry), entry.at);
      if (!isCaughtUp && entry.at >= tail - 1) {
        isCaughtUp = true;
        this.#goOn(waiting);
      }
      if (isCaughtUp) this.#type();
      if (!isDone && this.#typed.countOf(this.#author) === this.#steps.length) {
        isDone = true;
        say({ kind: 'done' });
      }
    }
    throw new Error('the log has ended');
  }

  async #tail(): Promise<{ readonly tail: number }> {
    for (;;) {
      try {
        return await this.#log.read({ last: 1 });
      } catch (thrown) {
        if (asFault(thrown).retry === 'never') throw thrown;
        await Bun.sleep(50);
      }
    }
  }

  /** After the steps of earlier runs, in the log or still waiting. */
  #goOn(waiting: readonly unknown[]): void {
    const steps = waiting.map((value) => must(isWritten(value) ? value.step : null, 'what waits is a step'));
    const stands = this.#typed.countOf(this.#author);
    const left = steps.filter((step) => step >= stands);
    for (const [n, step] of left.entries()) {
      if (step !== stands + n) throw new Error(`after ${stands} steps waits ${step}, the ${n + 1}th`);
    }
    this.#next = stands + left.length;
    this.#type();
  }

  #type(): void {
    for (;;) {
      const step = this.#steps[this.#next];
      const mayType = !this.#isResting && this.#inFlight < IN_FLIGHT_MAX;
      if (step === undefined || !mayType || !this.#hasSeen(step)) return;
      void this.#append(this.#next++, step);
      if (this.#stepMs > 0) void this.#rest();
    }
  }

  async #rest(): Promise<void> {
    this.#isResting = true;
    await Bun.sleep(this.#stepMs);
    this.#isResting = false;
    this.#type();
  }

  #hasSeen({ needs }: Step): boolean {
    return needs.every((count, author) => author === this.#author || this.#typed.countOf(author) >= count);
  }

  async #append(number: number, { update }: Step): Promise<void> {
    const written: Written = { author: this.#author, step: number, update };
    this.#inFlight++;
    try {
      const { at } = await this.#log.append(written);
      say({ kind: 'acked', author: this.#author, step: number, at });
    } catch (thrown) {
      fail(thrown);
    }
    this.#inFlight--;
    this.#type();
  }
}

async function lead(log: Log, isFolding: boolean): Promise<void> {
  const lead = await log.lead(() => (isFolding ? new SavingRule() : new Rule()));
  const tell = (): void => {
    const trouble = lead.trouble.get();
    say({ kind: 'status', status: trouble === null ? lead.status.get() : trouble.code });
  };
  for (const store of [lead.status, lead.trouble]) store.subscribe(tell);
  tell();
}

/** Takes what comes, changes some, and knows what has come: something twice is nobody's doing but ours. */
class Rule implements Sequencer<unknown> {
  protected readonly typed = new Typed();

  apply(value: unknown): void {
    try {
      if (isWritten(value)) this.typed.add(value, 0);
    } catch (thrown) {
      fail(thrown);
    }
  }

  decide(value: unknown): ReturnType<Sequencer<unknown>['decide']> {
    if (!isWritten(value)) return { kind: 'refuse', reason: 'this is no step' };
    if (value.step % CHANGED_EVERY !== 0) return { kind: 'take' };
    return { kind: 'change', value: { ...value, isLed: true } };
  }
}

class SavingRule extends Rule {
  save(): Uint8Array {
    return this.typed.save();
  }

  load(state: Uint8Array): void {
    this.typed.load(state);
  }
}

interface Whole {
  readonly total: number;
  readonly end: string;
}

/** Says it when everything has been read. */
function look({ updates }: Typed, { total, end }: Whole): void {
  if (updates.length === total) say({ kind: 'read', isSame: contentOf(updates) === end });
}

/** Reads everything, and goes on reading: something could come twice. */
async function read(log: Log, whole: Whole): Promise<void> {
  const typed = new Typed();
  for await (const entry of log.entries()) {
    if (!entry.isPart) typed.add(writtenIn(entry), entry.at);
    look(typed, whole);
  }
}

/** The same by a fold, which begins with what was kept or with a snapshot. */
async function readByFold(log: Log, whole: Whole): Promise<void> {
  let typed = new Typed();
  const heard: Fold = {
    load: (state) => {
      typed = new Typed();
      if (state !== null) typed.load(state);
      look(typed, whole);
    },
    apply: (entries) => {
      for (const entry of entries) typed.add(writtenIn(entry), entry.at);
      look(typed, whole);
    },
    save: () => typed.save(),
  };
  const fold = await log.fold(heard, { worthBytes: WORTH_BYTES });
  fold.trouble.subscribe(() => {
    const trouble = fold.trouble.get();
    if (trouble !== null) fail(trouble.cause ?? trouble);
  });
}

async function work(job: Job, site: Site): Promise<void> {
  const plan = readPlan(job.plan);
  const log = site.log(LOG);
  const whole = { total: plan.authors.flat().length, end: plan.end };
  if (job.role === 'leader') return lead(log, job.isFolding);
  if (job.role === 'reader') return job.isFolding ? readByFold(log, whole) : read(log, whole);
  return new Writer(log, job, must(plan.authors[job.number], 'an author')).run();
}

function fail(thrown: unknown): void {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  say({ kind: 'failed', message: `${message} ${stack ?? ''}` });
}

const job = jobOf(must(Bun.argv[2], 'the file of a job'));
try {
  const { site } = await openJob(job);
  await work(job, site);
} catch (thrown) {
  fail(thrown);
}
