/**
 * A process in which a device says without end what it hears, founds sites and leaves them, and auth tells notify;
 * it prints each line when it was answered. Run by `notices-kill.test.ts`, until it is killed.
 */

import { writeSync } from 'node:fs';
import { must } from 'copse/internal/base/assert.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import { directLink, Stage } from './auth-stage.ts';
import { address, noticesOf, NotifyDouble } from './notices-stage.ts';
import { ground, person } from './people.ts';

const RATES = { sessionPerSecond: 1e9, sessionBurst: 1e9, strangersPerSecond: 1e9, strangersBurst: 1e9 };
const LEVELS = ['all', 'mentions', 'none'] as const;
const STDOUT = 1;

const [accountsPath = '', newsPath = '', run = '0'] = process.argv.slice(2);
const notify = new NotifyDouble(SqliteNews.open({ path: newsPath }));
const stage = await Stage.open({
  link: directLink,
  accounts: SqliteAccounts.open({ path: accountsPath }),
  part: { rates: RATES, notify },
});

const say = (...words: readonly string[]): void => void writeSync(STDOUT, `${words.join(' ')}\n`);

async function live(name: string): Promise<void> {
  const who = await person(name);
  const actor = await stage.enter(who);
  await actor.signUp();
  const notices = noticesOf(actor);
  await notices.subscribe(address(1));
  say('address', name);
  for (let n = 0; ; n++) {
    const of = await ground(`${name} ${run} ${n}`);
    await actor.found(of);
    const level = must(LEVELS[n % LEVELS.length], 'a level');
    await notices.level({ site: of.site, level });
    say('level', name, of.site, level);
    if (n % 4 !== 3) continue;
    await actor.remote.leave({ site: of.site });
    say('left', name, of.site);
  }
}

/** The clock goes on, so that auth tells while devices speak. */
async function tick(): Promise<void> {
  for (;;) {
    stage.clock.advance(5);
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

await Promise.all([tick(), ...['Ada', 'Bea', 'Cleo'].map(live)]);
