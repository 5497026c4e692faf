/**
 * The tables of rights. `attestation` gets its place: what it stands on (`route`: row numbers of the path
 * before it; `leaning`: the memberships among them, from below) and when it fell. `held` is the closure;
 * `fall` is what a revocation still has to clean up (`accounts-sqlite-falling.ts`).
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import type { Database } from './sqlite.ts';

const TABLES = `
ALTER TABLE attestation ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attestation ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE attestation ADD COLUMN stands BLOB NOT NULL DEFAULT x'';
ALTER TABLE attestation ADD COLUMN begins_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attestation ADD COLUMN ends_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attestation ADD COLUMN own_caveats BLOB;
ALTER TABLE attestation ADD COLUMN caveats BLOB;
ALTER TABLE attestation ADD COLUMN group_id TEXT;
ALTER TABLE attestation ADD COLUMN below INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attestation ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attestation ADD COLUMN ended_ms INTEGER;
ALTER TABLE attestation ADD COLUMN revoked_ms INTEGER;
CREATE INDEX attestation_site ON attestation (site, id);
CREATE INDEX attestation_group ON attestation (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE leaning (
  on_id INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (on_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE held (
  id INTEGER PRIMARY KEY, site TEXT NOT NULL, user TEXT NOT NULL, via INTEGER NOT NULL, through INTEGER,
  resource TEXT NOT NULL, permissions INTEGER NOT NULL, delegations INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, quota INTEGER NOT NULL,
  caveats BLOB, stands BLOB NOT NULL
) STRICT;
CREATE INDEX held_site ON held (site, user);
CREATE INDEX held_resource ON held (site, resource, user) WHERE resource <> '*';
CREATE INDEX held_user ON held (user, site);
CREATE INDEX held_via ON held (via);
CREATE INDEX held_through ON held (through) WHERE through IS NOT NULL;

CREATE TABLE revocation (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, site TEXT NOT NULL,
  attestation TEXT NOT NULL, issuer BLOB NOT NULL, at_ms INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX revocation_site ON revocation (site, seq);
CREATE INDEX revocation_of ON revocation (attestation);

CREATE TABLE fall (
  cause INTEGER NOT NULL, round INTEGER NOT NULL, spreads INTEGER NOT NULL, attestation INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, PRIMARY KEY (cause, round, spreads, attestation)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_group (
  id TEXT PRIMARY KEY, root BLOB NOT NULL, title TEXT NOT NULL, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sealed (
  hash TEXT PRIMARY KEY, site TEXT NOT NULL, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL, revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sealed_site ON sealed (site);

ALTER TABLE change ADD COLUMN attestation TEXT;
CREATE INDEX member_attestation ON member (attestation);
CREATE INDEX invitation_attestation ON invitation (attestation);
`;

/** Parents come before their children, so one pass in the order of row numbers fills every path. */
const OLD = 'SELECT id, hash, above, not_before_ms, expires_ms FROM attestation ORDER BY id';
const PLACE = 'UPDATE attestation SET route = ?, stands = ?, begins_ms = ?, ends_ms = ? WHERE id = ?';
const FINISH = `
UPDATE attestation SET kind = 1 WHERE id IN (SELECT attestation FROM invitation);
UPDATE attestation SET below = (SELECT count(*) FROM attestation b WHERE b.above = attestation.id);
INSERT INTO held (site, user, via, through, resource, permissions, delegations, not_before_ms, expires_ms,
  quota, caveats, stands)
SELECT m.site, m.user, a.id, NULL, a.resource, a.permissions, a.delegations, a.begins_ms, a.ends_ms, a.quota,
  NULL, a.stands
FROM member m JOIN attestation a ON a.id = m.attestation WHERE m.left_ms IS NULL;
`;

interface OldRow {
  readonly id: number;
  readonly hash: string;
  readonly above: number | null;
  readonly not_before_ms: number;
  readonly expires_ms: number;
}

interface Placed {
  readonly route: string;
  readonly stands: string;
}

/** Rights of before groups: members hold what the attestation of their membership gives. */
export function grantsStep(database: Database): void {
  database.execute(TABLES);
  const place = database.prepare(PLACE);
  const placed = new Map<number, Placed>();
  for (const row of database.prepare<OldRow>(OLD).all()) {
    const above = row.above === null ? null : must(placed.get(row.above), 'a path is stored from above');
    const route = above === null ? '' : above.route === '' ? `${row.above}` : `${above.route} ${row.above}`;
    const stands = (above?.stands ?? '') + row.hash.slice(0, 16);
    placed.set(row.id, { route, stands });
    // Dates of one namespace only shrink, so those of the last one are those of the path.
    place.run(route, must(fromHex(stands), 'ids are hex'), row.not_before_ms, row.expires_ms, row.id);
  }
  database.execute(FINISH);
}
