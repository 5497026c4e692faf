/** The changes that tails must hear of, in SQLite (interface and promises: `accounts.ts`). */

import type { Change } from 'copse/internal/api/auth.ts';
import { unreachable } from 'copse/internal/base/assert.ts';
import { deviceId, siteId, standingId, userId } from 'copse/internal/base/ids.ts';
import type { ChangeRecord, Changes } from './accounts.ts';
import { Recall } from './accounts-sqlite-recall.ts';
import type { Database } from './sqlite.ts';

/** Runs a task inside the next commit. */
export type Write = <T>(task: () => T) => Promise<T>;

interface ChangeRow {
  readonly seq: number;
  readonly at_ms: number;
  readonly kind: Change['kind'];
  readonly user: string | null;
  readonly device: string | null;
  readonly site: string | null;
  readonly epoch: number | null;
  readonly attestation: string | null;
}

const APPEND =
  'INSERT INTO change (at_ms, kind, user, device, site, epoch, attestation) VALUES (?, ?, ?, ?, ?, ?, ?)';
const SINCE =
  'SELECT seq, at_ms, kind, user, device, site, epoch, attestation FROM change WHERE seq > ? ORDER BY seq';
const LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'change'";
const FORGET = 'DELETE FROM change WHERE at_ms < ?';

export class SqliteChanges implements Changes {
  readonly #write: Write;
  readonly #recall: Recall;
  readonly #append;
  readonly #since;
  readonly #last;
  readonly #forget;
  readonly #listeners: ((record: ChangeRecord) => void)[] = [];
  #announced: number;

  /** `recall` forgets in the transaction what it said about what changes. */
  constructor(database: Database, write: Write, recall: Recall = new Recall(0)) {
    this.#write = write;
    this.#recall = recall;
    this.#append = database.prepare(APPEND);
    this.#since = database.prepare<ChangeRow>(SINCE);
    this.#last = database.prepare<{ seq: number }>(LAST);
    this.#forget = database.prepare(FORGET);
    this.#announced = this.#last.get()?.seq ?? 0;
  }

  listen(listener: (record: ChangeRecord) => void): void {
    this.#listeners.push(listener);
  }

  async kept(): Promise<{ floor: number; records: readonly ChangeRecord[] }> {
    const records = this.#since.all(0).map(recordOf);
    const first = records[0];
    return { floor: first === undefined ? (this.#last.get()?.seq ?? 0) : first.seq - 1, records };
  }

  forget(beforeMs: number): Promise<void> {
    return this.#write(() => void this.#forget.run(beforeMs));
  }

  /** Part of the caller's transaction. */
  append(change: Change, atMs: number): void {
    this.#recall.changed(change);
    switch (change.kind) {
      case 'device':
        this.#append.run(atMs, change.kind, null, change.device, null, change.minEpoch, null);
        return;
      case 'user':
        this.#append.run(atMs, change.kind, change.user, null, null, change.minEpoch, null);
        return;
      case 'grant':
      case 'widened':
        this.#append.run(atMs, change.kind, change.user, null, change.site, null, null);
        return;
      case 'site':
        this.#append.run(atMs, change.kind, null, null, change.site, change.keyEpoch, null);
        return;
      case 'origins':
        this.#append.run(atMs, change.kind, null, null, change.site, null, null);
        return;
      case 'fallen':
        this.#append.run(atMs, change.kind, null, null, null, null, change.attestation);
        return;
    }
  }

  /** Tells the listeners what has been committed since the last time. */
  announce(): void {
    for (const row of this.#since.all(this.#announced)) {
      this.#announced = row.seq;
      for (const listener of this.#listeners) listener(recordOf(row));
    }
  }
}

function recordOf(row: ChangeRow): ChangeRecord {
  return { seq: row.seq, atMs: row.at_ms, change: changeOf(row) };
}

function changeOf(row: ChangeRow): Change {
  const { kind } = row;
  const user = userId(row.user ?? '');
  const device = deviceId(row.device ?? '');
  const site = siteId(row.site ?? '');
  const epoch = row.epoch ?? 0;
  switch (kind) {
    case 'device':
      return { kind, device, minEpoch: epoch };
    case 'user':
      return { kind, user, minEpoch: epoch };
    case 'grant':
    case 'widened':
      return { kind, user, site };
    case 'site':
      return { kind, site, keyEpoch: epoch };
    case 'origins':
      return { kind, site };
    case 'fallen':
      return { kind, attestation: standingId(row.attestation ?? '') };
    default:
      return unreachable(kind);
  }
}
