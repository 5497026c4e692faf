/** The statements about rights, their rows, and what the rows mean. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { key, siteId, standingId, userId, type StandingId } from 'copse/internal/base/ids.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import { resourceIn, type Resource, type Rights } from 'copse/internal/capability/policy.ts';
import type { Holding, RevocationRecord } from './accounts-grants.ts';
import { briefOf } from './accounts-sqlite-layout-step.ts';
import type { LateIndexes } from './accounts-sqlite-late.ts';
import type { Database, Statement } from './sqlite.ts';

const ATTESTATION_COLUMNS = `
  id, hash, above, site, issuer, subject, kind, permissions, resource, delegations, not_before_ms,
  expires_ms, quota, body, route, stands, begins_ms, ends_ms, own_caveats, caveats, group_id, below, at_ms, ended_ms,
  revoked_ms FROM attestation`;
/** Found through an index of some bits, and the row itself asked; in this order, whatever SQLite believes. */
const FOUND_BY_PLACE = ATTESTATION_COLUMNS.replace('FROM', 'FROM attestation_place b CROSS JOIN').concat(
  ' a USING (id)',
);
/** Alone: joined with the row it costs five times as much, and mostly there is no row. */
const BY_BRIEF = 'SELECT id FROM attestation_brief WHERE brief = ?';
const BY_ID = `SELECT ${ATTESTATION_COLUMNS} WHERE id = ?`;
const ADD = `
  INSERT INTO attestation (id, hash, above, site, issuer, subject, kind, permissions, resource,
    delegations, not_before_ms, expires_ms, quota, body, route, stands, begins_ms, ends_ms, caveats, own_caveats,
    group_id, at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const REVIVE = `
  UPDATE attestation SET above = ?, route = ?, stands = ?, begins_ms = ?, ends_ms = ?, caveats = ?, ended_ms = NULL
  WHERE id = ?`;
const COUNT_BELOW = 'UPDATE attestation SET below = below + 1 WHERE id = ?';
const LEAN = 'INSERT INTO leaning (on_id, id) VALUES (?, ?) ON CONFLICT DO NOTHING';
const GROUP_GRANTS = `SELECT ${ATTESTATION_COLUMNS} WHERE group_id = ? AND ended_ms IS NULL LIMIT ?`;
const SOME_GROUP = 'SELECT 1 AS one FROM attestation WHERE group_id IS NOT NULL LIMIT 1';
const PAGE = `
  SELECT ${FOUND_BY_PLACE} WHERE b.brief = ? AND b.id > ? AND a.site = ? AND a.ended_ms IS NULL
  ORDER BY b.id LIMIT ?`;
const SINCE = `
  SELECT ${FOUND_BY_PLACE} WHERE b.brief = ? AND b.id > ? AND a.site = ? ORDER BY b.id LIMIT ?`;
const HASH_OF = 'SELECT hash FROM attestation WHERE id = ?';

const HELD_COLUMNS = `
  h.id, h.site, h.user, h.via, h.through, h.resource, h.permissions, h.delegations, h.not_before_ms,
  h.expires_ms, h.quota, h.caveats, h.stands FROM held h`;
/** The same with the id of the attestation: for lists. */
const LISTED_COLUMNS = HELD_COLUMNS.replace(' FROM held h', ', h.hash FROM held h');
const LISTED = `SELECT ${LISTED_COLUMNS} WHERE h.site = ? AND h.user = ?`;
const HELD = `SELECT ${HELD_COLUMNS} WHERE h.site = ? AND h.user = ?`;
/** What an access asks of a row: every column more is a tenth of a microsecond, with every question of a tail. */
const ACCESS = `
  SELECT id, resource, permissions, delegations, not_before_ms, expires_ms, quota, caveats, stands
  FROM held WHERE site = ? AND user = ?`;
const HELD_ONE = `SELECT ${HELD_COLUMNS} WHERE h.id = ?`;
const ADD_HELD = `
  INSERT INTO held (id, hash, site, user, via, through, resource, permissions, delegations, not_before_ms,
    expires_ms, quota, caveats, stands)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const HELD_BY = 'SELECT id FROM held WHERE site = ? AND user = ? AND via = ? LIMIT 1';
