/**
 * Retention: which chunks go (SPEC J6). Whole chunks, oldest first; the log's first kept position moves in
 * the same transaction. A log's own rule goes before its site's, and its site's before the store's.
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, NO_BYTES } from 'copse/internal/base/bytes.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { retentionDropMax } from 'copse/internal/base/limits.ts';

import type { Retention, Sweep, Swept } from './chunks.ts';
import type { Database, Statement } from './sqlite.ts';

interface RuledRow {
  readonly number: number;
  readonly first: number;
  readonly tail: number;
  readonly bytes: number;
  readonly age_max: number | null;
  readonly bytes_max: number | null;
  readonly count_max: number | null;
  readonly replaced_max: number | null;
  /** Before it, a snapshot of somebody who may lead stands for everything; 0: none does. */
  readonly replaced: number;
}

interface OldestRow {
  readonly id: number;
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
  readonly newest_ms: number;
  readonly blob: Uint8Array | null;
}

const UPSERT_RULE =
  'INSERT INTO retention (site, log, age_ms, bytes, count, replaced_ms) VALUES (?, ?, ?, ?, ?, ?) ' +
  'ON CONFLICT (site, log) DO UPDATE SET ' +
  'age_ms = excluded.age_ms, bytes = excluded.bytes, count = excluded.count, ' +
  'replaced_ms = excluded.replaced_ms';
const DELETE_RULE = 'DELETE FROM retention WHERE site = ? AND log = ?';
const REPLACED = 'log.snapshot_from * log.snapshot_leaders AS replaced';
const SELECT_RULED =
  `SELECT log.number, log.first, log.tail, log.bytes, ${REPLACED}, ` +
  'rule.age_ms AS age_max, rule.bytes AS bytes_max, rule.count AS count_max, ' +
  'rule.replaced_ms AS replaced_max ' +
  'FROM retention AS rule JOIN log ON log.site = rule.site ' +
  "WHERE rule.log = log.log OR (rule.log = x'' AND NOT EXISTS " +
  '(SELECT 1 FROM retention AS own WHERE own.site = log.site AND own.log = log.log))';
/** In pages by number: there may be many, and compaction is not to wait for all of them. */
const SELECT_UNRULED =
  `SELECT number, first, tail, bytes, ${REPLACED}, ` +
  '? AS age_max, ? AS bytes_max, ? AS count_max, ? AS replaced_max FROM log ' +
  'WHERE number > ? AND NOT EXISTS (SELECT 1 FROM retention AS rule ' +
  "WHERE rule.site = log.site AND rule.log IN (log.log, x'')) ORDER BY number LIMIT ?";
const SELECT_OLDEST =
  'SELECT id, first, count, bytes, newest_ms, blob FROM chunk WHERE log = ? ORDER BY first LIMIT 1';
const DELETE_CHUNK = 'DELETE FROM chunk WHERE id = ?';
/** Its blob is deleted when nothing has named it for a while (`chunks-cold.ts`). */
const UPDATE_BLOB = 'UPDATE blob SET since_ms = ? WHERE name = ?';
const UPDATE_LOG = 'UPDATE log SET first = ?, bytes = ? WHERE number = ?';

export class Retainer {
  readonly #upsertRule: Statement<unknown>;
  readonly #deleteRule: Statement<unknown>;
  readonly #ruled: Statement<RuledRow>;
  readonly #unruled: Statement<RuledRow>;
  readonly #oldest: Statement<OldestRow>;
  readonly #deleteChunk: Statement<unknown>;
  readonly #updateBlob: Statement<unknown>;
  readonly #updateLog: Statement<unknown>;

  constructor(database: Database) {
    this.#upsertRule = database.prepare(UPSERT_RULE);
    this.#deleteRule = database.prepare(DELETE_RULE);
    this.#ruled = database.prepare(SELECT_RULED);
    this.#unruled = database.prepare(SELECT_UNRULED);
    this.#oldest = database.prepare(SELECT_OLDEST);
    this.#deleteChunk = database.prepare(DELETE_CHUNK);
    this.#updateBlob = database.prepare(UPDATE_BLOB);
    this.#updateLog = database.prepare(UPDATE_LOG);
  }

