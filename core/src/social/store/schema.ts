/**
 * The tables of the messages. `ref` finds them by key and time and holds nothing else, so that a page is one
 * walk over neighbouring rows; bodies lie apart, in the order of arrival, where they are written without
 * looking for a place.
 */

/** Append-only: step n leads from version n to n + 1. */
export const PEER_STEPS: readonly string[] = [
  `
  CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    mark_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    time_ms INTEGER NOT NULL,
    age_ms INTEGER,
    payer INTEGER NOT NULL,
    size INTEGER NOT NULL,
    edit INTEGER,
    is_post INTEGER NOT NULL,
    body BLOB
  ) STRICT;
  CREATE INDEX message_age ON message (payer, age_ms, seq) WHERE age_ms IS NOT NULL;
  CREATE TABLE ref (
    key BLOB NOT NULL,
    time_ms INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (key, time_ms, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE current (
    author BLOB NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (author, kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE peer (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch BLOB NOT NULL,
    words_seq INTEGER NOT NULL,
    pruned_seq INTEGER NOT NULL
  ) STRICT;
  CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
  `,
];
