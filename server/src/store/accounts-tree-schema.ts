/**
 * The tables of the account tree. The users of a node that had none hang below the node, whose row is the
 * first; who was replaced after a reset is gone.
 */

import { accountBytesIssued, accountBytesMax } from 'copse/internal/base/limits-accounts.ts';

/** Where to look for what is hidden, and whose. */
export const HIDDEN_STEP = `
CREATE INDEX account_hidden ON account (place) WHERE content = 'hide';
CREATE INDEX account_key_place ON account_key (place);
`;

export const TREE_STEP = `
CREATE TABLE account (
  place INTEGER PRIMARY KEY, key BLOB NOT NULL, name TEXT NOT NULL, parent INTEGER REFERENCES account (place),
  quota INTEGER NOT NULL, bytes INTEGER NOT NULL, state TEXT NOT NULL, admin INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL, removed_ms INTEGER, removed_by INTEGER,
  removed_was TEXT, extent TEXT, content TEXT, reason TEXT
) STRICT;
CREATE INDEX account_parent ON account (parent, place);
CREATE INDEX account_over ON account (expires_ms) WHERE state = 'temporary';
CREATE INDEX account_removed ON account (removed_ms) WHERE state = 'removed';
CREATE INDEX account_admin ON account (place) WHERE admin = 1;

CREATE TABLE account_key (key BLOB PRIMARY KEY, place INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE account_gift (
  giver INTEGER NOT NULL, place INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (giver, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_act (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, bytes BLOB NOT NULL,
  actor INTEGER NOT NULL, target INTEGER NOT NULL, at_ms INTEGER NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;

CREATE TABLE account_job (
  removed INTEGER NOT NULL, final INTEGER NOT NULL, place INTEGER NOT NULL, after INTEGER NOT NULL,
  PRIMARY KEY (removed, final, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_issued (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL) STRICT;

INSERT INTO account (place, key, name, parent, quota, bytes, state, admin, expires_ms, made_ms)
  VALUES (0, zeroblob(32), '', NULL, 0, 0, 'there', 0, 0, 0);
INSERT INTO account (key, name, parent, quota, bytes, state, admin, expires_ms, made_ms)
  SELECT u.key, u.name, 0, 0, CASE WHEN u.admin = 1 THEN ${accountBytesMax} ELSE ${accountBytesIssued} END,
    CASE WHEN EXISTS (SELECT 1 FROM succession s WHERE s.was = u.id) THEN 'gone' ELSE 'there' END,
    u.admin, 0, u.created_ms
  FROM user u ORDER BY u.created_ms, u.id;
INSERT INTO account_key (key, place) SELECT key, place FROM account;
INSERT INTO account_issued (one, count) SELECT 1, count(*) FROM account WHERE place > 0 AND state = 'there';
`;
