/** The file `files.sqlite` (SPEC J8): steps of its schema. */

import type { Schema } from './migrate.ts';

/** Of `file.state`. */
export const COMING = 0;
export const WHOLE = 1;
export const FALLEN = 2;
/** Of `hold.kind`. */
export const OWN = 0;
export const CACHE = 1;

/**
 * `file.holds` counts the accounts for whom it does not fall: who owns it, has pinned or is uploading it. A file that
 * has fallen has no address and no holders, and goes with its chunks, a few at a time.
 */
const FIRST = `
CREATE TABLE file (
  id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT UNIQUE, sha256 TEXT, size INTEGER NOT NULL, type TEXT NOT NULL,
  root BLOB, digests BLOB, state INTEGER NOT NULL, width INTEGER, height INTEGER, holders INTEGER NOT NULL,
  holds INTEGER NOT NULL, seen_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX file_sha256 ON file (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX file_idle ON file (seen_ms) WHERE state = 0;
CREATE INDEX file_loose ON file (seen_ms) WHERE state = 1 AND holds = 0;
CREATE INDEX file_fallen ON file (id) WHERE state = 2;
CREATE TABLE part (
  file INTEGER NOT NULL, at INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (file, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE chunk (digest BLOB PRIMARY KEY, uses INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX chunk_unused ON chunk (digest) WHERE uses = 0;
CREATE TABLE hold (
  account TEXT NOT NULL, file INTEGER NOT NULL, kind INTEGER NOT NULL, pinned INTEGER NOT NULL,
  coming INTEGER NOT NULL, bytes INTEGER NOT NULL, name TEXT NOT NULL, used_ms INTEGER NOT NULL,
  PRIMARY KEY (account, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_file ON hold (file);
CREATE INDEX hold_coming ON hold (account) WHERE coming = 1;
CREATE INDEX hold_loose ON hold (account, used_ms) WHERE kind = 1 AND pinned = 0 AND coming = 0;
CREATE TABLE account (
  account TEXT PRIMARY KEY, bytes INTEGER NOT NULL, cache INTEGER NOT NULL, files INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE upload (
  name TEXT PRIMARY KEY, file INTEGER NOT NULL UNIQUE, account TEXT NOT NULL, size INTEGER,
  at INTEGER NOT NULL, tail BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE granted (id TEXT PRIMARY KEY, bytes INTEGER NOT NULL, expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX granted_expires ON granted (expires_ms);
CREATE TABLE total (one INTEGER PRIMARY KEY CHECK (one = 1), files INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO total (one, files, bytes) VALUES (1, 0, 0);
`;

export const FILES_SCHEMA: Schema = { name: 'the files of the node', steps: [FIRST] };
