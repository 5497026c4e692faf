/**
 * Tables of what devices hear, a step of the schema of the accounts (`notices.ts`). What changes the rights of a
 * user is noted by triggers: whichever statement does it, it happens in that very transaction.
 */

export const NOTICES_STEP = `
CREATE TABLE notice_user (
  user TEXT PRIMARY KEY, epoch BLOB, version INTEGER NOT NULL, settled INTEGER NOT NULL,
  moved INTEGER NOT NULL, looked INTEGER NOT NULL, due_ms INTEGER,
  zone TEXT, days INTEGER, from_minute INTEGER, to_minute INTEGER, mentions_pass INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_waiting ON notice_user (user) WHERE settled = 0 OR moved <> looked;
CREATE INDEX notice_due ON notice_user (due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE notice_device (
  user TEXT NOT NULL, device TEXT NOT NULL, url TEXT NOT NULL, p256dh BLOB NOT NULL, auth BLOB NOT NULL,
  min_epoch INTEGER NOT NULL, PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice_listener (
  user TEXT NOT NULL, device TEXT NOT NULL, site TEXT NOT NULL, audience TEXT NOT NULL, level TEXT NOT NULL,
  override TEXT, for_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, tags BLOB NOT NULL,
  PRIMARY KEY (user, device, site)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER notice_gained AFTER INSERT ON held BEGIN
  UPDATE notice_user SET moved = moved + 1 WHERE user = NEW.user;
END;
CREATE TRIGGER notice_lost AFTER DELETE ON held BEGIN
  UPDATE notice_user SET moved = moved + 1 WHERE user = OLD.user;
END;
CREATE TRIGGER notice_ended AFTER UPDATE OF min_epoch ON device BEGIN
  UPDATE notice_user SET moved = moved + 1 WHERE user = NEW.user;
END;
`;

/** Everybody listens in her neighbourhood, too, and is looked at again for it. */
export const NOTICES_NEIGHBOURHOOD_STEP = `
UPDATE notice_user SET moved = moved + 1;
`;
