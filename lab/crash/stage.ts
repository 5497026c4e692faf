/**
 * One run of the crash matrix: a node, authors who type a concurrent trace into one log, two devices that lead it (or
 * none, when it is open) and two that read it, each in a process of its own. Drawn ones are killed at drawn moments.
 * Afterwards everybody must end with the trace's content, and what was acknowledged stands where it was said to.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import {
  MemoryKeep,
  permissionsAll,
  type Log,
  type LogEntry,
  type Site,
} from 'copse/internal/client/index.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import type { Chance } from '../sim/chance.ts';
import { Actor, type Kind } from './actor.ts';
import { castHouse, castNode, type House } from './house.ts';
import { contentOf, type Plan } from './plan.ts';
import { CHANGED_EVERY, Ledger, LOG, type Job, type Word, type Written } from './words.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_MS = 30_000;
/** After the last kill everything is done within this time, on a busy machine too. */
const CALM_MS = 120_000;
const LEADERS = 2;
const READERS = 2;
/** How often each is drawn. */
const WEIGHTS: Readonly<Record<Kind, number>> = { node: 3, tail: 3, leader: 3, writer: 3, reader: 1 };
/** Between two kills, and until who was killed is started again: within the grace of a leader and beyond. */
const KILL_MS = [100, 1_200] as const;
const REST_MS = [0, 3_000] as const;
const AT_ONCE = 0.15;

/** Without the settings of whoever runs it: a node takes them for its own. */
const ENV = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COPSE_'))),
  NODE_ENV: 'test',
};

export interface RunOptions {
  readonly plan: Plan;
  readonly chance: Chance;
  readonly isLed: boolean;
  readonly isDirect: boolean;
  readonly isFolding: boolean;
  /** The node is auth and two tails. */
  readonly hasTails: boolean;
  /** No more kills than this. */
  readonly killsMax: number;
  /** Least pause between two steps of an author. */
  readonly stepMs: number;
  /** A bug of `lab/sim/mutants` that every process has, or null. */
  readonly mutant: string | null;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly killsByKind: Readonly<Record<Kind, number>>;
  readonly entries: number;
  readonly acked: number;
  readonly seconds: number;
  /** Parts of snapshots that stand in the log. */
  readonly parts: number;
}

export async function run(options: RunOptions): Promise<RunResult> {
  const beganMs = performance.now();
  const stage = new Stage(options);
  try {
    await stage.open();
    await stage.rage();
    await stage.calm();
    const entries = await stage.audit();
    const seconds = (performance.now() - beganMs) / 1_000;
    return { killsByKind: stage.killsByKind, entries, acked: stage.acked, seconds, parts: stage.parts };
  } catch (thrown) {
    throw new Error(`${String(thrown)}\n${stage.report()}`, { cause: thrown });
  } finally {
    await stage.close();
  }
}

interface Acked {
  readonly author: number;
  readonly step: number;
  readonly at: number;
}

