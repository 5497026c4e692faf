/**
 * One face's session with the home: numbers its logs and readers, tells it what changes, and ends what
 * it held when it is gone. The session is the permission, as everywhere (SPEC W10).
 */

import { asFault, Fault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import type { AppendRequest } from './backlog.ts';
import type { KnownSite } from './directory.ts';
import { rowOf } from './fault-number.ts';
import type { ActName, HomeActs } from './home-acts.ts';
import type { HomeApi, HomeEvents } from './home-api.ts';
import type { Home } from './home.ts';
import type { FoldSeat } from './fold-seat.ts';
import type { LedSeat } from './led-seat.ts';
import type { Item } from './log-items.ts';
import type { LogReader, Taken } from './log-reader.ts';
import type { Outcome } from './log-outcome.ts';
import type { OpenLog } from './open-log.ts';
import type { LogListener } from './open-log-types.ts';
import { presentRows, type PresentPerson } from './presence.ts';
import type { ReaderChain } from './reader-chain.ts';
import type { Status } from './types.ts';

type Request<Name extends keyof HomeApi> = Parameters<HomeApi[Name]>[0];
type Answer<Name extends keyof HomeApi> = Awaited<ReturnType<HomeApi[Name]>>;

interface LogSeat {
  readonly number: number;
  readonly log: OpenLog;
  readonly listener: LogListener;
  stopWatching: (() => void) | null;
  /** Where the application leads the log, or wants to. */
  lead: Promise<LedSeat> | null;
  /** Where it folds the log. */
  fold: Promise<FoldSeat> | null;
}

interface ReaderSeat {
  readonly log: OpenLog;
  readonly reader: LogReader;
  readonly chain: ReaderChain | null;
  /** The question under way; one that came to nothing in time is taken up by the next one. */
  taking: Promise<Taken | null> | null;
}

const NOTHING = {};
/** A reader that gets nothing is told so, because a question has a deadline. */
const IDLE_MS = 30_000;
/** Entries wait this long for the names of their writers, and no longer. */
const NAMES_MS = 800;

export class HomeSession implements HomeApi, Disposable {
  readonly events: HomeEvents;
  readonly #home: Home;
  readonly #isForeign: boolean;
  readonly #seatByNumber = new Map<number, LogSeat>();
  readonly #readerByNumber = new Map<number, ReaderSeat>();
  #lastReader = 0;
  #ended: Fault | null = null;

  constructor(home: Home, face: { readonly events: HomeEvents; readonly isForeign: boolean }) {
    this.#home = home;
    this.events = face.events;
    this.#isForeign = face.isForeign;
  }

  start(): Answer<'start'> {
    const { account, identity, directory } = this.#home;
    for (const site of directory.all()) this.tellSite(site);
    this.events.account({ isAdmin: account.isAdmin, profile: account.profile });
    this.tellStatus();
    this.tellAlarm();
    return { user: identity.user.id, device: identity.device, url: account.url, node: account.node };
  }

  secret(): Uint8Array {
    return this.#home.identity.secret;
  }

  async found({ title, logs }: Request<'found'>): Promise<Answer<'found'>> {
    const { found } = await import('./founding.ts');
    return { site: await this.#home.keys.settled(found(await this.#home.acts(), { title, logs })) };
  }

  async logout(): Promise<Answer<'logout'>> {
    return { isNodeTold: await this.#home.logout() };
  }

  readonly peek = this.#act('peek');
  readonly join = this.#act('join');
  readonly updateProfile = this.#act('updateProfile');
  readonly devices = this.#act('devices');
  readonly renameDevice = this.#act('renameDevice');
  readonly revokeDevice = this.#act('revokeDevice');
  readonly figures = this.#act('figures');
  readonly passNames = this.#act('passNames');
  readonly keepProof = this.#act('keepProof');
  readonly proofs = this.#act('proofs');
  readonly tagsOf = this.#act('tagsOf');
  readonly passFacet = this.#act('passFacet');
  readonly rename = this.#act('rename');
  readonly addLog = this.#act('addLog');
  readonly invite = this.#act('invite');
  readonly rotate = this.#act('rotate');
  readonly handing = this.#act('handing');
  readonly lock = this.#act('lock');
  readonly keyState = this.#act('keyState');
  readonly invitations = this.#act('invitations');
  readonly withdraw = this.#act('withdraw');
  readonly members = this.#act('members');
  readonly leave = this.#act('leave');

  /** An act, loaded with the first one (`home-acts.ts`). */
  #act<Name extends ActName>(name: Name): (request: Request<Name>) => Promise<Answer<Name>> {
    return (request) =>
      import('./home-acts.ts').then(({ homeActs }) => {
        const act: HomeActs[Name] = homeActs[name];
        return act(this.#home, request);
      });
  }

  openLog({ site, name, log: number }: Request<'openLog'>): object {
    if (this.#seatByNumber.has(number)) throw new Fault('taken', 'the number of a log');
    const log = this.#home.log(site, name);
    const listener: LogListener = {
      onState: () => this.#tellLog(number, log),
      onWaiting: (request) => this.#tellWaiting(number, request),
      onSettled: (id, outcome) => this.#tellSettled(number, id, outcome),
      onSaid: (who, device, value) => {
        if (this.#isWatching(number)) this.events.said({ log: number, who, device, value });
      },
      onPresent: (people) => {
        if (this.#isWatching(number)) this.#tellPresent(number, log, people);
      },
    };
    this.#seatByNumber.set(number, { number, log, listener, stopWatching: null, lead: null, fold: null });
    log.audience.listeners.add(listener);
    for (const request of log.audience.waiting.values()) this.#tellWaiting(number, request);
    this.#home.people.tell(site, (of, people) => this.events.people({ site: of, people }));
    this.#tellLog(number, log);
    return NOTHING;
  }

  async openReader({ log: number, from, last, link }: Request<'openReader'>): Promise<Answer<'openReader'>> {
    const { log } = this.#seat(number);
    // A view into the message would not outlive its turn.
    const chain = link === null ? null : await this.#chain(log, from ?? 1, link.slice());
    const reader = log.read(from ?? (last === null ? 'first' : { last }), chain);
    const readerNumber = ++this.#lastReader;
    this.#readerByNumber.set(readerNumber, { log, reader, chain, taking: null });
    return { reader: readerNumber };
  }

  async #chain(place: OpenLog, next: number, link: Uint8Array): Promise<ReaderChain> {
    const { chainFrom } = await import('./reader-chain.ts');
    return chainFrom(this.#home.options.primitives, place, { next, link });
  }

  async next({ reader, bytesMax }: Request<'next'>): Promise<Answer<'next'>> {
    const seat = this.#readerByNumber.get(reader);
    if (seat === undefined) return { kind: 'over' };
    seat.taking ??= seat.reader.take(bytesMax);
    const taken = await this.#within(seat.taking, IDLE_MS);
    if (taken === 'late') return { kind: 'idle' };
    seat.taking = null;
    if (taken === null) return { kind: 'over' };
    if (taken.kind === 'gap') return { kind: 'gap', ...taken.gap };
    await this.#findNames(seat.log.site, taken.items);
    return { kind: 'items', items: taken.items, link: seat.chain?.link ?? null };
  }

  async read({ log: number, ...want }: Request<'read'>): Promise<Answer<'read'>> {
    const { log } = this.#seat(number);
    const page = await log.readPage(want);
    await this.#findNames(log.site, page.items);
    return page;
  }

  async #within<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
    const { env } = this.#home.options;
    return new Promise((resolve, reject) => {
      const timer = env.after(ms, () => resolve('late'));
      promise
        .then(resolve, reject)
        .finally(() => timer.cancel())
        .catch(() => {});
    });
  }

  async #findNames(site: SiteId, items: readonly Item[]): Promise<void> {
    const writers = new Set(items.map((item) => item.device));
    const unknown = [...writers].filter((device) => !this.#home.people.get(site, device));
    if (unknown.length > 0) await this.#within(this.#home.people.find(site, unknown), NAMES_MS);
  }

  closeReader({ reader }: Request<'closeReader'>): void {
    this.#readerByNumber.get(reader)?.reader.close();
    this.#readerByNumber.delete(reader);
  }

  append({ log: number, id, at, timeMs, value, news: users }: Request<'append'>): void {
    const log = this.#seatByNumber.get(number)?.log;
    if (log === undefined) {
      const fault = new Fault('unknown', 'The log is not open.');
      this.#tellSettled(number, id, { kind: 'failed', fault });
      return;
    }
    // A tab repeats what it does not know the fate of when the home has moved, be it into this very tab.
    if (log.audience.waiting.has(id)) return;
    const settledAt = this.#home.queue.outcome(id);
    if (settledAt !== undefined) {
      this.#tellSettled(number, id, { kind: 'ok', at: settledAt, durability: 'synced' });
      return;
    }
    try {
      const news = users && log.source.keys.mentionTags(users);
      log.append({ id, at, timeMs, value: value.slice(), foreign: this.#isForeign, news });
    } catch (thrown) {
      this.#tellSettled(number, id, { kind: 'failed', fault: asFault(thrown) });
    }
  }

  say({ log, value }: Request<'say'>): void {
    this.#seatByNumber.get(log)?.log.say(value.slice());
  }

  appear({ log, state }: Request<'appear'>): void {
    this.#seatByNumber.get(log)?.log.appear(state.slice());
  }

  lead({ log: number, word }: Request<'lead'>): void {
    const seat = this.#seatByNumber.get(number);
    if (seat === undefined) return;
    seat.lead ??= this.#leadSeat(seat);
    const bytes = word.slice();
    void seat.lead.then((lead) => lead.hear(bytes));
  }

  async #leadSeat({ log, number }: LogSeat): Promise<LedSeat> {
    const [{ LedSeat: Seat }, path] = await Promise.all([import('./led-seat.ts'), log.way()]);
    return new Seat(path, (word) => this.events.lead({ log: number, word }));
  }

  watch({ log: number, isWanted }: Request<'watch'>): void {
    const seat = this.#seatByNumber.get(number);
    if (seat === undefined || isWanted === (seat.stopWatching !== null)) return;
    seat.stopWatching?.();
    seat.stopWatching = isWanted ? seat.log.watch() : null;
    if (isWanted) this.#tellPresent(number, seat.log, seat.log.people);
  }

  /** A word about snapshots and what is kept, of an application that folds the log. */
  async fold({ log: number, word }: Request<'fold'>): Promise<Answer<'fold'>> {
    const seat = this.#seat(number);
    const bytes = word.slice();
    seat.fold ??= import('./fold-seat.ts').then(({ FoldSeat: Seat }) => new Seat(this.#home, seat.log));
    return { word: await (await seat.fold).hear(bytes) };
  }

  #isWatching(number: number): boolean {
    return (this.#seatByNumber.get(number)?.stopWatching ?? null) !== null;
  }

  #seat(number: number): LogSeat {
    const seat = this.#seatByNumber.get(number);
    if (seat === undefined) throw new Fault('unknown', 'no such log');
    return seat;
  }

  tellSite({ row, label }: KnownSite): void {
    this.events.site({
      site: row.site,
      title: label.title,
      logs: label.logs,
      permissions: row.permissions,
      memberCount: row.members,
      joinedMs: row.joinedMs,
    });
  }

  tellStatus(): void {
    if (this.#ended !== null) return;
    this.events.status({ status: this.#home.status, trouble: rowOf(this.#home.connections.trouble) });
  }

  tellAlarm(): void {
    const { alarm } = this.#home.watch;
    if (alarm !== null && this.#ended === null) this.events.alarm(rowOf(alarm));
  }

  tellLogs(): void {
    for (const { number, log } of this.#seatByNumber.values()) this.#tellLog(number, log);
  }

  #tellLog(number: number, log: OpenLog): void {
    const { trouble, permissions, source } = log;
    const status = this.#statusOf(log);
    const { first, tail } = source;
    this.events.log({ log: number, status, trouble: rowOf(trouble), permissions, first, tail });
  }

  #statusOf(log: OpenLog): Status {
    if (log.trouble !== null) return 'offline';
    const { state } = this.#home.connections;
    if (state !== 'up') return state;
    if (!log.isAttached) return 'connecting';
    return log.isCurrent ? 'live' : 'lagging';
  }

  #tellWaiting(number: number, { id, timeMs, value, isPart = false }: AppendRequest): void {
    if (!isPart) this.events.waiting({ log: number, id, timeMs, value });
  }

  #tellSettled(number: number, id: string, outcome: Outcome): void {
    const told = outcome.kind === 'failed' ? ({ kind: 'failed', ...rowOf(outcome.fault) } as const) : outcome;
    this.events.settled({ log: number, id, outcome: told });
  }

  #tellPresent(number: number, log: OpenLog, people: readonly PresentPerson[]): void {
    const { device } = this.#home.identity;
    this.#home.people.learn(
      log.site,
      people.map((each) => ({ device: each.device, user: each.user, name: '' })),
    );
    void this.#home.people.find(
      log.site,
      people.map((each) => each.device),
    );
    this.events.present({ log: number, people: presentRows(people, device) });
  }

  /** The home is closed or has logged out. */
  end(fault: Fault): void {
    this.#ended = fault;
    this.events.status({ status: 'offline', trouble: rowOf(fault) });
  }

  [Symbol.dispose](): void {
    for (const { reader } of this.#readerByNumber.values()) reader.close();
    this.#readerByNumber.clear();
    for (const seat of this.#seatByNumber.values()) {
      seat.log.audience.listeners.delete(seat.listener);
      seat.stopWatching?.();
      void seat.lead?.then((lead) => lead.end());
      void seat.fold?.then((fold) => fold.end());
    }
    this.#seatByNumber.clear();
    this.#home.leave(this);
  }
}
