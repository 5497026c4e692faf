/**
 * The tables of what notify keeps. Ids are lower-case hex, so that a person with the sqlite3 shell reads them.
 * What belongs to a user lies together: an update of hers changes few pages.
 */

import type { Schema } from './migrate.ts';

const STEP_1 = `
CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), epoch BLOB NOT NULL) STRICT;

CREATE TABLE user (
  id TEXT PRIMARY KEY, version INTEGER NOT NULL, hash BLOB NOT NULL, digest BLOB NOT NULL,
  zone TEXT, days INTEGER, from_minute INTEGER, to_minute INTEGER, mentions_pass INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE listener (
  user TEXT NOT NULL, device TEXT NOT NULL, site TEXT NOT NULL,
  audience TEXT NOT NULL, level TEXT NOT NULL, override TEXT, for_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL, tags BLOB NOT NULL,
  read_all INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0,
  outstanding INTEGER NOT NULL DEFAULT 0, shown INTEGER NOT NULL DEFAULT 0, mentions BLOB,
  PRIMARY KEY (user, device, site)
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint (
  user TEXT NOT NULL, device TEXT NOT NULL, url TEXT NOT NULL, p256dh BLOB NOT NULL, auth BLOB NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0, since_ms INTEGER NOT NULL DEFAULT 0, gone_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE pause (
  user TEXT NOT NULL, device TEXT NOT NULL, step INTEGER NOT NULL, until_ms INTEGER NOT NULL,
  PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE site (id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE log (
  site TEXT NOT NULL, log TEXT NOT NULL, length INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  place INTEGER NOT NULL, PRIMARY KEY (site, log)
) STRICT, WITHOUT ROWID;

CREATE TABLE mark (
  user TEXT NOT NULL, site TEXT NOT NULL, log TEXT NOT NULL, ordinal INTEGER NOT NULL,
  PRIMARY KEY (user, site, log)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_site ON mark (site);

CREATE TABLE told (
  id INTEGER PRIMARY KEY, user TEXT NOT NULL, device TEXT NOT NULL, site TEXT NOT NULL,
  at_ms INTEGER NOT NULL, what TEXT NOT NULL
) STRICT;
CREATE INDEX told_user ON told (user, id);

CREATE TABLE letter (
  id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, device TEXT NOT NULL, at_ms INTEGER NOT NULL,
  why TEXT NOT NULL, last TEXT NOT NULL, message BLOB NOT NULL
) STRICT;
`;

/** What a letter said is found in the state when it is sent again; of the old ones nobody knows where they went. */
const STEP_2 = `
ALTER TABLE letter DROP COLUMN message;
ALTER TABLE letter ADD COLUMN origin TEXT NOT NULL DEFAULT '';
`;

/** Up to where the messages of the neighbourhood were looked at. */
const STEP_3 = `
CREATE TABLE followed (
  one INTEGER PRIMARY KEY CHECK (one = 1), epoch BLOB NOT NULL, seq INTEGER NOT NULL, knock INTEGER NOT NULL,
  base INTEGER NOT NULL
) STRICT;
`;

export const NEWS_SCHEMA: Schema = { name: 'the notifications', steps: [STEP_1, STEP_2, STEP_3] };
