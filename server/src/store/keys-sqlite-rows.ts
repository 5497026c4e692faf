/** The statements about keys, their rows, and the records that the rows mean. */

import { signedBytesMax, proofDepthMax } from 'copse/internal/base/limits.ts';
import { list } from 'copse/internal/wire/compound.ts';
import { bytes, decode, encode } from 'copse/internal/wire/shape.ts';
import type { StoredSet } from './keys.ts';
import type { Database } from './sqlite.ts';

const proofShape = list(bytes(signedBytesMax), proofDepthMax);

export const setProof = (proof: readonly Uint8Array[]): Uint8Array => encode(proofShape, proof);

interface SetRow {
  readonly epoch: number;
  readonly body: Uint8Array;
  readonly blessing: Uint8Array;
  readonly proof: Uint8Array;
}

export function setOf({ epoch, body, blessing, proof }: SetRow): StoredSet {
  return { epoch, set: body, blessing, proof: decode(proofShape, proof) };
}

/** Present members to whose key can be sealed: it is stated, and no device that has ended knows it. */
const SEALABLE = `
  FROM member m JOIN user u ON u.id = m.user
  JOIN user_key_now n ON n.user = m.user AND n.due = 0
  JOIN user_key k ON k.user = n.user AND k.generation = n.generation
  JOIN site s ON s.id = m.site`;
const LACKS_NEWEST = `m.key_epoch < s.key_epoch AND NOT EXISTS (
  SELECT 1 FROM site_envelope e WHERE e.site = m.site AND e.epoch = s.key_epoch AND e.user = m.user)`;
const PAGE = 'm.site = ? AND m.user > ? AND m.left_ms IS NULL';

