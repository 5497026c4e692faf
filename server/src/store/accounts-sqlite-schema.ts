/**
 * The tables of the authority. Ids are lower-case hex, so that a person with the sqlite3 shell reads
 * them; keys and signed objects are blobs as received. Keys that open anything are not in here: site
 * keys arrive sealed, token keys are derived from the node's seed.
 */

import { HIDDEN_STEP, TREE_STEP } from './accounts-tree-schema.ts';
import { grantsStep } from './accounts-sqlite-grants-schema.ts';
import { layoutStep } from './accounts-sqlite-layout-step.ts';
import { DIGESTS_HEARD_STEP, DIGESTS_STEP } from './digests-schema.ts';
import { EMAIL_STEP } from './email-schema.ts';
import { KEYS_STEP } from './keys-schema.ts';
import type { Schema } from './migrate.ts';
import { NOTICES_NEIGHBOURHOOD_STEP, NOTICES_STEP } from './notices-schema.ts';
import { RECOVERY_STEP } from './recovery-schema.ts';

const STEP_1 = `
CREATE TABLE user (
  id TEXT PRIMARY KEY, key BLOB NOT NULL, admin INTEGER NOT NULL,
  name TEXT NOT NULL, about TEXT NOT NULL, locale TEXT NOT NULL, version INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, invited_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX user_admin ON user (admin) WHERE admin = 1;

CREATE TABLE device (
  id TEXT PRIMARY KEY, key BLOB NOT NULL, user TEXT NOT NULL REFERENCES user (id), name TEXT NOT NULL,
  min_epoch INTEGER NOT NULL, created_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL,
  blessed_ms INTEGER NOT NULL, revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_user ON device (user, revoked_ms, seen_ms);

CREATE TABLE issued (
  device TEXT NOT NULL REFERENCES device (id), guid BLOB NOT NULL, token BLOB NOT NULL,
  expires_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (device, guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX issued_at ON issued (at_ms);

CREATE TABLE attestation (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, above INTEGER REFERENCES attestation (id),
  site TEXT NOT NULL, issuer BLOB NOT NULL, subject BLOB NOT NULL, permissions INTEGER NOT NULL,
  resource TEXT NOT NULL, delegations INTEGER NOT NULL, not_before_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL, quota INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX attestation_above ON attestation (above);

CREATE TABLE site (
  id TEXT PRIMARY KEY, root BLOB NOT NULL, label BLOB NOT NULL, version INTEGER NOT NULL,
  key_epoch INTEGER NOT NULL, members INTEGER NOT NULL, created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  site TEXT NOT NULL REFERENCES site (id), user TEXT NOT NULL REFERENCES user (id),
  attestation INTEGER NOT NULL REFERENCES attestation (id), key_epoch INTEGER NOT NULL,
  envelope BLOB NOT NULL, joined_ms INTEGER NOT NULL, invited_by TEXT, left_ms INTEGER,
  PRIMARY KEY (site, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_user ON member (user, site) WHERE left_ms IS NULL;

CREATE TABLE invitation (
  key BLOB PRIMARY KEY, site TEXT NOT NULL REFERENCES site (id), by_user TEXT NOT NULL REFERENCES user (id),
  attestation INTEGER NOT NULL REFERENCES attestation (id), key_epoch INTEGER NOT NULL,
  envelope BLOB NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
  taken_by TEXT, joined_ms INTEGER, withdrawn_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_site ON invitation (site, created_ms);
CREATE INDEX invitation_open ON invitation (site, expires_ms) WHERE joined_ms IS NULL AND withdrawn_ms IS NULL;

CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  user TEXT, device TEXT, site TEXT, epoch INTEGER
) STRICT;
CREATE INDEX change_at ON change (at_ms);
`;

/** Which pages may use a site, in the order in which its admins named them. */
const ORIGINS_STEP = `
CREATE TABLE site_origin (
  site TEXT NOT NULL REFERENCES site (id), place INTEGER NOT NULL, origin TEXT NOT NULL,
  PRIMARY KEY (site, place)
) STRICT, WITHOUT ROWID;
`;

export const ACCOUNTS_SCHEMA: Schema = {
  name: 'the accounts',
  steps: [
    STEP_1,
    grantsStep,
    RECOVERY_STEP,
    EMAIL_STEP,
    KEYS_STEP,
    ORIGINS_STEP,
    layoutStep,
    NOTICES_STEP,
    DIGESTS_STEP,
    DIGESTS_HEARD_STEP,
    TREE_STEP,
    HIDDEN_STEP,
    NOTICES_NEIGHBOURHOOD_STEP,
  ],
};
