/** A real process with real files of auth and notify, killed without warning while devices speak (SPEC I12, I19). */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { siteId } from 'copse/internal/base/ids.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import { directLink, Stage } from './auth-stage.ts';
import { killedWriter } from './killed.ts';
import { NotifyDouble, told } from './notices-stage.ts';
import { person } from './people.ts';

const CHILD = fileURLToPath(new URL('./notices-busy.ts', import.meta.url));
const ROUNDS = 3;
const LINES = 150;

/** What was answered last of each site: its level, or that it was left. */
function answeredIn(lines: readonly string[], levels: Map<string, string>): void {
  for (const line of lines) {
    const [what = '', name = '', site = '', level = ''] = line.split(' ');
    if (what === 'level') levels.set(`${name} ${site}`, level);
    if (what === 'left') levels.set(`${name} ${site}`, 'left');
  }
}

test('[I12, I19] what a device was answered is heard by notify after kill -9 of both, round after round', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-notices-kill-'));
  const [accountsPath, newsPath] = [join(directory, 'auth.sqlite'), join(directory, 'notify.sqlite')];
  const levels = new Map<string, string>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const lines = await killedWriter(
        [CHILD, accountsPath, newsPath, String(round)],
        (said) => said.split('\n').length > LINES,
      );
      answeredIn(lines, levels);
      const lastSites = new Map(lines.map((line) => [line.split(' ')[1], line.split(' ')[2]]));
      const notify = new NotifyDouble(SqliteNews.open({ path: newsPath }));
      await using news = notify.store;
      await using stage = await Stage.open({
        link: directLink,
        accounts: SqliteAccounts.open({ path: accountsPath }),
        part: { notify },
      });
      await told(stage.clock, 20);
      deepEqual(await stage.accounts.notices.waiting(null, 9), []);
      for (const [place, level] of levels) {
        const [name = '', site = ''] = place.split(' ');
        const { userId, deviceId } = await person(name);
        const listener = (await news.stored(userId)).state.listener(deviceId, siteId(site));
        // What a person did next may have happened without being answered.
        if (lastSites.get(name) !== site) equal(listener?.level ?? 'left', level, `${place} in ${round}`);
      }
    }
    ok(levels.size > 200, `${levels.size} sites`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
