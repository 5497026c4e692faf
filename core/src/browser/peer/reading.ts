/**
 * How a tab's questions are answered (SPEC Z54, Z55): from what is here where that is whole; otherwise the node is
 * asked, what it shows is taken in, and what is here is answered when it does not say anything in time. What there is
 * no room for is shown all the same, as the node has shown it.
 */

import type { Interest, MessageRow, PeerApi, PeerRemote } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { homeLookMs } from '../../base/limits-peer.ts';
import { THERE } from '../../client/neighbourhood/place-line.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../../social/message/message.ts';
import { bounded, isMaybeCut, rowOf } from '../../social/peer/rows.ts';
import type { PeerSession } from '../../social/peer/session.ts';
import type { PeerStore } from '../../social/store/store.ts';
import { nameOf, type Interests } from './interests.ts';
import type { HomeKeep } from './keep.ts';
import type { Upstream } from './upstream.ts';

export interface ReadingOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly store: PeerStore;
  readonly keep: HomeKeep;
  readonly interests: Interests;
  readonly upstream: Upstream;
  /** Older than this nothing is kept of what is followed. */
  readonly markMs: () => number;
}

type Request<N extends keyof PeerApi> = Parameters<PeerApi[N]>[0];
type Rows = { readonly rows: readonly MessageRow[] };
type Row = Awaited<ReturnType<PeerApi['current']>>;
type Cursor = Request<'page'>['before'];

const AFTER_ALL = Number.MAX_SAFE_INTEGER;
/** The same is not asked of the node again so soon. */
const AGAIN_MS = 5_000;
const ASKED_MAX = 1_024;

