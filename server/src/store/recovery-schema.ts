/**
 * Tables of recoveries and resets, a step of the schema of the accounts. Destroyed secrets are empty blobs;
 * a decoy is an id that somebody guessed at and nobody registered.
 */

export const RECOVERY_STEP = `
CREATE TABLE recovery (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, user TEXT, card BLOB NOT NULL,
  seed BLOB NOT NULL, tag BLOB NOT NULL, share BLOB NOT NULL, locked INTEGER NOT NULL,
  tries INTEGER NOT NULL, tries_max INTEGER NOT NULL,
  made_ms INTEGER NOT NULL, asked_ms INTEGER, recovered_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_user ON recovery (user) WHERE user IS NOT NULL;

CREATE TABLE recovery_decoy (
  id TEXT PRIMARY KEY, tries INTEGER NOT NULL, locked INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_decoy_at ON recovery_decoy (at_ms);

CREATE TABLE recovery_grant (
  key TEXT PRIMARY KEY, by_user TEXT NOT NULL, expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  used_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_grant_by ON recovery_grant (by_user, created_ms);

CREATE TABLE reset (
  id TEXT PRIMARY KEY, user TEXT NOT NULL, key BLOB NOT NULL, agree BLOB NOT NULL, proof BLOB NOT NULL,
  device BLOB NOT NULL, device_name TEXT NOT NULL, blessed_ms INTEGER NOT NULL, words TEXT NOT NULL,
  created_ms INTEGER NOT NULL, state TEXT NOT NULL, decided_ms INTEGER, decided_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX reset_state ON reset (state, created_ms);

CREATE TABLE succession (
  was TEXT PRIMARY KEY, user TEXT NOT NULL UNIQUE, request TEXT NOT NULL, at_ms INTEGER NOT NULL,
  done INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX succession_open ON succession (done) WHERE done = 0;

CREATE TABLE pending_member (
  site TEXT NOT NULL, user TEXT NOT NULL, was TEXT NOT NULL, permissions INTEGER NOT NULL,
  sealed BLOB, PRIMARY KEY (site, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_member_user ON pending_member (user);
`;
