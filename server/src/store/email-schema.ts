/** The table of e-mail sign-ins, a step of the schema of the accounts. Keys and hashes are hex. */

export const EMAIL_STEP = `
CREATE TABLE email (
  user TEXT NOT NULL, device TEXT NOT NULL, label TEXT NOT NULL, email TEXT NOT NULL, provider TEXT NOT NULL,
  method TEXT NOT NULL, account TEXT NOT NULL, statement INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (user, device, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_user ON email (user, statement);
CREATE INDEX email_label ON email (label, statement);
`;