export class Reading {
  readonly #options: ReadingOptions;
  readonly #askedMs = new Map<string, number>();

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  async page(session: PeerSession, request: Request<'page'>): Promise<Rows> {
    const of = request.of.map(({ relation, key: lead }) => ({ relation, key: lead.slice() }));
    const { before, rows } = request;
    const asked = { of, rows, before: hereOf(before) };
    const local = (): Promise<Rows> => session.page(asked);
    if (of.length === 0 || rows === 0) return local();
    const here = await local();
    if (this.#isWhole(of, here.rows, rows)) return here;
    const there = await this.#ask((remote) => remote.page({ of, rows, before: thereOf(before) }));
    if (there === null) return local();
    const shown = await this.#take(there.rows);
    if (shown !== null) return { rows: shown };
    this.#cover(of, before, there.rows);
    const last = there.rows.at(-1);
    if (last === undefined) return local();
    // What is older here may have others between that are not.
    const endMs = this.#timeOf(last.message);
    return { rows: (await local()).rows.filter(({ message }) => this.#timeOf(message) >= endMs) };
  }

  async get(session: PeerSession, { ids }: Request<'get'>): Promise<Rows> {
    const { store } = this.#options;
    const wanted = ids.map((id) => id.slice());
    const local = (): Promise<Rows> => session.get({ ids: wanted });
    const foreign = wanted.filter((id) => !this.#isOwn(id));
    if (foreign.length === 0) return local();
    const there = await this.#ask((remote) => remote.get({ ids: foreign }));
    if (there === null) return local();
    const shown = await this.#take(there.rows);
    const shownIds = new Set(there.rows.map(({ message }) => this.#idOf(message)));
    // Whoever asks goes on behind the last that is answered: none may be left out before it for want of room.
    const end = isMaybeCut(there.rows) ? wanted.findLastIndex((id) => shownIds.has(hex(id))) + 1 : ids.length;
    const answered = wanted.slice(0, end);
    // One that is here and not there any more was taken back, or has fallen out.
    const isGone = (id: Uint8Array): boolean => !shownIds.has(hex(id)) && store.get(id) !== null;
    const gone = answered.filter((id) => foreign.includes(id) && isGone(id));
    if (gone.length > 0) await this.#lookAbout(gone);
    const rowOfId = new Map((shown ?? []).map((row) => [this.#idOf(row.message), row]));
    return { rows: bounded(answered.flatMap((id) => rowOfId.get(hex(id)) ?? this.#here(id))) };
  }

  async current(session: PeerSession, request: Request<'current'>): Promise<Row> {
    const asked = { ...request, from: request.from.slice() };
    const local = (): Promise<Row> => session.current(asked);
    const here = await local();
    const { interests, upstream } = this.#options;
    const isHere = here.row !== null && interests.isNear(asked.from) && upstream.isCurrent;
    const name = `${hex(asked.from)} ${asked.kind} ${asked.name}`;
    const fresh = this.#isFresh(name);
    if (isHere) {
      // It is told when it changes; what was missed by whoever has just begun to follow comes this way.
      if (!fresh) void this.#look((remote) => remote.current(asked));
      return here;
    }
    if (fresh && here.row !== null) return here;
    const there = await this.#ask((remote) => remote.current(asked));
    if (there === null || there.row === null) return local();
    const shown = await this.#take([there.row]);
    if (shown === null) return local();
    // What is here is older than what was shown.
    this.#askedMs.delete(name);
    return { row: shown[0] ?? null };
  }

  async search(session: PeerSession, request: Request<'search'>): Promise<Rows> {
    const { words, before, rows } = request;
    const isThere = before !== null && before.seq >= THERE;
    const local = async (): Promise<Rows> => (isThere ? { rows: [] } : session.search(request));
    if (before !== null && !isThere) return local();
    const there = await this.#ask((remote) => remote.search({ words, rows, before: thereOf(before) }));
    if (there === null) return local();
    await this.#take(there.rows);
    const shown = there.rows.filter((row) => !this.#isGone(row)).map(thereRow);
    // What the node does not have yet is found here alone.
    const waiting = new Set(this.#options.keep.outgoing().map(({ id }) => hex(id)));
    const own = (await local()).rows.filter(({ message }) => waiting.has(this.#idOf(message)));
    return { rows: bounded([...own, ...shown].slice(0, rows)) };
  }

  /** Whether a page that was found here is what the node would show. */
  #isWhole(of: readonly Interest[], rows: readonly MessageRow[], rowsMax: number): boolean {
    const { keep, interests, markMs, upstream } = this.#options;
    if (!upstream.isCurrent) return false;
    let fromMs = markMs();
    for (const interest of of) {
      const covered = interests.isHeld(interest) ? keep.coveredFrom(nameOf(interest)) : null;
      if (covered === null) return false;
      fromMs = Math.max(fromMs, covered);
    }
    if (fromMs === 0) return true;
    const last = rows.at(-1);
    return last !== undefined && rows.length >= rowsMax && this.#timeOf(last.message) > fromMs;
  }

  /** A page that follows what is whole makes more of it whole. */
  #cover(of: readonly Interest[], before: Cursor, rows: readonly MessageRow[]): void {
    const { keep, interests, upstream } = this.#options;
    if (upstream.remote === null || !of.every((each) => interests.isHeld(each))) return;
    const last = rows.at(-1);
    const fromMs = last === undefined ? 0 : this.#timeOf(last.message);
    const names = of.map(nameOf).filter((name) => {
      const covered = keep.coveredFrom(name);
      return covered !== null && covered > fromMs && (before === null || before.timeMs >= covered);
    });
    if (names.length > 0) keep.setCovered(names, fromMs);
  }

  /** Takes rows in; where there is no room for all, the rows as they are shown instead. */
  async #take(rows: readonly MessageRow[]): Promise<readonly MessageRow[] | null> {
    const isHere = await this.#options.upstream.take(rows).catch(() => false);
    return isHere ? null : rows.filter((row) => !this.#isGone(row)).map(thereRow);
  }

  /** Looks what has been done to messages. */
  async #lookAbout(ids: readonly Uint8Array[]): Promise<void> {
    const of = ids.map((id) => ({ relation: 'about' as const, key: id.slice(0, 16) }));
    await this.#look(async (remote) => {
      const { rows } = await remote.page({ of, rows: 100, before: null });
      await this.#options.upstream.take(rows);
      return { row: null };
    });
  }

  /** Asks without an answer for whoever waits. */
  async #look(question: (remote: PeerRemote) => Promise<Row>): Promise<void> {
    const found = await this.#ask(question);
    if (found !== null && found.row !== null) await this.#take([found.row]);
  }

  /** Null when the node does not answer in time, or not at all. */
  async #ask<T>(question: (remote: PeerRemote) => Promise<T>): Promise<T | null> {
    const { env, upstream } = this.#options;
    const remote = await upstream.meet(homeLookMs);
    if (remote === null) return null;
    return new Promise((resolve) => {
      const timer = env.after(homeLookMs, () => resolve(null));
      question(remote)
        .then(resolve, () => resolve(null))
        .finally(() => timer.cancel());
    });
  }

  /** Whether it was asked for a moment ago. */
  #isFresh(name: string): boolean {
    const nowMs = this.#options.env.nowMs();
    if (nowMs - (this.#askedMs.get(name) ?? -Infinity) < AGAIN_MS) return true;
    if (this.#askedMs.size >= ASKED_MAX) this.#askedMs.clear();
    this.#askedMs.set(name, nowMs);
    return false;
  }

  /** Here, and told when anything is done to it. */
  #isOwn(id: Uint8Array): boolean {
    const { store, primitives, interests, upstream } = this.#options;
    const stored = upstream.isCurrent ? store.get(id) : null;
    return stored !== null && interests.isNear(readMessage(primitives, stored.bytes).from);
  }

  #here(id: Uint8Array): readonly MessageRow[] {
    const stored = this.#options.store.get(id);
    return stored === null ? [] : [rowOf(stored)];
  }

  /** Taken back, as this browser knows already. */
  #isGone({ message }: MessageRow): boolean {
    const { store, primitives } = this.#options;
    const { id } = readMessage(primitives, message);
    return store.knows(id) && store.get(id) === null;
  }

  #idOf(message: Uint8Array): string {
    return hex(readMessage(this.#options.primitives, message).id);
  }

  #timeOf(message: Uint8Array): number {
    return readMessage(this.#options.primitives, message).timeMs;
  }
}

/** As the node shows it. */
export function thereRow({ seq, message, edit }: MessageRow): MessageRow {
  return { seq: THERE + seq, message, edit };
}

/** A place in what the node shows, as it is called there. */
function thereOf(before: Cursor): Cursor {
  if (before === null) return null;
  return { timeMs: before.timeMs, seq: before.seq >= THERE ? before.seq - THERE : AFTER_ALL };
}

/** The same among what is here. */
function hereOf(before: Cursor): Cursor {
  if (before === null || before.seq < THERE) return before;
  return { timeMs: before.timeMs, seq: AFTER_ALL };
}
