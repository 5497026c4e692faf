/**
 * Tells notify what is news, once it is durable (SPEC I17). A few calls are on their way at a time, because each is
 * answered when what it says is in the store of notify; what comes meanwhile waits, one row a log, and a call that
 * failed is made again until notify takes it. Of one log there is one call at a time: a mention that were overtaken
 * would be of no use any more. The journal keeps what was not answered, so that a tail that comes
 * back after a crash says it again (SPEC I2).
 */

import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import { backoff, type Backoff } from 'copse/internal/base/backoff.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import {
  notifyRetryMaxMs,
  notifyRetryMs,
  publishCallsMax,
  publishesMax,
  publishPauseMs,
} from 'copse/internal/base/limits-notify.ts';
import type { Batch, LogState } from 'copse/internal/log/batch.ts';
import { UntoldNews, type HeardNews, type NewsRow, type Reader } from '../store/untold-news.ts';
import type { Authors } from './authors.ts';

export interface HeraldOptions {
  readonly env: Env;
  readonly notify: Pick<NotifyRemote, 'publish' | 'read'>;
  /** Who wrote what. */
  readonly authors: Authors;
  /** Runs a task behind what is being told of a commit: nobody waits for notify. */
  readonly soon: (task: () => void) => void;
  /** Everything up to this record of the journal is kept by notify. */
  readonly onTold: (record: number) => void;
}

/** Somebody with a connection, or a writer without one, of whom no user is known. */
type Wrote =
  | { readonly session: { readonly user: UserId; readonly device: DeviceId } }
  | { readonly isInsider: true };

/** Rows of a call that was not answered. */
interface Flight {
  readonly rows: readonly NewsRow[];
  readonly firstRecord: number;
  /** It failed, and is made again. */
  hasFailed: boolean;
}

export class Herald implements Disposable {
  readonly #options: HeraldOptions;
  readonly #untold = new UntoldNews();
  readonly #retry: Backoff;
  readonly #flights = new Set<Flight>();
  /** Logs in them. */
  readonly #busy = new Set<number>();
  /** Whether all that waits is of such logs. */
  #isBlocked = false;
  #isPlanned = false;
  #timer: Timer | null = null;
  #nextMs = 0;
  #newestRecord = 0;
  #toldRecord = 0;
  #isClosed = false;
  /** Whether the last call failed: it is logged once, and one call at a time tries whether notify is back. */
  #isAway = false;
  toldCount = 0;

  constructor(options: HeraldOptions) {
    this.#options = options;
    this.#retry = backoff(options.env, notifyRetryMs, notifyRetryMaxMs);
  }

