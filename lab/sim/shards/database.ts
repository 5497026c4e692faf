/**
 * A database as the journal of a shard uses it: its tables, the statements of `journal-postgres-rows.ts` with the
 * conditions that their text names, and the lock on the row of the shard. It forgets nothing; what goes wrong is
 * on the way to it (`connection.ts`).
 */

import { compare } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { GENESIS } from '../../../server/src/store/journal-chain.ts';
import {
  APPEND,
  DELETE_RECORDS,
  INSERT_CELL,
  INSERT_RECORD,
  LOCK_SHARD,
  SELECT_CELL,
  SELECT_RECORD,
  SELECT_RECORDS,
  SELECT_SHARD,
  UPDATE_CELL,
  UPDATE_FIRST,
  UPDATE_SHARD,
} from '../../../server/src/store/journal-postgres-rows.ts';
import type { PgRow, PgValue } from '../../../server/src/store/postgres.ts';

interface Record {
  readonly seq: number;
  readonly epoch: number;
  readonly prev_hash: Uint8Array;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Who holds the lock of the row, or waits for it. */
export type Holder = object;

type Values = readonly PgValue[];

export class SimDatabase {
  readonly #records = new Map<number, Record>();
  readonly #cells = new Map<string, { readonly version: number; readonly value: Uint8Array }>();
  #shard = { epoch: 0, first: 1, tail: 0, tail_hash: GENESIS };
  #holder: Holder | null = null;
  #waiting: { readonly by: Holder; readonly run: () => void }[] = [];
  isAway = false;

  /** Runs `run` when nobody else holds the row. */
  whenFree(by: Holder, run: () => void): void {
    if (this.#holder === null || this.#holder === by) run();
    else this.#waiting.push({ by, run });
  }

  lock(by: Holder): void {
    this.#holder = by;
  }

  isLockedBy(by: Holder): boolean {
    return this.#holder === by;
  }

  release(by: Holder): void {
    if (this.#holder !== by) return;
    this.#holder = null;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.run();
      if (this.#holder !== null) return;
    }
  }

  static writesShard(text: string): boolean {
    return [APPEND, LOCK_SHARD, UPDATE_SHARD, UPDATE_FIRST].includes(text);
  }

  /** One statement, as a whole. */
  run(text: string, values: Values): readonly PgRow[] {
    switch (text) {
      case APPEND:
        return this.#append(values);
      case SELECT_SHARD:
      case LOCK_SHARD:
        return [{ ...this.#shard }];
      case SELECT_RECORD:
        return this.#recordsIn(numberAt(values, 1), numberAt(values, 1), 1);
      case SELECT_RECORDS:
        return this.#recordsIn(numberAt(values, 1), numberAt(values, 2), numberAt(values, 3));
      case INSERT_RECORD:
        this.#insert({
          seq: numberAt(values, 1),
          epoch: numberAt(values, 2),
          prev_hash: bytesAt(values, 3),
          hash: bytesAt(values, 4),
          bytes: bytesAt(values, 5),
        });
        return [];
      case UPDATE_SHARD:
        Object.assign(this.#shard, {
          epoch: numberAt(values, 1),
          tail: numberAt(values, 2),
          tail_hash: bytesAt(values, 3),
        });
        return [];
      case UPDATE_FIRST:
      case DELETE_RECORDS:
        throw new Error('a journal that is shared is kept whole');
      case INSERT_CELL:
      case UPDATE_CELL:
      case SELECT_CELL:
        return this.#cell(text, values);
      default:
        // Making the tables: they are there.
        return text.startsWith('SELECT version') ? [{ version: 1 }] : [];
    }
  }

  /** The conditions are those that the statement has. */
  #append(values: Values): readonly PgRow[] {
    const shard = this.#shard;
    const [epoch, seq, prevSeq] = [numberAt(values, 1), numberAt(values, 2), numberAt(values, 6)];
    const [prev_hash, hash, bytes] = [bytesAt(values, 3), bytesAt(values, 4), bytesAt(values, 5)];
    if (APPEND.includes('AND epoch = $2') && shard.epoch !== epoch) return [];
    if (APPEND.includes('AND tail = $7') && shard.tail !== prevSeq) return [];
    if (APPEND.includes('AND tail_hash = $4') && compare(shard.tail_hash, prev_hash) !== 0) return [];
    this.#insert({ seq, epoch, prev_hash, hash, bytes });
    Object.assign(shard, { epoch, tail: seq, tail_hash: hash });
    return [{ seq }];
  }

  #insert(record: Record): void {
    if (this.#records.has(record.seq)) throw new Fault('internal', 'PostgreSQL 23505: duplicate key');
    this.#records.set(record.seq, { ...record, bytes: record.bytes.slice() });
  }

  #recordsIn(from: number, to: number, countMax: number): readonly PgRow[] {
    const rows: PgRow[] = [];
    for (let seq = from; seq <= Math.min(to, this.#shard.tail) && rows.length < countMax; seq++) {
      const record = this.#records.get(seq);
      if (record !== undefined) rows.push({ ...record });
    }
    return rows;
  }

  #cell(text: string, values: Values): readonly PgRow[] {
    const key = String(values[1]);
    const cell = this.#cells.get(key);
    if (text === SELECT_CELL) return cell === undefined ? [] : [{ ...cell }];
    const isNew = text === INSERT_CELL;
    const fits = isNew ? cell === undefined : cell?.version === numberAt(values, 2);
    if (!fits) return [];
    const version = (cell?.version ?? 0) + 1;
    this.#cells.set(key, { version, value: bytesAt(values, isNew ? 2 : 3) });
    return [{ version }];
  }
}

function numberAt(values: Values, index: number): number {
  return Number(values[index]);
}

function bytesAt(values: Values, index: number): Uint8Array {
  const value = values[index];
  if (value instanceof Uint8Array) return value.slice();
  throw new Error(`value ${index} is not bytes`);
}
