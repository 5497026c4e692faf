/** A process of the simulation that shares the shard: the real keeper, standby and log store; its chunks outlive it. */

import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { ShardKeeper } from '../../../server/src/node/shards/keeper.ts';
import { chunkSchema } from '../../../server/src/store/chunks-rows.ts';
import { localSqliteChunks } from '../../../server/src/store/chunks-sqlite.ts';
import type { ChunkStore } from '../../../server/src/store/chunks.ts';
import { unclosed } from '../../../server/src/store/log-store-memory.ts';
import type { LogStore } from '../../../server/src/store/log-store.ts';
import { migrate } from '../../../server/src/store/migrate.ts';
import { openDatabase, type Database } from '../../../server/src/store/sqlite.ts';
import type { SimEnv, World } from '../world.ts';
import { SimConnection, type WayPlan } from './connection.ts';
import type { SimDatabase } from './database.ts';
import type { ShardPlan } from './plan.ts';
import { ShardShell } from './shell.ts';

export const primitives = nativePrimitives();
const NODE = key(new Uint8Array(32));
/** A transaction of the chunks, milliseconds. */
const CHUNKS_MS = 0.3;

export interface ProcessOptions {
  readonly world: World;
  readonly name: string;
  readonly database: SimDatabase;
  readonly plan: ShardPlan;
  readonly way: () => WayPlan;
  /** It serves from this epoch on, as it says itself. */
  readonly onOwner: (name: string, epoch: number) => void;
}

interface Life {
  readonly env: SimEnv;
  readonly keeper: ShardKeeper;
}

/** Chunks in memory, whose transactions take place when their time has passed, and never after a death. */
export function chunksOf(database: Database, env: SimEnv): (journal: ChunkSource) => Promise<ChunkStore> {
  return async (journal) =>
    localSqliteChunks({
      database: unclosed(database),
      source: journal,
      primitives,
      before: () => new Promise((resolve) => void env.after(CHUNKS_MS, () => resolve())),
    });
}

type ChunkSource = Parameters<typeof localSqliteChunks>[0]['source'];

export function emptyChunks(): Database {
  const database = openDatabase(':memory:');
  migrate(database, chunkSchema);
  return database;
}

export class ShardProcess implements Disposable {
  readonly name: string;
  readonly chunks = emptyChunks();
  readonly #options: ProcessOptions;
  #life: Life | null = null;
  /** Who serves now, as far as this process believes. */
  shell: ShardShell | null = null;
  isCut = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get isUp(): boolean {
    return this.#life !== null;
  }

  start(): void {
    const { name, database, plan, way, onOwner } = this.#options;
    const world: World = this.#options.world;
    const env = world.env(name);
    // Nothing damages anything here: whoever says so is wrong.
    env.onLog = (event, fields) => {
      const isDamage = fields['code'] === 'corrupt' || fields['code'] === 'internal';
      world.check(!isDamage, 'J3', () => `${name} ${event}: ${JSON.stringify(fields)}`);
    };
    const keeper = new ShardKeeper({
      shard: 0,
      node: NODE,
      directory: '',
      connect: () => new SimConnection({ world, env, database, plan: way, isCut: () => this.isCut }),
      env,
      primitives,
      url: name,
      standby: { openChunks: chunksOf(this.chunks, env), bytesMin: plan.bytesMin },
      openTail: async (logs) => this.#serve(env, logs),
      onOwner: (epoch) => {
        if (epoch !== null) onOwner(name, epoch);
      },
    });
    this.#life = { env, keeper };
  }

  #serve(env: SimEnv, logs: LogStore): ShardShell {
    const { world, plan } = this.#options;
    const { pageBytes, lagBytes, gatherMs } = plan;
    const shell = new ShardShell({ world, env, logs, pageBytes, lagBytes, gatherMs });
    this.shell = shell;
    return shell;
  }

  /** The process ends without a word. */
  kill(): void {
    this.#life?.env.kill();
    this.#life = null;
    this.shell = null;
  }

  freeze(ms: number): void {
    this.#life?.env.sleep(ms);
  }

  /** Asked to end: it gives the shard up. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    await life.keeper[Symbol.asyncDispose]();
    if (this.#life === life) this.kill();
  }

  [Symbol.dispose](): void {
    this.kill();
    this.chunks.close();
  }
}
