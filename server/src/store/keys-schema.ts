/**
 * Tables of keys, a step of the schema of the accounts. What makes a key due is noted by triggers: whoever
 * ends a device or a membership, and by whichever statement, it happens in that very transaction.
 */

export const KEYS_STEP = `
CREATE TABLE device_exchange (device TEXT PRIMARY KEY, statement BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE user_key (
  user TEXT NOT NULL, generation INTEGER NOT NULL, statement BLOB NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (user, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_key_now (
  user TEXT PRIMARY KEY, generation INTEGER NOT NULL, due INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE user_envelope (
  user TEXT NOT NULL, device TEXT NOT NULL, generation INTEGER NOT NULL, envelope BLOB NOT NULL,
  PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_set (
  site TEXT NOT NULL, epoch INTEGER NOT NULL, body BLOB NOT NULL, blessing BLOB NOT NULL, proof BLOB NOT NULL,
  at_ms INTEGER NOT NULL, PRIMARY KEY (site, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE site_envelope (
  site TEXT NOT NULL, epoch INTEGER NOT NULL, user TEXT NOT NULL, generation INTEGER NOT NULL,
  envelope BLOB NOT NULL, PRIMARY KEY (site, epoch, user)
) STRICT, WITHOUT ROWID;
CREATE TABLE rotation (
  site TEXT PRIMARY KEY, epoch INTEGER NOT NULL, user TEXT NOT NULL, device TEXT NOT NULL,
  resume BLOB NOT NULL, marks INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE rotation_part (
  site TEXT NOT NULL, part INTEGER NOT NULL, hash BLOB NOT NULL, last_user TEXT NOT NULL,
  PRIMARY KEY (site, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE rekey (
  site TEXT PRIMARY KEY, rotate INTEGER NOT NULL, marks INTEGER NOT NULL, since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER rekey_device AFTER UPDATE OF revoked_ms ON device
WHEN OLD.revoked_ms IS NULL AND NEW.revoked_ms IS NOT NULL BEGIN
  UPDATE user_key_now SET due = 1 WHERE user = NEW.user;
  DELETE FROM user_envelope WHERE user = NEW.user AND device = NEW.id;
  INSERT INTO rekey (site, rotate, marks, since_ms)
    SELECT site, 1, 1, NEW.revoked_ms FROM member WHERE user = NEW.user AND left_ms IS NULL
    ON CONFLICT (site) DO UPDATE SET rotate = 1, marks = marks + 1;
END;
CREATE TRIGGER rekey_left AFTER UPDATE OF left_ms ON member
WHEN OLD.left_ms IS NULL AND NEW.left_ms IS NOT NULL BEGIN
  INSERT INTO rekey (site, rotate, marks, since_ms) VALUES (NEW.site, 1, 1, NEW.left_ms)
    ON CONFLICT (site) DO UPDATE SET rotate = 1, marks = marks + 1;
END;
CREATE TRIGGER rekey_joined AFTER INSERT ON member
WHEN NEW.key_epoch < (SELECT key_epoch FROM site WHERE id = NEW.site) BEGIN
  INSERT INTO rekey (site, rotate, marks, since_ms) VALUES (NEW.site, 0, 0, NEW.joined_ms)
    ON CONFLICT (site) DO NOTHING;
END;
CREATE TRIGGER rekey_back AFTER UPDATE OF left_ms ON member
WHEN OLD.left_ms IS NOT NULL AND NEW.left_ms IS NULL
  AND NEW.key_epoch < (SELECT key_epoch FROM site WHERE id = NEW.site) BEGIN
  INSERT INTO rekey (site, rotate, marks, since_ms) VALUES (NEW.site, 0, 0, NEW.joined_ms)
    ON CONFLICT (site) DO NOTHING;
END;
`;