const HELD_IN = `SELECT ${HELD_COLUMNS} WHERE h.site = ? ORDER BY h.user, h.id LIMIT ?`;
const HELD_COUNT = 'SELECT count(*) AS count FROM held WHERE site = ? AND user = ?';
const HELD_VIA = 'SELECT id, site, user FROM held WHERE via = ?';
const HELD_THROUGH = 'SELECT id, site, user FROM held WHERE through = ?';
const WHO = `
  SELECT ${LISTED_COLUMNS} WHERE h.site = ? AND (h.user, h.id) > (?, ?) ORDER BY h.user, h.id LIMIT ?`;
/** Most rights are on all logs, and found by the site; an index of the others is small. */
const WHO_OF_ALL = `
  SELECT ${LISTED_COLUMNS} WHERE h.site = ? AND h.resource = '*' AND (h.user, h.id) > (?, ?)
  ORDER BY h.user, h.id LIMIT ?`;
const WHO_OF = `
  SELECT ${LISTED_COLUMNS} WHERE h.site = ? AND h.resource = ? AND h.resource <> '*' AND (h.user, h.id) > (?, ?)
  ORDER BY h.user, h.id LIMIT ?`;
const LISTED_ONE = `SELECT ${LISTED_COLUMNS} WHERE h.id = ?`;
const WHAT = `
  SELECT ${LISTED_COLUMNS.replace('FROM held h', 'FROM held_person b CROSS JOIN held h ON h.id = b.id')}
  WHERE b.brief = ? AND b.id > ? AND h.user = ? ORDER BY b.id LIMIT ?`;
/** What a user gives back: her own rights in a site and what groups of it hold by them. */
const GIVE_BACK = `
  DELETE FROM held WHERE id IN (
    WITH RECURSIVE down (id) AS (
      SELECT id FROM held WHERE site = ? AND user = ? AND through IS NULL
      UNION SELECT h.id FROM held h JOIN down d ON h.through = d.id
    ) SELECT id FROM down)`;
const BELOW = 'SELECT id FROM attestation WHERE above = ? AND ended_ms IS NULL';
const LEANING = `
  SELECT a.id FROM leaning l JOIN attestation a ON a.id = l.id WHERE l.on_id = ? AND a.ended_ms IS NULL`;
const DEVICES = 'SELECT count(*) AS count FROM device WHERE user = ? AND revoked_ms IS NULL';

const KEY_EPOCH = 'SELECT key_epoch FROM site WHERE id = ?';
/** A member who was not given the newest key of a site; the first one everybody made or got with her invitation. */
const LACKS_KEY = `
  SELECT 1 AS one FROM member m JOIN site s ON s.id = m.site
  WHERE m.site = ? AND m.user = ? AND m.left_ms IS NULL AND s.key_epoch > 1
    AND NOT (m.key_epoch = s.key_epoch AND length(m.envelope) > 0)
    AND NOT EXISTS (SELECT 1 FROM site_envelope e
      WHERE e.site = m.site AND e.epoch = s.key_epoch AND e.user = m.user AND length(e.envelope) > 0)`;

const END = 'UPDATE attestation SET revoked_ms = ? WHERE id = ?';
const ADD_REVOCATION = `
  INSERT INTO revocation (id, site, attestation, issuer, at_ms, body) VALUES (?, ?, ?, ?, ?, ?)`;
const REVOCATIONS = `
  SELECT seq, site, attestation, issuer, at_ms FROM revocation WHERE site = ? AND seq > ? ORDER BY seq LIMIT ?`;
const REVOKERS = 'SELECT issuer FROM revocation WHERE attestation = ? LIMIT 64';

