/**
 * The life of a process that shares a shard: it waits and follows the journal, takes over when the owner is
 * silent, serves, and waits again when another one has taken over (SPEC J14). Whatever it believes, the seal in
 * the journal decides who may write (SPEC J11).
 */

import { compare } from 'copse/internal/base/bytes.ts';
import { pause, type Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { databaseMs, databaseRetryCapMs, shardBeatMs } from 'copse/internal/base/limits-shards.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { openPostgresJournal, type PostgresJournal } from '../../store/journal-postgres.ts';
import type { LogStore } from '../../store/log-store.ts';
import { LostConnection, type PgConnection } from '../../store/postgres.ts';
import { ShardClaim } from '../../store/shard-claim.ts';
import { openStandby, type Standby, type StandbyOptions } from '../../store/shard-standby.ts';
import type { Connection, Door, Socket } from '../listen.ts';
import type { Figure } from '../metrics.ts';

/** Who serves a shard that this process owns: a tail. */
export interface ShardTail extends AsyncDisposable {
  open(socket: Socket): Connection;
  drain(): Promise<void>;
  /** The shard is another one's: sends everybody there, at once. */
  fence(): void;
  figures(): readonly Figure[];
}

export interface KeeperOptions {
  readonly shard: number;
  /** Whose logs these are: two nodes do not share a database by mistake. */
  readonly node: Key;
  /** Of the chunks, which are this process's alone. */
  readonly directory: string;
  readonly connect: () => PgConnection;
  readonly env: Env;
  readonly primitives: Primitives;
  /** WebSocket address of this tail, for whoever looks at the cell. */
  readonly url: string;
  readonly openTail: (logs: LogStore) => Promise<ShardTail>;
  /** How it waits, where that is not as usual. */
  readonly standby?: Pick<StandbyOptions, 'openChunks' | 'bytesMin'>;
  /** The shard is served here from now on; or is not any more. */
  readonly onOwner: (epoch: number | null) => void;
}

/** What an owner has opened. */
interface Held {
  logs: LogStore | null;
}

interface Term {
  readonly held: Held;
  /** Resolves when the shard is another one's, or the process stops. */
  readonly lost: Promise<void>;
  readonly startMs: number;
}

type State = 'starting' | 'waiting' | 'taking' | 'serving' | 'ended';

export class ShardKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  #state: State = 'starting';
  #tail: ShardTail | null = null;
  #trouble: string | null = null;
  #takeovers = 0;
  #isStopping = false;
  /** Ends the wait of an owner. */
  #release: () => void = () => {};
  readonly #journals = new Set<PostgresJournal>();
  readonly #running: Promise<void>;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Connections go to the tail when it serves, and elsewhere when it does not. */
  readonly door: Door = (socket) => {
    if (this.#tail !== null) return this.#tail.open(socket);
    socket.close(new Fault(this.#isStopping ? 'draining' : 'moved'));
    return NOBODY;
  };

  /** Null when it serves, or could. */
  notReady(): string | null {
    if (this.#trouble !== null) return this.#trouble;
    return this.#state === 'starting' ? 'The journal has not been read yet.' : null;
  }

  figures(): readonly Figure[] {
    return [
      { name: 'shardServing', unit: '', value: this.#state === 'serving' ? '1' : '0' },
      { name: 'shardTakeoversTotal', unit: '', value: String(this.#takeovers) },
      ...(this.#tail?.figures() ?? []),
    ];
  }

  /** Says goodbye to its connections and gives the shard up, for another to take at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { env } = this.#options;
    this.#isStopping = true;
    this.#release();
    // What was accepted is still committed, unless the database stays away: then nobody was told that it was.
    const late = env.after(2 * databaseMs, () => {
      for (const journal of this.#journals) void journal[Symbol.asyncDispose]();
    });
    await this.#running;
    late.cancel();
  }

  async #run(): Promise<void> {
    const { env } = this.#options;
    while (!this.#isStopping) {
      try {
        await this.#life();
      } catch (thrown) {
        const { code, message } = asFault(thrown);
        this.#trouble = message;
        env.log(code === 'closed' ? 'warn' : 'error', 'shard.failed', { code, message });
        // What is wrong otherwise is not mended soon, and is told once in a while.
        await pause(env, code === 'closed' ? databaseRetryCapMs : databaseMs);
      }
      this.#state = this.#isStopping ? 'ended' : 'starting';
    }
  }

  /** From one wait to the end of one ownership. */
  async #life(): Promise<void> {
    await using owned = new AsyncDisposableStack();
    const cells = await this.#journal(owned);
    await requireNode(cells, this.#options.node);
    const claim = new ShardClaim({ cells, env: this.#options.env, url: this.#options.url });
    const journal = await this.#journal(owned);
    const { env, primitives, directory } = this.#options;
    const waiting = { directory, journal, env, primitives, ...this.#options.standby };
    const standby = owned.use(await openStandby(waiting));
    if (!(await this.#wait(standby, claim))) return;
    const startMs = env.nowMs();
    this.#state = 'taking';
    const held: Held = { logs: null };
    const lost = this.#beat(claim, cells, held);
    try {
      await this.#serve(standby, { held, lost, startMs });
    } finally {
      this.#release();
      await lost;
      // Stopped, or unable to serve: another one need not wait for the silence.
      await claim.leave().catch(() => {});
    }
  }

  async #journal(owned: AsyncDisposableStack): Promise<PostgresJournal> {
    const { connect, shard, env, primitives } = this.#options;
    const opening = { postgres: connect(), shard, primitives, env, isWhole: true };
    const journal = owned.use(await openPostgresJournal(opening));
    this.#journals.add(journal);
    owned.defer(() => void this.#journals.delete(journal));
    return journal;
  }

  /** Follows until the shard is this process's, which is told by true, or the process stops. */
  async #wait(standby: Standby, claim: ShardClaim): Promise<boolean> {
    while (!this.#isStopping) {
      try {
        await standby.follow();
        this.#state = 'waiting';
        const isFree = await claim.look();
        this.#trouble = null;
        if (isFree && (await claim.take())) return true;
      } catch (thrown) {
        if (!(thrown instanceof LostConnection)) throw thrown;
        this.#trouble = thrown.message;
      }
      await pause(this.#options.env, shardBeatMs);
    }
    return false;
  }

  /**
   * Says that the owner is there, until it is another one, by the cell or by the seal, or the process stops. The
   * two may differ: who took the cell and then stood still may seal the journal of who took it afterwards.
   */
  #beat(claim: ShardClaim, cells: PostgresJournal, held: Held): Promise<void> {
    const { env } = this.#options;
    const life = { isOver: false };
    const released = new Promise<void>((resolve) => {
      this.#release = () => {
        life.isOver = true;
        resolve();
      };
    });
    const beating = async (): Promise<void> => {
      while (!life.isOver) {
        await pause(env, shardBeatMs);
        if (life.isOver) return;
        try {
          if (!(await claim.beat())) return;
          const { epoch } = await cells.state();
          if (held.logs !== null && (held.logs.stopped !== null || held.logs.epoch < epoch)) return;
          this.#trouble = null;
        } catch (thrown) {
          this.#trouble = asFault(thrown).message;
        }
      }
    };
    return Promise.race([released, beating()]);
  }

  async #serve(standby: Standby, { held, lost, startMs }: Term): Promise<void> {
    const { env, openTail, onOwner } = this.#options;
    await using owned = new AsyncDisposableStack();
    const logs = owned.use(await standby.take());
    held.logs = logs;
    const tail = owned.use(await openTail(logs));
    this.#tail = tail;
    this.#state = 'serving';
    this.#takeovers++;
    onOwner(logs.epoch);
    env.log('info', 'shard.taken', { epoch: logs.epoch, ms: Math.round(env.nowMs() - startMs) });
    try {
      await lost;
    } finally {
      this.#tail = null;
      onOwner(null);
      if (this.#isStopping) await tail.drain();
      else tail.fence();
      env.log('info', 'shard.left', { epoch: logs.epoch });
    }
  }
}

const NODE_CELL = 'node';

/** The first process writes down whose journal it is; others see whether it is theirs. */
async function requireNode(cells: PostgresJournal, node: Key): Promise<void> {
  const { ok, value } = await cells.cas(NODE_CELL, 0, node);
  if (ok || (value !== null && compare(value, node) === 0)) return;
  throw new Fault('config', 'The journal belongs to another node: give each a database of its own.');
}

const NOBODY = { receive(): void {}, drained(): void {}, closed(): void {} };
