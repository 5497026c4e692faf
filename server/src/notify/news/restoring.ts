/**
 * Puts the rows of a store into an empty state: sites and logs first, then listeners, then marks. Everything that
 * takes long is a walk in small steps, so that who drives it can let others have the processor (SPEC I12, I13).
 */

import { assert } from 'copse/internal/base/assert.ts';
import { noticeLastWindowMs, unmuteGraceMs } from 'copse/internal/base/limits-notify.ts';
import { flag, list } from './listeners.ts';
import type { Members } from './members.ts';
import { userWord } from './people.ts';
import type { ListenerRow, LogRow, MarkRow, Row, WindowRow } from './saving.ts';
import { type State, tickOf } from './state.ts';

/** A walk: between two steps somebody else may have a turn, and nothing else may touch the state. */
export type Steps<T = void> = Generator<void, T, void>;

export class Restoring {
  readonly #state: State;
  readonly #members: Members;
  /** Until the first listener comes; then they are put in their order. */
  #logs: Runs | null = new Runs();
  readonly #windows: WindowRow[] = [];

  constructor(state: State, members: Members) {
    this.#state = state;
    this.#members = members;
  }

  /** Within a part the order of rows is free. What belongs to none is left out. */
  *add(rows: Iterable<Row>): Steps {
    const logRows: LogRow[] = [];
    const listenerRows: ListenerRow[] = [];
    const markRows: MarkRow[] = [];
    for (const row of rows) {
      if (row.kind === 'site') this.#state.logs.site(row.site).ordinal = row.ordinal;
      else if (row.kind === 'log') logRows.push(row);
      else if (row.kind === 'listener') listenerRows.push(row);
      else if (row.kind === 'mark') markRows.push(row);
      else if (row.kind === 'window') this.#windows.push(row);
    }
    assert(logRows.length === 0 || this.#logs !== null, 'logs come before listeners');
    if (logRows.length > 0) yield* this.#logs?.add(logRows) ?? [];
    if (listenerRows.length > 0 || markRows.length > 0) yield* this.#logsAreThere();
    for (const row of listenerRows) yield restoreListener(this.#state, this.#members, row);
    for (const row of markRows) yield restoreMark(this.#state, row);
    for (const listener of this.#state.dirtyListeners) this.#state.listeners.drop(listener, flag.dirty);
    this.#state.dirtyListeners = [];
  }

  /** All rows are there. The answer is the tick up to which everybody counts as here. */
  *end(): Steps<number> {
    yield* this.#logsAreThere();
    yield* this.#windowsAreThere();
    const { users, env } = this.#state;
    const graceTick = tickOf(env.nowMs() + unmuteGraceMs);
    // Shards say who is here when they are back.
    for (const [, user] of users.names.entries()) yield users.set(user, userWord.grace, graceTick);
    return graceTick;
  }

  *#windowsAreThere(): Steps {
    const { devices, ready, env } = this.#state;
    const aheadMs = env.wallMs() - env.nowMs();
    for (const { device: name, step, untilMs } of this.#windows) {
      yield;
      const device = devices.names.find(name);
      if (device === 0) continue;
      // However the clock was set meanwhile: no window is longer than itself.
      const leftMs = Math.min(untilMs - env.wallMs(), noticeLastWindowMs);
      ready.restore(device, step, leftMs > 0 ? env.wallMs() + leftMs - aheadMs : 0);
    }
  }

  *#logsAreThere(): Steps {
    const runs = this.#logs;
    this.#logs = null;
    if (runs === null) return;
    const { logs } = this.#state;
    for (const row of yield* runs.all()) yield logs.restore(logs.site(row.site), row.log, row);
  }
}

/** Sorts logs by their order, a step at a time: runs that are merged with those before that are as short. */
class Runs {
  readonly #runs: (readonly LogRow[])[] = [];

  *add(rows: readonly LogRow[]): Steps {
    let run: readonly LogRow[] = rows.toSorted((a, b) => a.order - b.order);
    for (
      let last = this.#runs.at(-1);
      last !== undefined && last.length <= run.length;
      last = this.#runs.at(-1)
    ) {
      this.#runs.pop();
      run = yield* merged(last, run);
    }
    this.#runs.push(run);
  }

  *all(): Steps<readonly LogRow[]> {
    let all: readonly LogRow[] = [];
    for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop()) all = yield* merged(run, all);
    return all;
  }
}

function* merged(a: readonly LogRow[], b: readonly LogRow[]): Steps<readonly LogRow[]> {
  const both: LogRow[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length;) {
    const [left, right] = [a[i], b[j]];
    const isLeft = right === undefined || (left !== undefined && left.order <= right.order);
    const first = isLeft ? left : right;
    if (first !== undefined) both.push(first);
    if (isLeft) i++;
    else j++;
    yield;
  }
  return both;
}

function restoreListener(state: State, members: Members, row: ListenerRow): void {
  const { listeners, mentions } = state;
  const listener = members.join(row.user, row.device, row.site, row.audience);
  const site = state.siteOf(listener);
  const head = listeners.head(listener);
  // What of a user's rows was written last has the highest number: it only grows.
  const isFirst = head === listener;
  const readAll = isFirst ? row.readAll : Math.max(row.readAll, listeners.read(head, site.ordinal));
  listeners.setRead(head, readAll);
  listeners.setTold(listener, row.told);
  listeners.setLevels(listener, row.base, row.override);
  if (row.override !== 0) state.untilMs.set(listener, row.untilMs);
  if (row.isOutstanding) listeners.put(listener, flag.outstanding);
  if (row.isShown) listeners.put(listener, flag.shown);
  mentions.registerTexts(listener, site, row.tags);
  const waiting = row.mentions.flatMap(({ log, ordinal }) => {
    const known = site.logs.get(log);
    return known === undefined ? [] : [{ log: known, ordinal }];
  });
  mentions.setWaiting(listener, waiting);
  if (waiting.length > 0) listeners.put(listener, flag.mentioned);
  // The first sweep finds out who belongs there.
  listeners.link(listener, list.armed, site.armed);
  site.armed = listener;
}

function restoreMark(state: State, row: MarkRow): void {
  const site = state.logs.find(row.site);
  const log = site?.logs.get(row.log);
  const user = state.users.names.find(row.user);
  if (site === undefined || log === undefined || user === 0) return;
  const head = state.headOf(user, site);
  if (head === 0 || row.ordinal <= state.listeners.read(head, site.ordinal)) return;
  state.marks.set(user, log, row.ordinal);
  state.listeners.put(head, flag.marked);
}
