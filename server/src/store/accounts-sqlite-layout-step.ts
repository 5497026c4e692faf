/**
 * The tables of rights, laid out so that an attestation among a million changes few pages: a step of the
 * schema of the accounts (the figures behind it: docs/decisions/0023).
 *
 * `attestation` is appended to in the order of arrival. It is found by its id and by its site through 48 bits
 * of them, which the row is asked to confirm: an index of the whole ids was five times as wide. `held` is kept
 * in the order in which it is read, site by site and user by user, with everything that a list shows. What
 * finds rows out of their order is written later, many entries at once, and `late` says up to which row
 * (`accounts-sqlite-late.ts`).
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { Database } from './sqlite.ts';

/** Hex digits of an id that are a number of their own; 48 bits are exact in a number. */
const BRIEF_CHARS = 12;

export function briefOf(id: string): number {
  return Number.parseInt(id.slice(0, BRIEF_CHARS), 16);
}

/** The same of a column: SQLite reads no hex from text. */
export function briefIn(column: string): string {
  const digits = Array.from({ length: BRIEF_CHARS }, (_, at) => {
    const digit = `(instr('0123456789abcdef', substr(${column}, ${at + 1}, 1)) - 1)`;
    return `(${digit} << ${4 * (BRIEF_CHARS - 1 - at)})`;
  });
  return digits.join(' | ');
}

const COLUMNS = `
  above, site, issuer, subject, permissions, resource, delegations, not_before_ms, expires_ms, quota, body, kind,
  route, stands, begins_ms, ends_ms, own_caveats, caveats, group_id, below, at_ms, ended_ms, revoked_ms`;

const ATTESTATIONS = `
CREATE TABLE attestation_new (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL,
  above INTEGER REFERENCES attestation (id), site TEXT NOT NULL, issuer BLOB NOT NULL, subject BLOB NOT NULL,
  permissions INTEGER NOT NULL, resource TEXT NOT NULL, delegations INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, quota INTEGER NOT NULL, body BLOB NOT NULL,
  kind INTEGER NOT NULL, route TEXT NOT NULL, stands BLOB NOT NULL, begins_ms INTEGER NOT NULL,
  ends_ms INTEGER NOT NULL, own_caveats BLOB, caveats BLOB, group_id TEXT, below INTEGER NOT NULL DEFAULT 0,
  at_ms INTEGER NOT NULL, ended_ms INTEGER, revoked_ms INTEGER
) STRICT;
INSERT INTO attestation_new (id, hash, ${COLUMNS}) SELECT id, hash, ${COLUMNS} FROM attestation ORDER BY id;
DROP TABLE attestation;
ALTER TABLE attestation_new RENAME TO attestation;
CREATE INDEX attestation_above ON attestation (above) WHERE above IS NOT NULL;
CREATE INDEX attestation_group ON attestation (group_id) WHERE group_id IS NOT NULL;
`;

const HOLDINGS = `
CREATE TABLE held_new (
  site TEXT NOT NULL, user TEXT NOT NULL, id INTEGER NOT NULL, via INTEGER NOT NULL, through INTEGER,
  hash TEXT NOT NULL, resource TEXT NOT NULL, permissions INTEGER NOT NULL, delegations INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, quota INTEGER NOT NULL,
  caveats BLOB, stands BLOB NOT NULL, PRIMARY KEY (site, user, id)
) STRICT, WITHOUT ROWID;
INSERT INTO held_new (site, user, id, via, through, hash, resource, permissions, delegations, not_before_ms,
  expires_ms, quota, caveats, stands)
  SELECT h.site, h.user, h.id, h.via, h.through, a.hash, h.resource, h.permissions, h.delegations,
    h.not_before_ms, h.expires_ms, h.quota, h.caveats, h.stands
  FROM held h JOIN attestation a ON a.id = h.via ORDER BY h.site, h.user, h.id;
DROP TABLE held;
ALTER TABLE held_new RENAME TO held;
CREATE UNIQUE INDEX held_id ON held (id);
CREATE INDEX held_via ON held (via);
CREATE INDEX held_through ON held (through) WHERE through IS NOT NULL;
CREATE INDEX held_resource ON held (site, resource, user) WHERE resource <> '*';
`;

/** Of rows by what is not their order: 48 bits of the id of an attestation, of its site, of the user who holds. */
const FINDING = `
CREATE TABLE attestation_brief (
  brief INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (brief, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE attestation_place (
  brief INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (brief, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE held_person (
  brief INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (brief, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE late (
  one INTEGER PRIMARY KEY, attestation INTEGER NOT NULL, held INTEGER NOT NULL
) STRICT;
INSERT INTO late (one, attestation, held) VALUES (1, 0, 0);
`;

/** Writes them from all rows that there are; also after rows were added by other means. */
export const FIND_ALL = `
DELETE FROM attestation_brief;
DELETE FROM attestation_place;
DELETE FROM held_person;
INSERT INTO attestation_brief (brief, id) SELECT ${briefIn('hash')} AS brief, id FROM attestation ORDER BY brief, id;
INSERT INTO attestation_place (brief, id) SELECT ${briefIn('site')} AS brief, id FROM attestation ORDER BY brief, id;
INSERT INTO held_person (brief, id) SELECT ${briefIn('user')} AS brief, id FROM held ORDER BY brief, id;
UPDATE late SET attestation = coalesce((SELECT max(id) FROM attestation), 0),
  held = coalesce((SELECT max(id) FROM held), 0);
`;

/** Row numbers stay what they are: cursors, routes and what is left to clean up name them. */
export function layoutStep(database: Database): void {
  const counts = (): string =>
    JSON.stringify(['attestation', 'held'].map((table) => countIn(database, table)));
  const before = counts();
  database.execute(ATTESTATIONS);
  database.execute(HOLDINGS);
  database.execute(FINDING);
  database.execute(FIND_ALL);
  assert(counts() === before, 'every row is in the new tables');
  for (const table of ['attestation', 'member', 'invitation']) {
    const loose = database.prepare(`PRAGMA foreign_key_check(${table})`).get();
    assert(loose === null, 'what named an attestation still does');
  }
}

function countIn(database: Database, table: string): number {
  return database.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
}