class Stage {
  readonly #options: RunOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'copse-crash-'));
  readonly #actors: Actor[] = [];
  readonly #lastWord = new Map<string, string>();
  readonly #ready = new Set<string>();
  readonly #done = new Set<string>();
  readonly #acked: Acked[] = [];
  readonly #failures: string[] = [];
  #founder: Copse | null = null;
  #site: Site | null = null;
  #house: House | null = null;
  #isOver = false;
  /** Parts of snapshots that stand in the log. */
  parts = 0;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  get #hasFailed(): boolean {
    return this.#failures.length > 0 || this.#options.signal.aborted;
  }

  get acked(): number {
    return this.#acked.length;
  }

  get killsByKind(): Readonly<Record<Kind, number>> {
    const count = (kind: Kind): number =>
      this.#actors.filter((each) => each.kind === kind).reduce((sum, { kills }) => sum + kills, 0);
    const [node, tail] = [count('node'), count('tail')];
    return { node, tail, leader: count('leader'), writer: count('writer'), reader: count('reader') };
  }

  report(): string {
    const said = this.#actors.map(({ name, isRunning }) => {
      const word = this.#lastWord.get(name)?.slice(0, 300) ?? 'nothing';
      return `${name}${isRunning ? '' : ' (down)'}: ${word}`;
    });
    return [...this.#failures, ...said, this.#folder].join('\n');
  }

  async open(): Promise<void> {
    const cast = this.#cast.bind(this);
    const house = await (this.#options.hasTails ? castHouse : castNode)(this.#folder, cast);
    this.#house = house;
    const { url } = house;
    this.#start();
    await this.#until('the node answers', () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    await house.castTails();
    this.#start();
    const founder = await openCopse(url, {
      name: 'Founder',
      keep: new MemoryKeep(),
      peers: async () => null,
    });
    this.#founder = founder;
    this.#site = await founder.found({ title: 'Trace' });
    const { plan, isLed } = this.#options;
    writeFileSync(join(this.#folder, 'plan.json'), JSON.stringify(plan));
    for (let n = 0; n < (isLed ? LEADERS : 0); n++) await this.#castDevice('leader', n);
    // A log is led from its first lead on; before that each writes for herself.
    if (isLed) await this.#until('a leader leads', async () => this.#leading() !== null);
    for (let n = 0; n < plan.authors.length; n++) await this.#castDevice('writer', n);
    for (let n = 0; n < READERS; n++) await this.#castDevice('reader', n);
    await this.#until('all have joined', async () => this.#ready.size === this.#devices.length);
  }

  get #devices(): readonly Actor[] {
    return this.#actors.filter(({ kind }) => kind !== 'node' && kind !== 'tail');
  }

  async #castDevice(role: Job['role'], number: number): Promise<void> {
    const name = `${role}-${number}`;
    const home = join(this.#folder, name);
    mkdirSync(home);
    const link = await must(this.#site, 'a site').invite({ permissions: permissionsAll });
    const { isDirect, isFolding, stepMs } = this.#options;
    const job: Job = {
      role,
      number,
      link,
      home: join(home, 'keep'),
      plan: join(this.#folder, 'plan.json'),
      isDirect,
      isFolding,
      stepMs,
    };
    writeFileSync(join(home, 'job.json'), JSON.stringify(job));
    this.#cast(role, name, ['lab/crash/device.ts', join(home, 'job.json')]);
    this.#start();
  }

  #cast(kind: Kind, name: string, words: readonly string[]): void {
    const home = join(this.#folder, `${name}-home`);
    mkdirSync(home);
    const { mutant } = this.#options;
    const preload = mutant === null ? [] : ['--preload', join(ROOT, 'lab/crash/mutant.ts')];
    this.#actors.push(
      new Actor({
        kind,
        name,
        words: [process.execPath, '--conditions=copse-source', ...preload, ...words],
        cwd: ROOT,
        env: { ...ENV, HOME: home, ...(mutant === null ? {} : { COPSE_MUTANT: mutant }) },
        hear: (line) => this.#hear(name, JSON.parse(line)),
        onEnd: (complaint) => this.#failures.push(complaint),
      }),
    );
  }

  #start(): void {
    for (const actor of this.#actors) if (!actor.isRunning) actor.start();
  }

  #hear(name: string, word: Word): void {
    if (word.kind === 'acked') {
      const { author, step, at } = word;
      this.#acked.push({ author, step, at });
      return;
    }
    this.#lastWord.set(name, JSON.stringify(word));
    if (word.kind === 'ready') this.#ready.add(name);
    if (word.kind === 'failed') this.#failures.push(`${name}: ${word.message}`);
    if (word.kind === 'read' && !word.isSame) this.#failures.push(`${name} has read another text`);
    if (word.kind === 'read' || word.kind === 'done') this.#done.add(name);
  }

  #leading(): Actor | null {
    const isLeading = ({ name }: Actor): boolean => this.#lastWord.get(name)?.includes('"leading"') === true;
    return this.#actors.find((actor) => actor.isRunning && isLeading(actor)) ?? null;
  }

  // Killing

  get #isWritten(): boolean {
    const writers = this.#actors.filter(({ kind }) => kind === 'writer');
    return writers.every(({ name }) => this.#done.has(name));
  }

  /** Until the trace is written, or there were kills enough. */
  async rage(): Promise<void> {
    const { chance, killsMax } = this.#options;
    const rests: Promise<void>[] = [];
    for (let kills = 0; kills < killsMax && !this.#isWritten && !this.#hasFailed;) {
      await pause(chance.between(...KILL_MS));
      const isMore = kills + 1 < killsMax && chance.often(AT_ONCE);
      const victims = new Set([this.#draw(), ...(isMore ? [this.#draw()] : [])]);
      for (const victim of victims) {
        if (!victim.isRunning) continue;
        kills++;
        rests.push(this.#killFor(victim, chance.often(0.5) ? 0 : chance.between(...REST_MS)));
      }
    }
    await Promise.all(rests);
  }

  #draw(): Actor {
    const { chance } = this.#options;
    const kinds = this.#actors.map(({ kind }) => kind);
    const drawn = chance.pick(
      [...new Set(kinds)].flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind)),
    );
    const leading = drawn === 'leader' && chance.often(0.8) ? this.#leading() : null;
    return leading ?? chance.pick(this.#actors.filter(({ kind }) => kind === drawn));
  }

  async #killFor(victim: Actor, restMs: number): Promise<void> {
    await victim.kill();
    // Whoever begins anew has to say again that all is there.
    this.#done.delete(victim.name);
    this.#lastWord.delete(victim.name);
    await pause(restMs);
    if (!this.#isOver) victim.start();
  }

  // Afterwards

  async calm(): Promise<void> {
    const last = this.#actors.filter(({ kind }) => kind === 'writer' || kind === 'reader');
    await this.#until(
      'all is written and read',
      async () => last.every(({ name }) => this.#done.has(name)),
      CALM_MS,
    );
  }

  /** Somebody who was never killed reads all of it. */
  async audit(): Promise<number> {
    const { plan } = this.#options;
    const log: Log = must(this.#site, 'a site').log(LOG);
    const { tail } = await log.read({ last: 1 });
    const ledger = new Ledger();
    for await (const entry of log.entries()) {
      if (entry.isPart) this.parts++;
      else this.#check(entry, ledger.add(entry));
      if (entry.at === tail - 1) break;
    }
    for (const { author, step, at } of this.#acked) {
      if (ledger.placeOf(author, step) !== at)
        throw new Error(`step ${step} of ${author} was acknowledged at ${at}`);
    }
    if (ledger.typed.updates.length !== plan.authors.flat().length)
      throw new Error(`${ledger.typed.updates.length} entries`);
    if (contentOf(ledger.typed.updates) !== plan.end) throw new Error('the log makes another text');
    return ledger.typed.updates.length;
  }

  #check({ at, ruling }: LogEntry, { step }: Written): void {
    const isChanged = this.#options.isLed && step % CHANGED_EVERY === 0;
    if ((ruling === 'changed') !== isChanged) throw new Error(`the ruling of ${at} is ${ruling}`);
  }

  async #until(what: string, holds: () => Promise<boolean>, ms = START_MS): Promise<void> {
    const endMs = performance.now() + ms;
    while (!(await holds())) {
      if (this.#hasFailed) throw new Error('A process has failed.');
      if (performance.now() > endMs) throw new Error(`Not within ${ms} ms: ${what}`);
      await pause(20);
    }
    if (this.#hasFailed) throw new Error('A process has failed.');
  }

  async close(): Promise<void> {
    this.#isOver = true;
    const kept = this.#failures.length > 0;
    await Promise.all(this.#actors.map((actor) => actor.kill()));
    await this.#founder?.close();
    await this.#house?.[Symbol.asyncDispose]();
    if (!kept) rmSync(this.#folder, { recursive: true, force: true });
  }
}