  /** Sets the rule of a log, or of the logs of a site that have none of their own. */
  set(site: SiteId, log: LogId | null, retention: Retention | null): void {
    const key = [idBytes(site), log === null ? NO_BYTES : idBytes(log)] as const;
    if (retention === null) this.#deleteRule.run(...key);
    else {
      const { ageMs = null, bytes = null, count = null, replacedMs = null } = retention;
      this.#upsertRule.run(...key, ageMs, bytes, count, replacedMs);
    }
  }

  /** Drops what the rules let go: first of the logs that have one, then of the others. */
  sweep({ nowMs, fallback, after, countMax }: Sweep): Swept {
    const look = new Look(nowMs);
    if (after === 0 && !this.#look(look, this.#ruled.all())) return look.swept(0);
    if (fallback === null) return look.swept(null);
    const { ageMs = null, bytes = null, count = null, replacedMs = null } = fallback;
    const rows = this.#unruled.all(ageMs, bytes, count, replacedMs, after, countMax);
    // The log at which it stopped is looked at again.
    if (!this.#look(look, rows)) return look.swept(look.last - 1);
    return look.swept(rows.length < countMax ? null : look.last);
  }

  /** False when as much was dropped as one transaction may. */
  #look(look: Look, rows: readonly RuledRow[]): boolean {
    for (const row of rows) {
      look.last = row.number;
      const dropped = this.#drop(row, look.nowMs, look.left);
      if (dropped.count > 0) look.note(row, dropped);
      if (look.left === 0) return false;
    }
    return true;
  }

  /** Drops the oldest chunks of a log; answers how many and what is the first kept position now. */
  #drop(row: RuledRow, nowMs: number, countMax: number): Dropped {
    let { first, bytes } = row;
    let count = 0;
    while (count < countMax) {
      const chunk = this.#oldest.get(row.number);
      if (chunk === null || !letsGo(row, chunk, { keptBytes: bytes, nowMs })) break;
      this.#deleteChunk.run(chunk.id);
      if (chunk.blob !== null) this.#updateBlob.run(nowMs, chunk.blob);
      first = chunk.first + chunk.count;
      bytes -= chunk.bytes;
      count++;
    }
    if (count > 0) this.#updateLog.run(first, bytes, row.number);
    return { count, first };
  }
}

interface Dropped {
  /** Chunks that are gone. */
  readonly count: number;
  /** The first kept position now. */
  readonly first: number;
}

/** What one transaction has done. */
class Look {
  readonly nowMs: number;
  /** Chunks that may still be dropped. */
  left = retentionDropMax;
  /** The log that was looked at last. */
  last = 0;
  readonly #moved: { number: number; first: number }[] = [];
  #dropped = 0;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  note({ number, first: before }: RuledRow, { count, first }: Dropped): void {
    this.#moved.push({ number, first });
    this.#dropped += first - before;
    this.left -= count;
  }

  swept(next: number | null): Swept {
    return { moved: this.#moved, dropped: this.#dropped, next };
  }
}

/** Whether a chunk lies wholly beyond one of the bounds. */
function letsGo(
  rule: RuledRow,
  chunk: OldestRow,
  now: { readonly keptBytes: number; readonly nowMs: number },
): boolean {
  const { age_max: ageMax, bytes_max: bytesMax, count_max: countMax } = rule;
  if (ageMax !== null && chunk.newest_ms < now.nowMs - ageMax) return true;
  const isReplaced = chunk.first + chunk.count <= rule.replaced;
  if (isReplaced && rule.replaced_max !== null && chunk.newest_ms < now.nowMs - rule.replaced_max)
    return true;
  if (bytesMax !== null && now.keptBytes - chunk.bytes >= bytesMax) return true;
  return countMax !== null && rule.tail - (chunk.first + chunk.count) >= countMax;
}

function idBytes(id: SiteId | LogId): Uint8Array {
  return must(fromHex(id), 'an id is hex');
}
