/**
 * What notify keeps, in one SQLite file of its own (interface and promises: `news.ts`). Batches of one turn
 * share one commit with synchronous=FULL.
 */

import { must } from 'copse/internal/base/assert.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { deviceId, siteId, userId, type DeviceId, type UserId } from 'copse/internal/base/ids.ts';
import { deadLettersMax, toldPerUserMax } from 'copse/internal/base/limits-notify.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { CHECKPOINT_PAGES, Checkpoints } from './checkpoints.ts';
import { GroupCommit } from './group-commit.ts';
import { listenerValues, quietValues } from './held-rows.ts';
import { openMigrated } from './migrate.ts';
import { NEWS_SCHEMA } from './news-schema.ts';
import { SqliteHeld } from './news-sqlite-held.ts';
import { newsPages } from './news-sqlite-load.ts';
import { endpointRecordOf, readingValues, SQL, type EndpointRow, type UserRow } from './news-sqlite-rows.ts';
import {
  NEWS_EPOCH_BYTES,
  type EndpointRecord,
  type FollowedRecord,
  type KeptLetter,
  type NewsBatch,
  type NewsPage,
  type NewsStore,
  type StoredUser,
  type SubscriptionRecord,
  type ToldRecord,
} from './news.ts';
import type { Database, Opening, Value } from './sqlite.ts';

export interface SqliteNewsOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Arranges that a task runs after what is ready now. */
  readonly schedule?: (task: () => void) => void;
  readonly env?: Pick<Env, 'random'>;
}

interface ToldRow {
  readonly user: string;
  readonly device: string;
  readonly site: string;
  readonly at_ms: number;
  readonly what: string;
}

interface LetterRow extends Omit<ToldRow, 'site' | 'what'> {
  readonly id: number;
  readonly why: string;
  readonly last: string;
  readonly origin: string;
}

/** As for the accounts: small rows, and what a commit costs is the pages that it changes. */
const OPENING: Opening = { pageBytes: 4096, cacheBytes: 64 << 20, checkpointPages: CHECKPOINT_PAGES };

export class SqliteNews implements NewsStore {
  readonly epoch: Uint8Array;
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #checkpoints: Checkpoints;
  readonly #schedule: (task: () => void) => void;

  private constructor(database: Database, options: SqliteNewsOptions) {
    const { path, schedule = (task) => void setImmediate(task), env = realEnv() } = options;
    this.#database = database;
    this.#schedule = schedule;
    this.epoch = epochOf(database, env);
    this.#checkpoints = new Checkpoints(database, path);
    const onCommit = (): void => this.#checkpoints.committed();
    this.#commits = new GroupCommit(database, { schedule, onCommit });
  }

  static open(options: SqliteNewsOptions): SqliteNews {
    return SqliteNews.over(openMigrated(options.path, NEWS_SCHEMA, OPENING), options);
  }

  /** On a database that is open and of the newest version, and belongs to the store from now on. */
  static over(database: Database, options: SqliteNewsOptions): SqliteNews {
    return new SqliteNews(database, options);
  }

  commit(batch: NewsBatch): Promise<void> {
    return this.#commits.write(() => this.#write(batch));
  }

  note(batch: NewsBatch): Promise<void> {
    return this.#commits.writeRepeatable(() => this.#write(batch));
  }

