/**
 * The shard map: at which address each shard is served (SPEC A13). A tail that has taken a shard over says so,
 * with the epoch that it has sealed the journal with; what an older owner says later changes nothing (SPEC A18).
 */

import type { AuthApi } from 'copse/internal/api/auth.ts';
import { Fault } from 'copse/internal/base/fault.ts';

type Answer = Awaited<ReturnType<AuthApi['shardMap']>>;

export interface ShardRow {
  readonly shard: number;
  /** WebSocket address; empty: this node. */
  readonly url: string;
}

/** Before any tail has said so. */
const FIRST_EPOCH = 1;

export class ShardMap {
  readonly #rows = new Map<number, { readonly url: string; readonly epoch: number }>();
  readonly #onMoved: () => void;

  constructor(rows: readonly ShardRow[], onMoved: () => void) {
    for (const { shard, url } of rows) this.#rows.set(shard, { url, epoch: FIRST_EPOCH });
    this.#onMoved = onMoved;
  }

  has(shard: number): boolean {
    return this.#rows.has(shard);
  }

  /** As it is told to devices; its epoch rises with each change. */
  get answer(): Answer {
    const rows = [...this.#rows];
    return {
      epoch: Math.max(FIRST_EPOCH, ...rows.map(([, { epoch }]) => epoch)),
      shards: rows.map(([shard, { url }]) => ({ shard, url })),
    };
  }

  /** A tail says that it owns a shard. */
  own({ shard, epoch, url }: ShardRow & { readonly epoch: number }): void {
    const row = this.#rows.get(shard);
    if (row === undefined) throw new Fault('unknown');
    if (epoch < row.epoch || (epoch === row.epoch && url === row.url)) return;
    this.#rows.set(shard, { url, epoch });
    this.#onMoved();
  }
}
