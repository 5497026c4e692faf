/**
 * A device's keep on simulated storage. It is slow, may be full, and promises no more than `client/keep.ts`
 * does: writes follow one another; the end of the process loses what had not resolved, from the end; power
 * loss also what was relaxed since the last strict write, from the end (SPEC S2).
 */

import { Fault } from 'copse/internal/base/fault.ts';
import {
  checkChanges,
  type Keep,
  type KeepChange,
  type KeepRow,
  type Safety,
} from 'copse/internal/client/keep.ts';
import type { SimEnv, World } from '../world.ts';

export interface KeepPlan {
  /** Longest time of one operation, milliseconds. */
  readonly slowMs: number;
  /** Probability that a write is refused. */
  readonly full: number;
}

type Changes = readonly KeepChange[];

/** What outlives the processes of one device. */
export class SimStorage {
  readonly #world: World;
  readonly #plan: () => KeepPlan;
  readonly #onRefused: (changes: Changes) => void;
  /** Survives everything. */
  #synced = new Map<string, Uint8Array>();
  /** Survives the end of the process, oldest first. */
  #relaxed: Changes[] = [];
  /** Handed over and not resolved, oldest first. */
  #underWay: Changes[] = [];

  constructor(world: World, plan: () => KeepPlan, onRefused: (changes: Changes) => void) {
    this.#world = world;
    this.#plan = plan;
    this.#onRefused = onRefused;
  }

  /** The keep of a process. */
  open(env: SimEnv): Keep {
    return new SimKeep(this, env);
  }

  /** The process ends: of what was under way, any number of writes from the front are there. */
  crash(isPowerLost: boolean): void {
    const { chance } = this.#world;
    this.#relaxed.push(...this.#underWay.slice(0, chance.between(0, this.#underWay.length)));
    this.#underWay = [];
    if (isPowerLost) this.#relaxed = this.#relaxed.slice(0, chance.between(0, this.#relaxed.length));
    this.#sync();
  }

  #sync(): void {
    for (const changes of this.#relaxed) apply(this.#synced, changes);
    this.#relaxed = [];
  }

  /** Rows as the process sees them. */
  rows(): Map<string, Uint8Array> {
    const rows = new Map(this.#synced);
    for (const changes of this.#relaxed) apply(rows, changes);
    return rows;
  }

  /** Runs `task` when the storage has taken its time; never, when the process has ended meanwhile. */
  later<T>(env: SimEnv, task: () => T): Promise<T> {
    const { slowMs } = this.#plan();
    return new Promise((resolve, reject) => {
      env.after(this.#world.chance.unit() * slowMs, () => {
        try {
          resolve(task());
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
  }

  begin(changes: Changes): void {
    this.#underWay.push(changes);
  }

  end(changes: Changes, safety: Safety): void {
    this.#underWay = this.#underWay.filter((other) => other !== changes);
    if (this.#world.chance.often(this.#plan().full)) {
      this.#onRefused(changes);
      throw new Fault('full', 'the simulated storage');
    }
    this.#relaxed.push(changes);
    if (safety === 'strict') this.#sync();
  }

  clear(): void {
    this.#synced = new Map();
    this.#relaxed = [];
  }
}

class SimKeep implements Keep {
  readonly #storage: SimStorage;
  readonly #env: SimEnv;
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: SimStorage, env: SimEnv) {
    this.#storage = storage;
    this.#env = env;
  }

  get(name: string): Promise<Uint8Array | null> {
    return this.#inTurn(() => this.#later(() => this.#storage.rows().get(name)?.slice() ?? null));
  }

  list(prefix: string): Promise<readonly KeepRow[]> {
    return this.#inTurn(() =>
      this.#later(() =>
        [...this.#storage.rows()]
          .filter(([name]) => name.startsWith(prefix))
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ name, value: value.slice() })),
      ),
    );
  }

  async write(changes: Changes, safety: Safety = 'strict'): Promise<void> {
    checkChanges(changes);
    // Who is dead writes nothing; nobody waits for it either.
    if (this.#env.dead) return new Promise(() => {});
    const own = changes.map((change) => ({ ...change, value: change.value?.slice() ?? null }));
    this.#storage.begin(own);
    return this.#inTurn(() => this.#later(() => this.#storage.end(own, safety)));
  }

  clear(): Promise<void> {
    return this.#inTurn(() => this.#later(() => this.#storage.clear()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => {});
  }

  #later<T>(task: () => T): Promise<T> {
    return this.#storage.later(this.#env, task);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function apply(rows: Map<string, Uint8Array>, changes: Changes): void {
  for (const { name, value } of changes) {
    if (value === null) rows.delete(name);
    else rows.set(name, value);
  }
}