  get waitingCount(): number {
    let count = this.#untold.size;
    for (const { rows } of this.#flights) count += rows.length;
    return count;
  }

  get lostCount(): number {
    return this.#untold.lostCount;
  }

  /** A batch is durable. */
  committed(batch: Batch<Wrote>): void {
    let readers: Readers | null = null;
    for (const { log, news } of batch.runs) {
      if (news === undefined) continue;
      readers ??= readersOf(batch, this.#options.authors);
      const { number, site, log: name } = log;
      const { length, mentions, writers, record = 0 } = news;
      const known = readers.get(log) ?? [];
      this.hear({ number, site, log: name, length, mentions, writers, record, readers: known });
    }
  }

  hear(news: HeardNews): void {
    // What is found late waits as if it had just come: then the rows wait in the order of their records.
    this.#newestRecord = Math.max(this.#newestRecord, news.record);
    this.#untold.add({ ...news, record: this.#newestRecord });
    if (!this.#busy.has(news.number)) this.#isBlocked = false;
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#isClosed || !this.#maySend()) return;
    this.#isPlanned = true;
    const waitMs = this.#nextMs - this.#options.env.nowMs();
    if (waitMs <= 0) this.#options.soon(this.#send);
    else this.#timer = this.#options.env.after(waitMs, this.#send);
  }

  #maySend(): boolean {
    let under = 0;
    let failed = 0;
    for (const { hasFailed } of this.#flights) {
      if (hasFailed) failed++;
      else under++;
    }
    if (this.#isAway) return under === 0;
    return failed > 0 || (this.#untold.size > 0 && !this.#isBlocked && under < publishCallsMax);
  }

  readonly #send = (): void => {
    this.#isPlanned = false;
    this.#timer = null;
    if (this.#isClosed || !this.#maySend()) return;
    const { env } = this.#options;
    const flight = this.#failed() ?? this.#take();
    if (flight === null) return;
    flight.hasFailed = false;
    this.#nextMs = env.nowMs() + publishPauseMs;
    this.#say(flight.rows).then(
      () => this.#taken(flight),
      (thrown: unknown) => this.#refused(flight, thrown),
    );
    this.#plan();
  };

  async #say(rows: readonly NewsRow[]): Promise<void> {
    const { notify, authors } = this.#options;
    const meeting = authors.meet(rows);
    // Mostly all are known, and nothing is waited for.
    if (meeting !== null) await meeting;
    if (this.#isClosed) throw new Fault('closed');
    await Promise.all(said(notify, rows, authors));
  }

  #failed(): Flight | null {
    for (const flight of this.#flights) if (flight.hasFailed) return flight;
    return null;
  }

  #take(): Flight | null {
    const rows = this.#untold.take(publishesMax, this.#busy);
    this.#isBlocked = rows.length === 0;
    if (this.#isBlocked) return null;
    for (const { number } of rows) this.#busy.add(number);
    const firstRecord = rows.reduce((least, { record }) => Math.min(least, record), Infinity);
    const flight = { rows, firstRecord, hasFailed: false };
    this.#flights.add(flight);
    return flight;
  }

  #taken(flight: Flight): void {
    this.#flights.delete(flight);
    for (const { number } of flight.rows) this.#busy.delete(number);
    this.#isBlocked = false;
    this.toldCount += flight.rows.length;
    this.#retry.reset();
    if (this.#isAway) this.#options.env.log('info', 'tail.notify.back', { logs: this.waitingCount });
    this.#isAway = false;
    if (this.#isClosed) return;
    this.#letGo();
    // What fills a call need not wait for more.
    if (this.#untold.size >= publishesMax || this.#failed() !== null) this.#nextMs = 0;
    this.#plan();
  }

  /** The journal need not keep what notify does. */
  #letGo(): void {
    let first = this.#untold.firstRecord ?? this.#newestRecord + 1;
    for (const { firstRecord } of this.#flights) first = Math.min(first, firstRecord);
    if (first - 1 <= this.#toldRecord) return;
    this.#toldRecord = first - 1;
    this.#options.onTold(this.#toldRecord);
  }

  #refused(flight: Flight, thrown: unknown): void {
    if (this.#isClosed) return;
    const { env } = this.#options;
    const { code } = asFault(thrown);
    flight.hasFailed = true;
    if (!this.#isAway) env.log('warn', 'tail.notify.away', { fault: code, logs: this.waitingCount });
    this.#isAway = true;
    this.#nextMs = env.nowMs() + this.#retry.next();
    this.#plan();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }
}

/** What is new, and in the same breath who knows it: nothing happens at notify in between. */
function said(
  notify: HeraldOptions['notify'],
  rows: readonly NewsRow[],
  authors: Authors,
): readonly Promise<unknown>[] {
  const reads = rows.flatMap(({ site, log, readers }) => readers.map((reader) => ({ ...reader, site, log })));
  const logs = rows.map((row) => ({ ...row, by: byOf(row, authors) }));
  const publishing = notify.publish({ logs });
  return reads.length === 0 ? [publishing] : [publishing, notify.read({ reads })];
}

/** Who has proven that she wrote the newest has read it all; of others it is known by what the entries say. */
function byOf(row: NewsRow, authors: Authors): UserId | null {
  return row.readers.some(({ at }) => at >= row.length) ? null : authors.of(row);
}

type Readers = ReadonlyMap<LogState, readonly Reader[]>;

/** Who wrote of each log and has proven it: of a led log its leader writes for others. */
function readersOf({ settled }: Batch<Wrote>, authors: Authors): Readers {
  const byLog = new Map<LogState, Reader[]>();
  for (const { who, log, at, count, placed } of settled) {
    if ('isInsider' in who || placed === null || placed === 'led') continue;
    const { user, device } = who.session;
    authors.learn(device, user);
    const reader = { user, at: at + count };
    const known = byLog.get(log);
    if (known === undefined) byLog.set(log, [reader]);
    else known.push(reader);
  }
  return byLog;
}
