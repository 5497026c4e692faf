/**
 * The way from a process to the database: slow, lost there or back, cut for a while. A request may be carried out
 * long after its process has given it up; a process that sleeps hears late, one that died never.
 */

import { databaseMs } from 'copse/internal/base/limits-shards.ts';
import { LOCK_SHARD } from '../../../server/src/store/journal-postgres-rows.ts';
import {
  LostConnection,
  type PgConnection,
  type PgQuery,
  type PgRow,
  type PgValue,
} from '../../../server/src/store/postgres.ts';
import type { SimEnv, World } from '../world.ts';
import { SimDatabase } from './database.ts';

export interface WayPlan {
  /** One direction, milliseconds. */
  readonly delayMs: readonly [number, number];
  /** Probability that a message is lost, each way. */
  readonly lost: number;
  /** Probability that a message takes very long. */
  readonly stall: number;
}

export interface WayOptions {
  readonly world: World;
  readonly env: SimEnv;
  readonly database: SimDatabase;
  readonly plan: () => WayPlan;
  /** Nothing gets through. */
  readonly isCut: () => boolean;
}

/** A server gives up a transaction whose client says nothing. */
const IDLE_TRANSACTION_MS = 2_000;
const STALL_MS = 3 * databaseMs;

type Outcome = { readonly value: readonly PgRow[] } | { readonly thrown: unknown };

export class SimConnection implements PgConnection {
  readonly #options: WayOptions;

  constructor(options: WayOptions) {
    this.#options = options;
  }

  query(text: string, values: readonly PgValue[] = []): Promise<readonly PgRow[]> {
    const { database } = this.#options;
    return this.#trip({}, text, () => database.run(text, values));
  }

  async transaction<T>(task: (query: PgQuery) => Promise<T>): Promise<T> {
    const { database } = this.#options;
    const holder = { hasLocked: false };
    /** What it has written, which nobody sees before the end. */
    const writes: (() => void)[] = [];
    const answer = await task({
      query: (text, values = []) =>
        this.#trip(holder, text, () => {
          if (/^(SELECT|CREATE)/.test(text)) return this.#look(holder, text, values);
          writes.push(() => void database.run(text, values));
          return [];
        }),
    });
    await this.#trip(holder, 'COMMIT', () => {
      if (holder.hasLocked && !database.isLockedBy(holder))
        throw new LostConnection('given up by the server');
      for (const write of writes) write();
      database.release(holder);
      return [];
    });
    return answer;
  }

  #look(holder: { hasLocked: boolean }, text: string, values: readonly PgValue[]): readonly PgRow[] {
    const { database, world } = this.#options;
    if (text === LOCK_SHARD) {
      holder.hasLocked = true;
      database.lock(holder);
      world.at(IDLE_TRANSACTION_MS, () => database.release(holder));
    }
    return database.run(text, values);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #trip(holder: object, text: string, apply: () => readonly PgRow[]): Promise<readonly PgRow[]> {
    const { world, env, database } = this.#options;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const settle = (outcome: Outcome): void => {
        if (isOver) return;
        isOver = true;
        late.cancel();
        if ('value' in outcome) resolve(outcome.value);
        else reject(outcome.thrown);
      };
      const lose = (): void => settle({ thrown: new LostConnection('lost') });
      const late = env.after(databaseMs, lose);
      // Whose connection broke hears of it soon; who hears nothing waits for the deadline.
      const lost = (): void => {
        if (world.chance.often(0.5)) world.at(world.chance.unit() * 20, () => env.after(0, lose));
      };
      this.#carry(lost, () => {
        const run = (): void => {
          const outcome = outcomeOf(apply);
          this.#carry(lost, () => void env.after(0, () => settle(outcome)));
        };
        if (SimDatabase.writesShard(text)) database.whenFree(holder, run);
        else run();
      });
    });
  }

  /** One direction. */
  #carry(onLost: () => void, onArrived: () => void): void {
    const { world, database, isCut } = this.#options;
    const { chance } = world;
    const { delayMs, lost, stall } = this.#options.plan();
    const isLost = chance.often(lost) || isCut();
    const stallMs = chance.often(stall) ? chance.unit() * STALL_MS : 0;
    world.at(delayMs[0] + chance.unit() * (delayMs[1] - delayMs[0]) + stallMs, () => {
      if (isLost || database.isAway) onLost();
      else onArrived();
    });
  }
}

function outcomeOf(apply: () => readonly PgRow[]): Outcome {
  try {
    return { value: apply() };
  } catch (thrown) {
    return { thrown };
  }
}
