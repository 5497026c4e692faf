/**
 * A process that changes accounts without end and says on its standard output what has been acknowledged,
 * one line each, so that whoever kills it knows what must be there afterwards (SPEC A16).
 */

import { writeSync } from 'node:fs';
import { must } from 'copse/internal/base/assert.ts';
import { directLink, Stage } from './auth-stage.ts';
import { ground, person } from './people.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';

const RATES = { sessionPerSecond: 1e9, sessionBurst: 1e9, strangersPerSecond: 1e9, strangersBurst: 1e9 };
const STDOUT = 1;

const path = must(process.argv[2], 'the path of the accounts');
const round = must(process.argv[3], 'the number of the round');
const stage = await Stage.open({
  link: directLink,
  accounts: SqliteAccounts.open({ path }),
  part: { rates: RATES },
});

const say = (...words: readonly string[]): void => void writeSync(STDOUT, `${words.join(' ')}\n`);

/** One person's life; several go on at once, so that commits hold the work of several. */
async function live(name: string): Promise<void> {
  const host = await stage.enter(await person(name), { stranger: true });
  await host.signUp();
  say('user', name);
  const of = await ground(name);
  await host.found(of);
  say('site', name);
  const invitation = await host.invite(of.site, name);
  say('invitation', name);
  const guest = await stage.enter(await person(`${name}'s guest`), { stranger: true });
  await guest.signUp();
  await guest.join(invitation);
  say('member', name);
  await guest.remote.leave({ site: of.site });
  say('left', name);
  await host.remote.revokeDevice({ device: host.who.deviceId });
  say('revoked', name);
  host.close();
  guest.close();
}

for (let n = 0; ; n += 4) {
  await Promise.all([0, 1, 2, 3].map((one) => live(`${round}-${n + one}`)));
}
