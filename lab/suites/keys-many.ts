/** A site of many members for tests of keys in the SQLite store: their rows alone, which nobody could verify. */

import { userId, type UserId } from 'copse/internal/base/ids.ts';
import { ACCOUNTS_SCHEMA } from '../../server/src/store/accounts-sqlite-schema.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { openMigrated } from '../../server/src/store/migrate.ts';
import { ada, planted, publishes, site, T } from './keys-ground.ts';

/** Members in the order of their ids, before and behind those of people with keys. */
export function memberAt(index: number): UserId {
  return userId(index.toString(16).padStart(4, '0') + 'abcdef012345');
}

/** Ada's garden in the file, with so many members; `keyless` of them have stated no key. */
export async function plantMany(path: string, count: number, keyless: readonly UserId[] = []): Promise<void> {
  {
    await using accounts = SqliteAccounts.open({ path });
    await planted(accounts);
    await publishes(accounts.keys, ada);
  }
  using database = openMigrated(path, ACCOUNTS_SCHEMA);
  const user = database.prepare(`INSERT INTO user (id, key, admin, name, about, locale, version, created_ms)
    VALUES (?, ?, 0, '', '', '', 1, ?)`);
  const member =
    database.prepare(`INSERT INTO member (site, user, attestation, key_epoch, envelope, joined_ms)
    SELECT site, ?, attestation, 1, ?, ? FROM member WHERE site = ? AND user = ?`);
  const key = database.prepare(
    'INSERT INTO user_key (user, generation, statement, at_ms) VALUES (?, 1, ?, ?)',
  );
  const now = database.prepare('INSERT INTO user_key_now (user, generation, due) VALUES (?, 1, 0)');
  database.transaction(() => {
    for (let i = 0; i < count; i++) {
      const id = memberAt(i);
      user.run(id, new Uint8Array(32), T);
      member.run(id, new Uint8Array(130), T, site, ada.userId);
      if (keyless.includes(id)) continue;
      key.run(id, new Uint8Array(200), T);
      now.run(id);
    }
  });
}
