/**
 * What somebody wrote is no news to herself (SPEC I17), and no more than that: that she wrote it says the entry, and in
 * a led log its leader writes entries. So it counts as read when she had read the log before, and otherwise adds
 * nothing to what she is told. What was unread before stays unread, what has not been told of it is told, and nothing
 * is answered or taken back.
 */

import type { LogId, UserId } from 'copse/internal/base/ids.ts';
import { marksWrittenMax } from 'copse/internal/base/limits-notify.ts';
import { flag } from './listeners.ts';
import type { Log, Site } from './logs.ts';
import type { State } from './state.ts';

/** What is known of who writes before the log has grown. */
export interface Own {
  readonly user: number;
  readonly head: number;
  /** Whether the log counts as read up to its new end. */
  readonly isRead: boolean;
  /** Her listeners that have been told all that there was. */
  readonly told: readonly number[];
}

export class Writing {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Null when nobody is named, or somebody who does not listen there. */
  before(site: Site, by: UserId | null, name: LogId): Own | null {
    const state = this.#state;
    const user = by === null ? 0 : state.users.names.find(by);
    const head = user === 0 ? 0 : state.headOf(user, site);
    if (head === 0) return null;
    const log = site.logs.get(name);
    const wasRead = log === undefined || !state.isUnread(head, user, { log, ordinal: log.ordinal });
    // A mark too many would pass by what is unread elsewhere, and that is nobody's to say but hers.
    const marks = state.marks.of(user);
    const hasRoom = (marks?.size ?? 0) < marksWrittenMax || (log !== undefined && marks?.has(log) === true);
    const isRead = wasRead && hasRoom;
    return { user, head, isRead, told: isRead ? [] : this.#told(head, user, site) };
  }

  #told(head: number, user: number, site: Site): readonly number[] {
    const { listeners } = this.#state;
    const rows: number[] = [];
    for (let row = head; row !== 0; row = listeners.nextSame(row)) {
      const after = listeners.told(row, site.ordinal);
      if (this.#state.unread(head, user, site, { after, countMax: 1, into: null }) === 0) rows.push(row);
    }
    return rows;
  }

  /** The log has grown by what she wrote. */
  wrote({ user, head, isRead, told }: Own, log: Log): void {
    const state = this.#state;
    const { listeners } = state;
    for (const row of told) {
      listeners.setTold(row, log.ordinal);
      state.touch(row);
    }
    if (!isRead || !state.isUnread(head, user, { log, ordinal: log.ordinal })) return;
    state.marks.set(user, log, log.ordinal);
    state.touchMark(user, log);
    listeners.put(head, flag.marked);
  }
}
