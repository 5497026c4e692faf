/** The table of digests, a step of the schema of the accounts. */

export const DIGESTS_STEP = `
CREATE TABLE digest (
  user TEXT PRIMARY KEY, email TEXT NOT NULL, after_ms INTEGER NOT NULL, since_ms INTEGER, sent_ms INTEGER,
  look_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX digest_look ON digest (look_ms);
`;
