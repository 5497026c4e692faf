/**
 * Indexes that are written later find everything at any moment: while they are written, after an end in the
 * middle, and after a disk that was full for a while.
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { siteId, userId } from 'copse/internal/base/ids.ts';
import { FaultPlan, failing, type FaultMode } from '../../../lab/suites/failing-database.ts';
import { LateIndexes, WAITING_MAX } from './accounts-sqlite-late.ts';
import { briefOf } from './accounts-sqlite-layout-step.ts';
import { ACCOUNTS_SCHEMA } from './accounts-sqlite-schema.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import type { Database } from './sqlite.ts';

const ADD = `
  INSERT INTO attestation (id, hash, site, issuer, subject, permissions, resource, delegations, not_before_ms,
    expires_ms, quota, body, kind, route, stands, begins_ms, ends_ms, at_ms)
  VALUES (?, ?, ?, x'', x'', 1, '*', 0, 0, 0, 0, x'', 0, '', x'', 0, 0, 0)`;
const HOLD = `
  INSERT INTO held (id, site, user, via, hash, resource, permissions, delegations, not_before_ms, expires_ms,
    quota, stands) VALUES (?, ?, ?, ?, ?, '*', 1, 0, 0, 0, 0, x'')`;

interface Stage {
  readonly late: LateIndexes;
  readonly commits: GroupCommit;
  /** Runs what is scheduled, one task; false when there is none. */
  readonly step: () => Promise<boolean>;
  readonly add: (n: number) => Promise<void>;
}

const hashOf = (n: number): string => ((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0').repeat(8);
const siteOf = (n: number) => siteId((n % 3).toString(16).padStart(2, 'a').repeat(16));
const userOf = (n: number) => userId((n % 5).toString(16).padStart(2, 'b').repeat(8));

function stageOn(database: Database): Stage {
  const tasks: (() => void)[] = [];
  const schedule = (task: () => void): void => void tasks.push(task);
  const commits = new GroupCommit(database, { schedule, onCommit: () => {} });
  const write = <T>(task: () => T): Promise<T> => commits.writeRepeatable(task);
  const late = new LateIndexes(database, { write, schedule, waitingMax: WAITING_MAX });
  const step = async (): Promise<boolean> => {
    const task = tasks.shift();
    task?.();
    for (let i = 0; i < 8; i++) await Promise.resolve();
    return task !== undefined;
  };
  const add = async (n: number): Promise<void> => {
    const written = commits.write(() => {
      database.prepare(ADD).run(n, hashOf(n), siteOf(n));
      late.attested(n, hashOf(n), siteOf(n));
      database.prepare(HOLD).run(n, siteOf(n), userOf(n), n, hashOf(n));
      late.held(n, userOf(n));
    });
    written.catch(() => {});
    while (await step()) if (await isSettled(written)) break;
    await written;
  };
  return { late, commits, step, add };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  return (await Promise.race([promise.catch(() => null), Promise.resolve(open)])) !== open;
}

/** Row numbers by what they are found by, from the file and from memory. */
function found(
  database: Database,
  late: LateIndexes,
  table: 'attestation_brief' | 'attestation_place' | 'held_person',
  brief: number,
) {
  const index = { attestation_brief: late.briefs, attestation_place: late.places, held_person: late.persons }[
    table
  ];
  const rows = database.prepare<{ id: number }>(`SELECT id FROM ${table} WHERE brief = ?`).all(brief);
  return new Set([...rows.map(({ id }) => id), ...index.waiting(brief)]);
}

/** Everything that was added is found, by each of the three. */
function checkAll(database: Database, late: LateIndexes, added: readonly number[]): void {
  for (const n of added) {
    ok(found(database, late, 'attestation_brief', briefOf(hashOf(n))).has(n), `${n} by its id`);
    ok(found(database, late, 'attestation_place', briefOf(siteOf(n))).has(n), `${n} by its site`);
    ok(found(database, late, 'held_person', briefOf(userOf(n))).has(n), `${n} by its user`);
  }
}

async function withFile(task: (open: () => Database) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-late-'));
  try {
    await task(() => openMigrated(join(directory, 'auth.sqlite'), ACCOUNTS_SCHEMA));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test(
  '[R4] every row is found whatever is written when, and after an end at any moment',
  { timeout: 60_000 },
  async () => {
    const act = fc.oneof(
      { weight: 6, arbitrary: fc.constant('add' as const) },
      { weight: 2, arbitrary: fc.constant('settle' as const) },
      { weight: 5, arbitrary: fc.constant('step' as const) },
      { weight: 1, arbitrary: fc.constant('end' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), (acts) =>
        withFile(async (open) => {
          let database = open();
          let stage = stageOn(database);
          const added: number[] = [];
          for (const what of acts) {
            if (what === 'settle') stage.late.settle();
            if (what === 'step') await stage.step();
            if (what === 'add') {
              const n = stage.late.last.attestation + 1;
              await stage.add(n);
              added.push(n);
            }
            if (what === 'end') {
              database.close();
              database = open();
              stage = stageOn(database);
            }
            checkAll(database, stage.late, added);
          }
          while (await stage.step()) checkAll(database, stage.late, added);
          database.close();
        }),
      ),
      { numRuns: 30 },
    );
  },
);

test(
  '[J10] whichever operation fails while they are written, every row is found, and later it is written',
  { timeout: 60_000 },
  async () => {
    const modes: readonly FaultMode[] = ['once', 'from then on', 'after the commit'];
    for (const mode of modes) {
      for (let nth = 1; nth <= 40; nth += 6) {
        await withFile(async (open) => {
          const numbers = Array.from({ length: 9 }, (_, n) => n + 1);
          {
            using database = open();
            const plan = new FaultPlan(nth, mode);
            const quiet = stageOn(database);
            for (const n of numbers) await quiet.add(n);
            const stage = stageOn(failing(database, plan));
            stage.late.settle();
            while (await stage.step()) checkAll(database, stage.late, numbers);
          }
          using database = open();
          const stage = stageOn(database);
          checkAll(database, stage.late, numbers);
          stage.late.settle();
          while (await stage.step()) checkAll(database, stage.late, numbers);
          for (const table of ['attestation_brief', 'attestation_place', 'held_person'])
            equal(database.prepare(`SELECT id FROM ${table}`).all().length, numbers.length, `${mode} ${nth}`);
        });
      }
    }
  },
);

test('[R4] numbers of rows that went are not given to others, so that no index is written past them', () =>
  withFile(async (open) => {
    {
      using database = open();
      const stage = stageOn(database);
      for (const n of [1, 2, 3]) await stage.add(n);
      stage.late.settle();
      while (await stage.step());
      database.execute('DELETE FROM held WHERE id > 1');
    }
    using database = open();
    const { late } = stageOn(database);
    deepEqual(late.last, { attestation: 3, held: 3 });
    equal(must(late.persons.waiting(briefOf(userOf(1))), 'a list').length, 0);
  }));
