/**
 * Who is to be notified of what (SPEC I2 to I4, I6, I7, I9, I10, I13). `publish` says that a log has news, a
 * sweep finds who hears of it, and `take` gives one notice after the other to who delivers them. Who was
 * notified of a site is not looked at again before she reads there: the cost follows what people read, not
 * messages times listeners. Everything is in memory; `saving.ts` says what a store keeps of it.
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { noticePauseMs, unmuteGraceMs } from 'copse/internal/base/limits-notify.ts';
import type { Resource } from 'copse/internal/capability/policy.ts';
import type { Level } from 'copse/internal/api/notify.ts';

import { rank } from './judge.ts';
import { flag } from './listeners.ts';
import type { Log } from './logs.ts';
import { Members } from './members.ts';
import { type Notice, Notices } from './notices.ts';
import { MentionPass, SitePass } from './passes.ts';
import { deviceWord, userWord } from './people.ts';
import { Places } from './places.ts';
import { type Read, Reading } from './reading.ts';
import { Restoring, type Steps } from './restoring.ts';
import { type Row, Saving } from './saving.ts';
import { type NewsOptions, State, tickOf } from './state.ts';
import { tickMs } from './wheel.ts';
import { inSlices, Slice, Sweep } from './sweep.ts';
import { Writing } from './writing.ts';

export interface Levels {
  readonly base: Level;
  /** Counts until `untilMs` of the wall clock in place of the other one. */
  readonly override: Level | null;
  readonly untilMs: number;
}

export interface Published {
  readonly site: SiteId;
  readonly log: LogId;
  /** Of the newest entry that is news. */
  readonly length: number;
  /** Tags of 8 bytes. */
  readonly mentions: readonly Uint8Array[];
  /** Who wrote all of it; null or nothing when that is not known. */
  readonly by?: UserId | null;
}

/** A difference between the clocks that is no drift: one of them was set. */
const JUMP_MS = 1_000;

export class News {
  readonly #state: State;
  readonly #places: Places;
  readonly #members: Members;
  readonly #reading: Reading;
  readonly #writing: Writing;
  readonly #notices: Notices;
  readonly #saving: Saving;
  readonly #sweep = new Sweep();
  /** The pause that the start has given to all. */
  #restoredTick = 0;
  #wallAheadMs: number;

  constructor(options: NewsOptions) {
    this.#state = new State(options);
    this.#places = new Places(this.#state);
    this.#members = new Members(this.#state, this.#places);
    this.#reading = new Reading(this.#state, this.#places);
    this.#writing = new Writing(this.#state);
    this.#notices = new Notices(this.#state, this.#places, this.#reading);
    this.#saving = new Saving(this.#state);
    this.#wallAheadMs = options.env.wallMs() - options.env.nowMs();
  }

  get listenerCount(): number {
    return this.#state.listeners.count;
  }

  /** Of the rows of listeners, and of everything in rows. */
  get bytes(): { readonly listeners: number; readonly all: number } {
    const { listeners, users, devices, wakes, ready } = this.#state;
    const others = users.bytes + devices.bytes + wakes.bytes + ready.wheel.bytes;
    return { listeners: listeners.bytes, all: listeners.bytes + others };
  }

  /** The device hears of the site; once more changes what its user may read there. */
  join(user: UserId, device: DeviceId, site: SiteId, audience: readonly Resource[]): void {
    const row = this.#members.join(user, device, site, audience);
    this.#settle(row);
  }