const SQL = {
  exchange: 'SELECT statement FROM device_exchange WHERE device = ?',
  putExchange: `INSERT INTO device_exchange (device, statement) VALUES (?, ?)
    ON CONFLICT (device) DO UPDATE SET statement = excluded.statement`,
  userKey: `SELECT n.generation, k.statement, n.due FROM user_key_now n
    JOIN user_key k ON k.user = n.user AND k.generation = n.generation WHERE n.user = ?`,
  devices: `SELECT d.id AS device, d.key, x.statement,
      EXISTS (SELECT 1 FROM user_envelope e WHERE e.user = d.user AND e.device = d.id
        AND e.generation = (SELECT generation FROM user_key_now WHERE user = d.user)) AS holds
    FROM device d LEFT JOIN device_exchange x ON x.device = d.id
    WHERE d.user = ? AND d.revoked_ms IS NULL ORDER BY d.id`,
  userEnvelope: `SELECT e.envelope FROM user_envelope e JOIN user_key_now n ON n.user = e.user
    WHERE e.user = ? AND e.device = ? AND e.generation = n.generation`,
  addUserKey: 'INSERT INTO user_key (user, generation, statement, at_ms) VALUES (?, ?, ?, ?)',
  putUserKeyNow: `INSERT INTO user_key_now (user, generation, due) VALUES (?, ?, ?)
    ON CONFLICT (user) DO UPDATE SET generation = excluded.generation, due = excluded.due`,
  hasEnded: 'SELECT 1 AS one FROM device WHERE user = ? AND revoked_ms IS NOT NULL LIMIT 1',
  putUserEnvelope: `INSERT INTO user_envelope (user, device, generation, envelope) VALUES (?, ?, ?, ?)
    ON CONFLICT (user, device) DO UPDATE SET generation = excluded.generation, envelope = excluded.envelope`,
  userKeysBelow: `SELECT statement FROM user_key WHERE user = ? AND generation < ?
    ORDER BY generation DESC LIMIT ?`,
  site: 'SELECT key_epoch, label, version FROM site WHERE id = ?',
  set: 'SELECT epoch, body, blessing, proof FROM key_set WHERE site = ? AND epoch = ?',
  setsBelow: `SELECT epoch, body, blessing, proof FROM key_set WHERE site = ? AND epoch < ?
    ORDER BY epoch DESC LIMIT ?`,
  envelope: 'SELECT envelope FROM site_envelope WHERE site = ? AND epoch = ? AND user = ?',
  memberEnvelope: 'SELECT envelope FROM member WHERE site = ? AND user = ? AND key_epoch = ?',
  canTake: `SELECT 1 AS one FROM member m JOIN user_key_now n ON n.user = m.user AND n.due = 0
    WHERE m.site = ? AND m.user = ? AND m.left_ms IS NULL AND (n.generation = ? OR ? = 0)`,
  roster: `SELECT m.user, u.key, k.statement ${SEALABLE} WHERE ${PAGE} ORDER BY m.user LIMIT ?`,
  missing: `SELECT m.user, u.key, k.statement ${SEALABLE} WHERE ${PAGE} AND ${LACKS_NEWEST}
    ORDER BY m.user LIMIT ?`,
  dueForUser: `INSERT INTO rekey (site, rotate, marks, since_ms)
    SELECT m.site, 0, 0, ? FROM member m JOIN site s ON s.id = m.site
    WHERE m.user = ? AND m.left_ms IS NULL AND ${LACKS_NEWEST}
    ON CONFLICT (site) DO NOTHING`,
  rotation: 'SELECT epoch, user, device, resume, marks FROM rotation WHERE site = ?',
  addRotation: `INSERT INTO rotation (site, epoch, user, device, resume, marks, at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  takeRotation: 'UPDATE rotation SET device = ? WHERE site = ?',
  dropRotation: 'DELETE FROM rotation WHERE site = ?',
  parts: 'SELECT hash, last_user FROM rotation_part WHERE site = ? ORDER BY part',
  putPart: `INSERT INTO rotation_part (site, part, hash, last_user) VALUES (?, ?, ?, ?)
    ON CONFLICT (site, part) DO UPDATE SET hash = excluded.hash, last_user = excluded.last_user`,
  dropParts: 'DELETE FROM rotation_part WHERE site = ?',
  putEnvelope: `INSERT INTO site_envelope (site, epoch, user, generation, envelope) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (site, epoch, user) DO UPDATE SET generation = excluded.generation, envelope = excluded.envelope`,
  dropEnvelopes: `DELETE FROM site_envelope WHERE site = ? AND epoch = ? AND user IN (
    SELECT user FROM site_envelope WHERE site = ? AND epoch = ? LIMIT ?)`,
  addSet: 'INSERT INTO key_set (site, epoch, body, blessing, proof, at_ms) VALUES (?, ?, ?, ?, ?, ?)',
  raise: 'UPDATE site SET key_epoch = ?, label = ?, version = version + 1 WHERE id = ?',
  settle: 'DELETE FROM rekey WHERE site = ?',
  settleAdmitted: 'DELETE FROM rekey WHERE site = ? AND rotate = 0',
  forget: `DELETE FROM site_envelope WHERE site = ? AND epoch = ? AND user IN (
    SELECT o.user FROM site_envelope o WHERE o.site = ? AND o.epoch = ? AND EXISTS (
      SELECT 1 FROM site_envelope e
      WHERE e.site = o.site AND e.epoch = ? AND e.user = o.user AND length(e.envelope) > 0) LIMIT ?)`,
  dueSite: 'SELECT rotate, marks, since_ms FROM rekey WHERE site = ?',
  dueSites: 'SELECT site FROM rekey WHERE site > ? ORDER BY site LIMIT ?',
  due: `SELECT r.site, r.rotate, r.since_ms FROM member m JOIN rekey r ON r.site = m.site
    WHERE m.user = ? AND m.left_ms IS NULL AND m.site > ? ORDER BY m.site LIMIT ?`,
} as const;

interface MemberRow {
  readonly user: string;
  readonly key: Uint8Array;
  readonly statement: Uint8Array;
}

interface Rows {
  readonly exchange: { readonly statement: Uint8Array };
  readonly userKey: { readonly generation: number; readonly statement: Uint8Array; readonly due: number };
  readonly devices: {
    readonly device: string;
    readonly key: Uint8Array;
    readonly statement: Uint8Array | null;
    readonly holds: number;
  };
  readonly userEnvelope: { readonly envelope: Uint8Array };
  readonly userKeysBelow: { readonly statement: Uint8Array };
  readonly site: { readonly key_epoch: number; readonly label: Uint8Array; readonly version: number };
  readonly set: SetRow;
  readonly setsBelow: SetRow;
  readonly envelope: { readonly envelope: Uint8Array };
  readonly memberEnvelope: { readonly envelope: Uint8Array };
  readonly roster: MemberRow;
  readonly missing: MemberRow;
  readonly rotation: {
    readonly epoch: number;
    readonly user: string;
    readonly device: string;
    readonly resume: Uint8Array;
    readonly marks: number;
  };
  readonly parts: { readonly hash: Uint8Array; readonly last_user: string };
  readonly dueSite: { readonly rotate: number; readonly marks: number; readonly since_ms: number };
  readonly dueSites: { readonly site: string };
  readonly due: { readonly site: string; readonly rotate: number; readonly since_ms: number };
}

type RowOf<Name> = Name extends keyof Rows ? Rows[Name] : object;

export function keysStatements(database: Database) {
  const of = <Name extends keyof typeof SQL>(name: Name) => database.prepare<RowOf<Name>>(SQL[name]);
  return {
    exchange: of('exchange'),
    putExchange: of('putExchange'),
    userKey: of('userKey'),
    devices: of('devices'),
    userEnvelope: of('userEnvelope'),
    addUserKey: of('addUserKey'),
    putUserKeyNow: of('putUserKeyNow'),
    hasEnded: of('hasEnded'),
    putUserEnvelope: of('putUserEnvelope'),
    userKeysBelow: of('userKeysBelow'),
    site: of('site'),
    set: of('set'),
    setsBelow: of('setsBelow'),
    envelope: of('envelope'),
    memberEnvelope: of('memberEnvelope'),
    canTake: of('canTake'),
    roster: of('roster'),
    missing: of('missing'),
    dueForUser: of('dueForUser'),
    rotation: of('rotation'),
    addRotation: of('addRotation'),
    takeRotation: of('takeRotation'),
    dropRotation: of('dropRotation'),
    parts: of('parts'),
    putPart: of('putPart'),
    dropParts: of('dropParts'),
    putEnvelope: of('putEnvelope'),
    dropEnvelopes: of('dropEnvelopes'),
    addSet: of('addSet'),
    raise: of('raise'),
    settle: of('settle'),
    settleAdmitted: of('settleAdmitted'),
    forget: of('forget'),
    dueSite: of('dueSite'),
    dueSites: of('dueSites'),
    due: of('due'),
  };
}

export type KeysStatements = ReturnType<typeof keysStatements>;