const ADD_GROUP = `INSERT INTO user_group (id, root, title, by_user, at_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;
const GROUP = 'SELECT id, root, title, by_user, at_ms FROM user_group WHERE id = ?';

const ADD_SEALED = 'INSERT INTO sealed (hash, site, by_user, at_ms) VALUES (?, ?, ?, ?)';
const SEALED = 'SELECT hash, site, by_user, at_ms, revoked_ms FROM sealed WHERE hash = ?';
const SEALED_IN = 'SELECT count(*) AS count FROM (SELECT 1 FROM sealed WHERE site = ? LIMIT ?)';
const REVOKE_SEALED = 'UPDATE sealed SET revoked_ms = ? WHERE hash = ?';

export interface AttestationRow {
  readonly id: number;
  readonly hash: string;
  readonly above: number | null;
  readonly site: string;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly kind: number;
  readonly permissions: number;
  readonly resource: string;
  readonly delegations: number;
  readonly not_before_ms: number;
  readonly expires_ms: number;
  readonly quota: number;
  readonly body: Uint8Array;
  readonly route: string;
  readonly stands: Uint8Array;
  readonly begins_ms: number;
  readonly ends_ms: number;
  /** Its own, and those of its whole path with them. */
  readonly own_caveats: Uint8Array | null;
  readonly caveats: Uint8Array | null;
  readonly group_id: string | null;
  readonly below: number;
  readonly at_ms: number;
  readonly ended_ms: number | null;
  readonly revoked_ms: number | null;
}

export interface HeldRow {
  readonly id: number;
  readonly site: string;
  readonly user: string;
  readonly via: number;
  readonly through: number | null;
  readonly resource: string;
  readonly permissions: number;
  readonly delegations: number;
  readonly not_before_ms: number;
  readonly expires_ms: number;
  readonly quota: number;
  readonly caveats: Uint8Array | null;
  readonly stands: Uint8Array;
}

export type AccessRow = Omit<HeldRow, 'site' | 'user' | 'via' | 'through'>;

export interface ListedRow extends HeldRow {
  /** Id of the attestation. */
  readonly hash: string;
}

export interface HeldKey {
  readonly id: number;
  readonly site: string;
  readonly user: string;
}

export interface RevocationRow {
  readonly seq: number;
  readonly site: string;
  readonly attestation: string;
  readonly issuer: Uint8Array;
  readonly at_ms: number;
}

export interface GroupRow {
  readonly id: string;
  readonly root: Uint8Array;
  readonly title: string;
  readonly by_user: string;
  readonly at_ms: number;
}

export interface SealedRow {
  readonly hash: string;
  readonly site: string;
  readonly by_user: string;
  readonly at_ms: number;
  readonly revoked_ms: number | null;
}

interface Id {
  readonly id: number;
}
interface Count {
  readonly count: number;
}

export type GrantsStatements = ReturnType<typeof grantsStatements>;

export function grantsStatements(database: Database, late: LateIndexes) {
  const of = <Row>(sql: string): Statement<Row> => database.prepare<Row>(sql);
  return {
    late,
    byBrief: of<Id>(BY_BRIEF),
    byId: of<AttestationRow>(BY_ID),
    add: of<object>(ADD),
    revive: of<object>(REVIVE),
    countBelow: of<object>(COUNT_BELOW),
    lean: of<object>(LEAN),
    someGroup: of<object>(SOME_GROUP),
    groupGrants: of<AttestationRow>(GROUP_GRANTS),
    page: of<AttestationRow>(PAGE),
    since: of<AttestationRow>(SINCE),
    hashOf: of<{ readonly hash: string }>(HASH_OF),
    held: of<HeldRow>(HELD),
    access: of<AccessRow>(ACCESS),
    listed: of<ListedRow>(LISTED),
    heldOne: of<HeldRow>(HELD_ONE),
    addHeld: of<object>(ADD_HELD),
    heldBy: of<Id>(HELD_BY),
    heldIn: of<HeldRow>(HELD_IN),
    heldCount: of<Count>(HELD_COUNT),
    heldVia: of<HeldKey>(HELD_VIA),
    heldThrough: of<HeldKey>(HELD_THROUGH),
    who: of<ListedRow>(WHO),
    whoOfAll: of<ListedRow>(WHO_OF_ALL),
    whoOf: of<ListedRow>(WHO_OF),
    listedOne: of<ListedRow>(LISTED_ONE),
    what: of<ListedRow>(WHAT),
    giveBack: of<object>(GIVE_BACK),
    below: of<Id>(BELOW),
    leaning: of<Id>(LEANING),
    devices: of<Count>(DEVICES),
    keyEpoch: of<{ readonly key_epoch: number }>(KEY_EPOCH),
    lacksKey: of<{ readonly one: number }>(LACKS_KEY),
    end: of<object>(END),
    addRevocation: of<object>(ADD_REVOCATION),
    revocations: of<RevocationRow>(REVOCATIONS),
    revokers: of<{ readonly issuer: Uint8Array }>(REVOKERS),
    addGroup: of<object>(ADD_GROUP),
    group: of<GroupRow>(GROUP),
    addSealed: of<object>(ADD_SEALED),
    sealed: of<SealedRow>(SEALED),
    sealedIn: of<Count>(SEALED_IN),
    revokeSealed: of<object>(REVOKE_SEALED),
  };
}

export function attestationBy(of: GrantsStatements, hash: string): AttestationRow | null {
  const brief = briefOf(hash);
  const found = of.byBrief.all(brief).map(({ id }) => id);
  for (const id of [...found, ...of.late.briefs.waiting(brief)]) {
    const row = of.byId.get(id);
    if (row?.hash === hash) return row;
  }
  return null;
}

/** A page of rows in the order of their numbers: those found in the file, and those that are in no index yet. */
export function merged<Row extends { readonly id: number }>(
  found: readonly Row[],
  waiting: readonly number[],
  page: { readonly countMax: number; readonly get: (id: number) => Row | null },
): readonly Row[] {
  if (waiting.length === 0) return found;
  const rowById = new Map(found.map((row) => [row.id, row]));
  let added = 0;
  for (const id of waiting) {
    if (added >= page.countMax) break;
    const row = rowById.has(id) ? null : page.get(id);
    if (row === null) continue;
    rowById.set(id, row);
    added++;
  }
  return [...rowById.values()].toSorted((a, b) => a.id - b.id).slice(0, page.countMax);
}

/** Of one shortened id. */
export const STANDING_BYTES = 8;

export function standingOf(hash: string): StandingId {
  return standingId(hash.slice(0, 2 * STANDING_BYTES));
}

export function standsOf(bytes: Uint8Array): readonly StandingId[] {
  const ids: StandingId[] = [];
  for (let at = 0; at < bytes.length; at += STANDING_BYTES) {
    ids.push(standingId(hex(bytes.subarray(at, at + STANDING_BYTES))));
  }
  return ids;
}

export function standsBytes(ids: readonly string[]): Uint8Array {
  return must(fromHex(ids.join('')), 'ids are hex');
}

/** Kind, length, value; one after the other. Null: none, which is the usual. */
export function caveatBytes(caveats: readonly Caveat[]): Uint8Array | null {
  if (caveats.length === 0) return null;
  return Uint8Array.from(caveats.flatMap(({ kind, value }) => [kind, value.length, ...value]));
}

const NO_CAVEATS: readonly Caveat[] = [];

export function caveatsOf(bytes: Uint8Array | null): readonly Caveat[] {
  if (bytes === null) return NO_CAVEATS;
  const caveats: Caveat[] = [];
  for (let at = 0; at < bytes.length;) {
    const [kind = 0, size = 0] = bytes.subarray(at, at + 2);
    caveats.push({ kind, value: bytes.slice(at + 2, at + 2 + size) });
    at += 2 + size;
  }
  return caveats;
}

export function resourceOf(text: string): Resource {
  return must(resourceIn(text), 'a stored resource is one');
}

export function rightsOfHeld(row: AccessRow): Rights & { readonly caveats: readonly Caveat[] } {
  return {
    permissions: row.permissions,
    resource: resourceOf(row.resource),
    delegations: row.delegations,
    notBeforeMs: row.not_before_ms,
    expiresMs: row.expires_ms,
    quota: row.quota,
    caveats: caveatsOf(row.caveats),
  };
}

/** A row of a list: what nobody looks at is not decoded. */
export class RowHolding implements Holding {
  readonly #row: ListedRow;

  constructor(row: ListedRow) {
    this.#row = row;
  }

  get site() {
    return siteId(this.#row.site);
  }

  get user() {
    return userId(this.#row.user);
  }

  get rights() {
    return rightsOfHeld(this.#row);
  }

  get via() {
    return this.#row.hash;
  }

  get isShared() {
    return this.#row.through !== null;
  }

  get stands() {
    return standsOf(this.#row.stands);
  }

  get number() {
    return this.#row.id;
  }
}

export function revocationOf(row: RevocationRow): RevocationRecord {
  return {
    number: row.seq,
    site: siteId(row.site),
    attestation: row.attestation,
    issuer: key(row.issuer),
    atMs: row.at_ms,
  };
}

/** Row numbers, from the first of the path on. */
export function routeOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The later beginning and the earlier end; 0 is no end. */
export function narrowed(
  a: { readonly beginsMs: number; readonly endsMs: number },
  b: { readonly beginsMs: number; readonly endsMs: number },
): { readonly beginsMs: number; readonly endsMs: number } {
  const ends = [a.endsMs, b.endsMs].filter((endsMs) => endsMs !== 0);
  return {
    beginsMs: Math.max(a.beginsMs, b.beginsMs),
    endsMs: ends.length === 0 ? 0 : Math.min(...ends),
  };
}
