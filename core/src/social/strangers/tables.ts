/**
 * The tables of strangers, beside those of the messages (`store/schema.ts`) and apart from them: what waits in a
 * queue is found by nobody but its recipient, and counts for no account.
 */

export const STRANGERS_STEP = `
  CREATE TABLE knock (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient BLOB NOT NULL,
    id BLOB NOT NULL,
    sender BLOB NOT NULL,
    bits INTEGER NOT NULL,
    is_invitation INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body BLOB,
    UNIQUE (recipient, id)
  ) STRICT;
  CREATE INDEX knock_queue ON knock (recipient, bits, seq) WHERE body IS NOT NULL;
  CREATE INDEX knock_least ON knock (bits, seq) WHERE body IS NOT NULL;
  CREATE INDEX knock_answered ON knock (recipient, seq) WHERE body IS NULL;
  CREATE INDEX knock_until ON knock (until_ms);
  CREATE TABLE reach (
    user BLOB PRIMARY KEY,
    reach INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE guest (
    user BLOB NOT NULL,
    who BLOB NOT NULL,
    until_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (user, who)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE away (
    user BLOB NOT NULL,
    whom BLOB NOT NULL,
    PRIMARY KEY (user, whom)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE report (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    by_user BLOB NOT NULL,
    about BLOB NOT NULL,
    why TEXT NOT NULL,
    message BLOB,
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX report_by ON report (by_user);
  `;