  leave(device: DeviceId, site: SiteId): void {
    const row = this.#state.find(device, site);
    if (row === 0) return;
    if (this.#state.listeners.has(row, flag.shown)) this.#state.clear(row);
    this.#members.remove(row);
  }

  /** The device is no more. */
  forget(device: DeviceId): void {
    const number = this.#state.devices.names.find(device);
    if (number === 0) return;
    const rows = this.#state.all(this.#state.devices.userOf(number));
    for (const row of rows.filter((one) => this.#state.listeners.device(one) === number))
      this.#members.remove(row);
  }

  level(device: DeviceId, site: SiteId, levels: Levels): void {
    const row = this.#state.find(device, site);
    if (row === 0) return;
    const { listeners, untilMs } = this.#state;
    listeners.setLevels(row, rank[levels.base], levels.override === null ? 0 : rank[levels.override] + 1);
    if (levels.override === null) untilMs.delete(row);
    else untilMs.set(row, levels.untilMs);
    this.#state.touch(row);
    this.#places.place(row);
  }

  /** Tags of the device's user and of everybody, in place of those before. */
  tags(device: DeviceId, site: SiteId, tags: readonly Uint8Array[]): void {
    const row = this.#state.find(device, site);
    if (row === 0) return;
    this.#state.mentions.register(row, this.#state.siteOf(row), tags);
    this.#state.touch(row);
  }

  /** Says that a log has news up to a length. Where nobody listens it is not kept. What is not news any more changes nothing (SPEC I2). */
  publish(published: Published): void {
    const { logs, mentions } = this.#state;
    const site = logs.find(published.site);
    if (site === undefined) return;
    const own = this.#writing.before(site, published.by ?? null, published.log);
    const log = logs.publish(site, published.log, published.length);
    if (log === null) return;
    if (own !== null) {
      this.#writing.wrote(own, log);
      this.#reading.settle(own.head, own.user, site);
    }
    if (!site.isQueued) {
      site.isQueued = true;
      this.#sweep.add(new SitePass(this.#state, this.#places, site));
    }
    if (published.mentions.length === 0) return;
    for (const job of mentions.jobs(log, published.mentions)) {
      if (site.isOwn) job.rest = this.#state.ownRows(site).values();
      this.#sweep.add(new MentionPass(this.#state, this.#places, { job, except: own?.user ?? 0 }));
    }
  }

  read(user: UserId, read: Read): void {
    this.#reading.read(user, read);
  }

  /** Whether anybody listens there: elsewhere nothing is kept. */
  hears(site: SiteId): boolean {
    return this.#state.logs.find(site) !== undefined;
  }

  /** How many logs of the site are known, and whether this is one of them. */
  logsIn(site: SiteId, log: LogId): { readonly count: number; readonly isKnown: boolean } {
    const logs = this.#state.logs.find(site)?.logs;
    return { count: logs?.size ?? 0, isKnown: logs?.has(log) === true };
  }

  /** The logs that the user has not read there. */
  unreadIn(userName: UserId, siteName: SiteId): readonly Pick<Log, 'name' | 'length'>[] {
    const state = this.#state;
    const [user, site] = [state.users.names.find(userName), state.logs.find(siteName)];
    const head = user === 0 || site === undefined ? 0 : state.headOf(user, site);
    const logs: Log[] = [];
    if (head !== 0 && site !== undefined)
      state.unread(head, user, site, { after: 0, countMax: site.logs.size + 1, into: logs });
    return logs;
  }

  /** A site of one user alone, who has read everything: what is known of its logs goes. */
  forgetRead(user: UserId, siteName: SiteId): void {
    const site = this.#state.logs.find(siteName);
    if (site === undefined || site.jobs.size > 0 || site.isQueued) return;
    if (this.unreadIn(user, siteName).length === 0) this.#state.logs.clear(site);
  }

  /** One more shard says that the user is here. */
  mute(userName: UserId): void {
    const { users } = this.#state;
    const user = this.#state.userRow(userName);
    users.set(user, userWord.here, users.get(user, userWord.here) + 1);
    this.#places.hush(user);
  }

  /** One of the shards says it no more. */
  unmute(userName: UserId): void {
    const { users, wakes, env } = this.#state;
    const user = users.names.find(userName);
    assert(user !== 0 && users.get(user, userWord.here) > 0, 'who is unmuted was muted');
    const here = users.get(user, userWord.here) - 1;
    users.set(user, userWord.here, here);
    if (here > 0) return;
    const graceMs = env.nowMs() + unmuteGraceMs;
    users.set(user, userWord.grace, tickOf(graceMs));
    if (users.get(user, userWord.parked) !== 0) wakes.setEarlier(user, graceMs);
    this.#members.release(user);
  }

  /** The quiet hours of the user are others. */
  revisit(userName: UserId): void {
    const user = this.#state.users.names.find(userName);
    if (user === 0) return;
    this.#state.noteQuiet(user);
    this.#places.wake(user);
  }

  /**
   * One slice of what is to be done: deadlines that have come, then a part of the sweep. True when the rest
   * can wait for the next sweep, false when it is to go on soon.
   */
  tick(): boolean {
    const { env, wakes, ready, options } = this.#state;
    this.#lookAtClocks();
    const slice = new Slice(env);
    const nowMs = env.nowMs();
    const mayGoOn = (): boolean => slice.mayGoOn();
    const isDone =
      ready.wheel.advance(nowMs, (device) => ready.ended(device), mayGoOn) &&
      wakes.advance(nowMs, (user) => this.#places.wake(user), mayGoOn) &&
      this.#sweep.run(slice);
    if (ready.next() !== 0) options.onDue();
    return isDone;
  }

  /** Whether something that was published is not in what `dirtyRows` has given. */
  get hasUnsavedLogs(): boolean {
    const { logs } = this.#state;
    return logs.dirtyLogs.length > 0 || logs.dirtySites.length > 0;
  }

  /** Whether `tick` has something to do, now or later. */
  get hasWork(): boolean {
    const { wakes, ready } = this.#state;
    return this.#sweep.hasWork || wakes.count > 0 || ready.wheel.count > 0 || ready.next() !== 0;
  }

  /** The next notice, or null when none is to leave now. Each is answered by `sent` or `failed`. */
  take(): Notice | null {
    return this.#notices.take();
  }

  sent(notice: Notice): void {
    this.#notices.sent(notice);
  }

  /** Nothing leaves for the device until the pause is over. */
  failed(notice: Notice, pauseMs = noticePauseMs): void {
    this.#notices.failed(notice, pauseMs);
  }

  /** What was taken for the device has not left, and is due as it was before. */
  putBack(device: DeviceId): void {
    this.#notices.back(device);
  }

  /** A pause of the device after a failure ends now. */
  release(device: DeviceId): void {
    const number = this.#state.devices.names.find(device);
    if (number !== 0) this.#state.ready.release(number);
  }

  /** The number on the icon of the user's devices. */
  badge(userName: UserId): number {
    const user = this.#state.users.names.find(userName);
    return user === 0 ? 0 : this.#notices.badge(user);
  }

  /** How long she has looked at nothing; null when she has not looked since the start. */
  awayMs(userName: UserId): number | null {
    const { users, env } = this.#state;
    const user = users.names.find(userName);
    if (user === 0) return null;
    if (users.get(user, userWord.here) > 0) return 0;
    const grace = users.get(user, userWord.grace);
    if (grace === 0 || grace === this.#restoredTick) return null;
    return Math.max(0, env.nowMs() - (grace * tickMs - unmuteGraceMs));
  }

  /** Rows that changed since they were given last, so many at most, in the order in which they are to be written. */
  dirtyRows(countMax: number): readonly Row[] {
    return this.#saving.rows(countMax);
  }

  /** Rows of these listeners, to be written now. */
  rowsOf(names: readonly { readonly device: DeviceId; readonly site: SiteId }[]): readonly Row[] {
    return this.#saving.rowsOf(names);
  }

  /** Rows of what the user has read in the site, to be written now. */
  rowsRead(user: UserId, site: SiteId): readonly Row[] {
    return this.#saving.rowsRead(user, site);
  }

  /** The rows of a store, into a state in which nothing is. What was on its way is due again (SPEC I12). */
  load(rows: Iterable<Row>): void {
    const restoring = this.#restoring();
    for (const _ of restoring.add(rows));
    for (const _ of this.#restored(restoring));
  }

  /**
   * The same in parts, each of which is done with before the next is asked for, and in slices, after each of
   * which `turn` lets others have the processor (SPEC I13). Until it is over nobody may ask for anything.
   */
  async loadParts(parts: AsyncIterable<Iterable<Row>>, turn: () => Promise<void>): Promise<void> {
    const { env } = this.#state;
    const restoring = this.#restoring();
    for await (const rows of parts) await inSlices(env, restoring.add(rows), turn);
    await inSlices(env, this.#restored(restoring), turn);
  }

  #restoring(): Restoring {
    assert(this.#state.listeners.count === 0, 'a state is loaded once, before all else');
    return new Restoring(this.#state, this.#members);
  }

  *#restored(restoring: Restoring): Steps {
    this.#restoredTick = yield* restoring.end();
    const { logs } = this.#state;
    for (const site of logs.sites()) {
      yield;
      if (site.listenerCount === 0) {
        logs.drop(site);
        continue;
      }
      site.isQueued = true;
      this.#sweep.add(new SitePass(this.#state, this.#places, site));
    }
  }

  #settle(row: number): void {
    const { listeners, devices } = this.#state;
    const user = devices.get(listeners.device(row), deviceWord.user);
    this.#reading.settle(listeners.head(row), user, this.#state.siteOf(row));
  }

  #lookAtClocks(): void {
    const { env, wakes } = this.#state;
    const aheadMs = env.wallMs() - env.nowMs();
    if (Math.abs(aheadMs - this.#wallAheadMs) > JUMP_MS) wakes.force(env.nowMs());
    this.#wallAheadMs = aheadMs;
  }
}
