/** The table of digests, steps of the schema of the accounts. */

export const DIGESTS_STEP = `
CREATE TABLE digest (
  user TEXT PRIMARY KEY, email TEXT NOT NULL, after_ms INTEGER NOT NULL, since_ms INTEGER, sent_ms INTEGER,
  look_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX digest_look ON digest (look_ms);
`;

/** Who wishes one is listened for also without a device that has an address: her devices are looked at anew. */
export const DIGESTS_HEARD_STEP = `
CREATE TRIGGER digest_wished AFTER INSERT ON digest BEGIN
  INSERT INTO notice_user (user, version, settled, moved, looked) VALUES (NEW.user, 0, 0, 1, 0)
    ON CONFLICT (user) DO UPDATE SET moved = moved + 1;
END;
CREATE TRIGGER digest_ended AFTER DELETE ON digest BEGIN
  UPDATE notice_user SET moved = moved + 1 WHERE user = OLD.user;
END;
INSERT INTO notice_user (user, version, settled, moved, looked) SELECT user, 0, 0, 1, 0 FROM digest WHERE true
  ON CONFLICT (user) DO UPDATE SET moved = moved + 1;
`;
