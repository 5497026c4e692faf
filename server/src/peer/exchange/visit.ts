/**
 * One connection to another node, while it lasts (SPEC Z84): it follows what is wanted there, goes on behind what was
 * heard last, and fetches whom it has not fetched yet. What is heard is durable before the position behind it is
 * written down. After a long absence, and of another epoch of that node, what is here is compared with what is there.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import {
  exchangeBroughtAgainMax,
  exchangeCarryAgeMs,
  exchangeCursorRows,
  exchangeGapMax,
  exchangePendingBytesMax,
} from 'copse/internal/base/limits-exchange.ts';
import { peerCatchUpSeqsMax, peerInterestsPerCallMax } from 'copse/internal/base/limits-peer.ts';
import type { Interest, MessageRow, PeerEvents } from 'copse/internal/api/peer.ts';
import { refOfInterest } from 'copse/internal/social/peer/interests.ts';
import type { Have } from 'copse/internal/social/reconcile/have.ts';
import { CatchingUp } from './catching-up.ts';
import type { CompareCounts } from './comparing.ts';
import type { NodeConnection } from './connect.ts';
import { interestsOf, shownOf, type Target } from './fetching.ts';
import type { LineOptions } from './line.ts';
import type { Bringing } from './bringing.ts';
import type { Intake, Shown } from './intake.ts';

export interface VisitOptions extends LineOptions {
  readonly intake: Intake;
  readonly bringing: Bringing;
  readonly compares: CompareCounts;
  readonly wanted: () => readonly Target[];
}

export class Visit {
  readonly #options: VisitOptions;
  /** What is followed now, by its key in the store. */
  readonly #followed = new Map<string, Interest>();
  /** What was asked for in this connection: also what is followed no more, and was on its way. */
  readonly #asked = new Set<string>();
  #connection: NodeConnection | null = null;
  #epoch: Uint8Array = new Uint8Array(0);
  #at = 0;
  #written = 0;
  #waiting: Shown[] = [];
  #waitingBytes = 0;
  #waitingAt = 0;
  /** What touches the other node or the position happens one behind the other. */
  #work: Promise<void> = Promise.resolve();
  #trouble: Fault | null = null;
  #isFetching = false;
  #catchingUp: CatchingUp | null = null;
  /** More came than can wait: nothing more is kept in this connection. */
  #isFull = false;
  #isOver = false;

  constructor(options: VisitOptions) {
    this.#options = options;
  }

  readonly events: PeerEvents = {
    messages: ({ rows, at }) => this.#hear(rows, at),
    caughtUp: ({ at }) => this.#hear([], at),
  };

  /** Returns when the connection has ended, with why. */
  async run(connection: NodeConnection): Promise<Fault | null> {
    this.#connection = connection;
    this.#do(() => this.#begin(connection));
    const ended = await connection.ended;
    this.#isOver = true;
    await this.#options.bringing.down();
    await this.#work;
    this.#write();
    return this.#trouble ?? ended;
  }

  /** What is wanted has changed. */
  changed(): void {
    const connection = this.#connection;
    if (connection !== null) this.#do(() => this.#follow(connection));
  }

  close(): void {
    this.#connection?.close();
  }

  async #begin(connection: NodeConnection): Promise<void> {
    const { env, store, node, bringing } = this.#options;
    const { epoch, head, compares } = await connection.remote.hello({});
    const known = store.cursor(node);
    const isSame = known !== null && equal(known.epoch, epoch) && known.seq <= head;
    const gapMax = compares ? exchangeGapMax : peerCatchUpSeqsMax;
    const goesOn = isSame && head - known.seq <= gapMax;
    this.#epoch = epoch.slice();
    this.#at = goesOn ? known.seq : head;
    store.together(() => {
      if (!goesOn) store.setDue(node);
      store.setCursor(node, { epoch: this.#epoch, seq: this.#at }, env.wallMs());
    });
    this.#written = this.#at;
    const hasLost = known !== null && !isSame;
    const onHave = (have: Have): void => (hasLost ? this.#lost(have) : undefined);
    const { remote } = connection;
    const counts = this.#options.compares;
    this.#catchingUp = new CatchingUp({
      ...this.#options,
      remote,
      compares,
      counts,
      onHave,
      asked: this.#asked,
    });
    await this.#follow(connection);
    await remote.listen({ epoch: this.#epoch, after: this.#at });
    bringing.up(connection);
  }

  /** What the other node does not have any more, and was brought there in the last time. */
  #lost(have: Have): void {
    const { env, lost } = this.#options;
    const ids: Uint8Array[] = [];
    for (const { id } of have.from(env.wallMs() - exchangeCarryAgeMs)) {
      if (ids.length >= exchangeBroughtAgainMax) break;
      ids.push(id.slice());
    }
    if (ids.length > 0) lost(ids);
  }

  /** Follows what is wanted and was not, and the other way around; then what is there already is fetched. */
  async #follow(connection: NodeConnection): Promise<void> {
    const wanted = new Map<string, Interest>();
    for (const target of this.#options.wanted())
      for (const interest of interestsOf(target)) wanted.set(hex(refOfInterest(interest)), interest);
    const add = [...wanted].filter(([ref]) => !this.#followed.has(ref));
    const remove = [...this.#followed].filter(([ref]) => !wanted.has(ref));
    for (const [ref] of add) this.#asked.add(ref);
    for (let from = 0; from < Math.max(add.length, remove.length); from += peerInterestsPerCallMax) {
      const part = (list: readonly (readonly [string, Interest])[]): Interest[] =>
        list.slice(from, from + peerInterestsPerCallMax).map(([, interest]) => interest);
      await connection.remote.follow({ add: part(add), remove: part(remove) });
    }
    for (const [ref] of remove) this.#followed.delete(ref);
    for (const [ref, interest] of add) this.#followed.set(ref, interest);
    if (!this.#isFetching) this.#fetchNext();
  }

  /** A part at a time, so that what is heard meanwhile does not wait for all of it. */
  #fetchNext(): void {
    this.#isFetching = true;
    this.#do(async () => {
      this.#isFetching = (await this.#catchingUp?.step(this.#options.wanted())) ?? false;
      if (this.#isFetching) this.#fetchNext();
    });
  }

  #hear(rows: readonly MessageRow[], at: number): void {
    if (this.#isOver || this.#isFull) return;
    const isIdle = this.#waiting.length === 0 && this.#waitingAt === 0;
    this.#waitingAt = Math.max(this.#waitingAt, this.#kept(rows) ?? at);
    if (isIdle) this.#do(() => this.#takeWaiting());
    // What was kept is taken first: however fast the other node sends, each connection gets further.
    if (this.#isFull)
      this.#do(() => Promise.reject(new Fault('tooMany', 'another node sends faster than it is checked')));
  }

  /** Keeps what has room until it is taken; answers the last position of it where there was too little. */
  #kept(rows: readonly MessageRow[]): number | null {
    let last = this.#at;
    for (const row of rows) {
      if (row.seq <= this.#at) continue;
      this.#waitingBytes += row.message.length + (row.edit?.length ?? 0);
      this.#isFull = this.#waitingBytes > exchangePendingBytesMax;
      if (this.#isFull) return last;
      this.#waiting.push(shownOf(row));
      last = row.seq;
    }
    return null;
  }

  async #takeWaiting(): Promise<void> {
    const rows = this.#waiting;
    const at = this.#waitingAt;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#waitingAt = 0;
    await this.#options.intake.take(rows, this.#asked);
    this.#at = Math.max(this.#at, at);
    if (this.#at - this.#written >= exchangeCursorRows) this.#write();
  }

  /** After a crash what stands behind this position is heard again, and is here already. */
  #write(): void {
    if (this.#written === this.#at) return;
    this.#written = this.#at;
    const { env, store, node } = this.#options;
    store.setCursor(node, { epoch: this.#epoch, seq: this.#at }, env.wallMs());
  }

  #do(task: () => Promise<void>): void {
    this.#work = this.#behind(this.#work, task);
  }

  async #behind(before: Promise<void>, task: () => Promise<void>): Promise<void> {
    await before;
    if (this.#isOver || this.#trouble !== null) return;
    try {
      await task();
    } catch (thrown) {
      this.#fail(asFault(thrown));
    }
  }

  #fail(fault: Fault): void {
    this.#trouble ??= fault;
    this.#connection?.close();
  }
}