  #write(batch: NewsBatch): void {
    for (const each of batch.subscriptions ?? []) this.#subscribe(each);
    for (const { site, ordinal } of batch.sites ?? []) this.#run(SQL.putSite, site, ordinal);
    for (const site of batch.logsGone ?? []) this.#run(SQL.dropLogs, site);
    for (const { site, log, length, ordinal, order } of batch.logs ?? [])
      this.#run(SQL.putLog, site, log, length, ordinal, order);
    for (const each of batch.readings ?? []) this.#run(SQL.read, ...readingValues(each));
    for (const { user, site, log } of batch.marksGone ?? []) this.#run(SQL.dropMark, user, site, log);
    for (const { user, site, log, ordinal } of batch.marks ?? [])
      this.#run(SQL.putMark, user, site, log, ordinal);
    for (const { user, device, step, untilMs } of batch.windows ?? []) {
      if (step === 0) this.#run(SQL.dropPause, user, device);
      else this.#run(SQL.putPause, user, device, step, untilMs);
    }
    for (const { user, device, url, failures, sinceMs, goneMs } of batch.deliveries ?? [])
      this.#run(SQL.deliver, failures, sinceMs, goneMs, user, device, url);
    this.#tell(batch);
    for (const site of batch.sitesGone ?? [])
      for (const drop of [SQL.dropMarks, SQL.dropLogs, SQL.dropSite]) this.#run(drop, site);
    if (batch.followed === undefined) return;
    const { epoch, seq, knock, base } = batch.followed;
    this.#run(SQL.putFollowed, epoch, seq, knock, base);
  }

  #run(sql: string, ...values: readonly Value[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #subscribe({ user, version, hash, digest, difference }: SubscriptionRecord): void {
    this.#run(SQL.putUser, user, version, hash, digest);
    if (difference.quiet !== undefined) this.#run(SQL.putQuiet, ...quietValues(difference.quiet), user);
    for (const { device, site, listener } of difference.listeners) {
      if (listener === null) this.#run(SQL.leave, user, device, site);
      else this.#run(SQL.putListener, user, device, site, ...listenerValues(listener));
    }
    for (const [device, endpoint] of difference.endpoints) {
      if (endpoint === null) this.#run(SQL.dropEndpoint, user, device);
      else this.#run(SQL.putEndpoint, user, device, endpoint.url, endpoint.p256dh, endpoint.auth);
    }
  }

  #tell({ told = [], letters = [], lettersGone = [] }: NewsBatch): void {
    for (const { user, device, site, atMs, what } of told)
      this.#run(SQL.addTold, user, device, site ?? '', atMs, what);
    for (const user of new Set(told.map((each) => each.user))) this.#run(SQL.trimTold, user, toldPerUserMax);
    for (const { user, device, atMs, why, last, origin } of letters)
      this.#run(SQL.addLetter, user, device, atMs, why, last, origin);
    if (letters.length > 0) this.#run(SQL.trimLetters, deadLettersMax);
    for (const id of lettersGone) this.#run(SQL.dropLetter, id);
  }

  async *load(): AsyncGenerator<NewsPage> {
    for (const page of newsPages(this.#database)) {
      yield page;
      await new Promise<void>(this.#schedule);
    }
  }

  async stored(user: UserId): Promise<StoredUser> {
    const row = this.#database.prepare<UserRow>(SQL.user).get(user);
    const { version = 0, hash = NO_BYTES, digest = NO_DIGEST } = row ?? {};
    return { version, hash, digest, state: new SqliteHeld(this.#database, user, row) };
  }

  async endpoint(user: UserId, device: DeviceId): Promise<EndpointRecord | null> {
    const row = this.#database.prepare<EndpointRow>(SQL.endpoint).get(user, device);
    return row === null ? null : endpointRecordOf(row);
  }

  async told(user: UserId, countMax: number): Promise<readonly ToldRecord[]> {
    return this.#database
      .prepare<ToldRow>(SQL.told)
      .all(user, countMax)
      .map(({ at_ms: atMs, what, site, ...row }) => ({
        ...personOf(row),
        site: site === '' ? null : siteId(site),
        atMs,
        what,
      }));
  }

  async followed(): Promise<FollowedRecord | null> {
    return this.#database.prepare<FollowedRecord>(SQL.followed).get();
  }

  async letters(after: number, countMax: number): Promise<readonly KeptLetter[]> {
    return this.#database
      .prepare<LetterRow>(SQL.letters)
      .all(after, countMax)
      .map(({ id, at_ms: atMs, why, last, origin, ...row }) => ({
        id,
        ...personOf(row),
        atMs,
        why,
        last,
        origin,
      }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#commits.close();
    await this.#checkpoints[Symbol.asyncDispose]();
    this.#database.close();
  }
}

function personOf({ user, device }: { readonly user: string; readonly device: string }) {
  return { user: userId(user), device: deviceId(device) };
}

/** Drawn with the file: a new one is never taken for another. */
function epochOf(database: Database, env: Pick<Env, 'random'>): Uint8Array {
  const read = database.prepare<{ readonly epoch: Uint8Array }>('SELECT epoch FROM store');
  const known = read.get();
  if (known !== null) return known.epoch;
  const put = database.prepare('INSERT INTO store (one, epoch) VALUES (1, ?)');
  database.transaction(() => put.run(env.random(NEWS_EPOCH_BYTES)));
  return must(read.get(), 'the epoch that was drawn').epoch;
}
