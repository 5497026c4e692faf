/** Bugs in the log store. */

import type { Mutant } from './mutant.ts';

const store = { file: 'server/src/store/log-store.ts', level: 'system' } as const;
const recover = { file: 'server/src/store/log-store-recover.ts', level: 'system' } as const;

export const STORE_MUTANTS: readonly Mutant[] = [
  {
    ...store,
    name: 'log store: acknowledges before the record is synced',
    find: 'const seq = await this.#flight.append(record.bytes).catch(',
    replace: 'const seq = this.#flight.durable + 1;\n    void this.#flight.append(record.bytes).catch(',
  },
  {
    ...store,
    name: 'log store: writers in the journal are not replayed after a restart',
    find: 'for (const run of this.#index.takeWriters(log.number)) replayRun(log.writers, run);',
    replace: 'this.#index.takeWriters(log.number);',
  },
  {
    ...store,
    name: 'log store: writers in chunks are not loaded after a restart',
    find: 'log.writers.restore(row.device, row.floor, row.states);',
    replace: '',
  },
  {
    ...store,
    name: 'log store: forgets one record too many after compaction',
    find: 'this.#index.dropThrough(last);',
    replace: 'this.#index.dropThrough(last + 1);',
  },
  {
    ...store,
    name: 'log store: trims records that are not in chunks yet',
    find: 'await this.#journal.trim(last);',
    replace: 'await this.#journal.trim(upTo);',
  },
  {
    ...recover,
    name: 'recovery: skips the last record',
    find: 'recovery.take(record);',
    replace: 'if (record.seq !== tail - 1) recovery.take(record);',
  },
  {
    ...recover,
    name: 'recovery: forgets the names of logs',
    find: "if (section.kind === 'declare') this.declared.set(section.number, section);",
    replace: "if (section.kind === 'declare') return;",
  },
  {
    file: 'server/src/store/chunks-retainer.ts',
    level: 'system',
    name: 'retention: drops a chunk that still has kept entries',
    find: 'rule.tail - (chunk.first + chunk.count) >= countMax',
    replace: 'rule.tail - chunk.first >= countMax',
  },
  {
    file: 'server/src/store/chunks-writer-rows.ts',
    level: 'system',
    name: 'compaction: forgets what a writer wrote before',
    find: 'table.restore(device, floor, states);',
    replace: 'table.restore(device, floor, states.slice(1));',
  },
  {
    file: 'server/src/store/log-store-table.ts',
    level: 'system',
    name: 'log table: a failed commit keeps its place',
    find: 'held.next = Math.min(held.next, first);',
    replace: '',
  },
  {
    file: 'server/src/store/log-store-flight.ts',
    level: 'system',
    name: 'flight: the commit after a failed one takes a place too far behind',
    find: 'this.#head = this.#durable;\n    if',
    replace: 'if',
  },
  {
    file: 'server/src/store/log-store-page.ts',
    level: 'system',
    name: 'page: skips one entry too few',
    find: 'skipEntries(piece.bytes, 0, skipped);',
    replace: 'skipEntries(piece.bytes, 0, skipped - 1);',
  },
];
