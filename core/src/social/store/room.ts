/**
 * What goes when an account or the node is full (SPEC Z26): the oldest of an account, by the earlier of its
 * author's time and its arrival; of the node what arrived first. The mark of an account rises above whatever
 * fell out of it, so that it does not come back.
 */

import { peerPruneRows, peerPruneSlack, peerRoomRowsMax } from '../../base/limits-peer.ts';
import type { Account } from './accounts.ts';
import type { HeldRow, Statements } from './rows.ts';
import type { Put } from './store.ts';
import type { Tables } from './tables.ts';

/** What has room only when older rows go. */
interface Coming {
  readonly size: number;
  /** Nothing that is not older goes for it. */
  readonly ageMs: number;
  readonly bytesMax: number;
}

/** What has to go for something, or what is in the way of it. */
type Victims =
  | { readonly kind: 'some'; readonly rows: readonly HeldRow[] }
  | (Put & { readonly kind: 'old' });

/** Rows of an account that are looked at together. */
const OLDEST_ROWS = 64;

export class Room {
  readonly #sql: Statements;
  readonly #tables: Tables;

  constructor(sql: Statements, tables: Tables) {
    this.#sql = sql;
    this.#tables = tables;
  }

  /** Takes the oldest of an account away, and nothing when that would not be enough; answers why, or null. */
  make(account: Account, coming: Coming): Put | null {
    if (account.bytes + coming.size <= coming.bytesMax) return null;
    if (account.keptBytes + coming.size > coming.bytesMax) return { kind: 'full' };
    const victims = this.#victims(account, coming);
    if (victims.kind !== 'some') return victims;
    for (const held of victims.rows) this.#drop(held);
    return null;
  }

  /**
   * As many as make room, and a few more, so that the next messages find some. An account whose bound was
   * lowered by a lot is brought down to it step by step.
   */
  #victims(account: Account, { size, ageMs, bytesMax }: Coming): Victims {
    const need = account.bytes + size - bytesMax;
    const goal = need + Math.floor(bytesMax / peerPruneSlack);
    const rows: HeldRow[] = [];
    let freed = 0;
    for (const held of this.#oldest(account)) {
      const isEnough = freed >= goal || (freed >= need && rows.length >= peerPruneRows);
      if (isEnough || rows.length >= peerRoomRowsMax) return { kind: 'some', rows };
      if (held.age_ms >= ageMs) {
        return freed >= need ? { kind: 'some', rows } : { kind: 'old', markMs: held.age_ms };
      }
      rows.push(held);
      freed += held.size;
    }
    return { kind: 'some', rows };
  }

  *#oldest(account: Account): Generator<HeldRow> {
    let [ageMs, seq] = [-1, 0];
    for (;;) {
      const rows = this.#sql.oldest.all(account.number, ageMs, seq, OLDEST_ROWS);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < OLDEST_ROWS) return;
      [ageMs, seq] = [last.age_ms, last.seq];
    }
  }

  /** Of all accounts the first that arrived go, a bounded number at once; answers how many. */
  prune(bytesMax: number): number {
    let bytes = this.#sql.totals.get()?.bytes ?? 0;
    if (bytes <= bytesMax) return 0;
    const { pruned_seq: from } = this.#tables.peer();
    const rows = this.#sql.firstArrived.all(from, peerPruneRows);
    let [gone, seq] = [0, from];
    for (const held of rows) {
      if (bytes <= bytesMax) break;
      bytes -= held.size;
      seq = held.seq;
      gone += 1;
      this.#drop(held);
    }
    if (gone > 0) this.#sql.setPruned.run(seq);
    return gone;
  }

  /** The oldest of one account go until it has no more than that, a bounded number at once; answers how many. */
  pruneAccount(account: Account, bytesMax: number): number {
    let gone = 0;
    for (const held of this.#sql.oldest.all(account.number, -1, 0, peerPruneRows)) {
      if (account.bytes <= bytesMax) break;
      this.#drop(held);
      gone += 1;
    }
    return gone;
  }

  #drop(held: HeldRow): void {
    const account = this.#tables.accounts.at(held.payer);
    account.markMs = Math.max(account.markMs, held.time_ms + 1);
    this.#tables.remove(held);
  }
}
