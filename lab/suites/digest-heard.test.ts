/** Who is told by e-mail is listened for, also when no device of hers has an address (SPEC I22, I19). */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { digestApi } from 'copse/internal/api/digest.ts';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { ada, directLink, garden, settled, Stage } from './auth-stage.ts';
import { address, noticesOf, NotifyDouble, told } from './notices-stage.ts';
import { ground, person } from './people.ts';

const EMAIL = 'ada@example.org';

for (const [name, open] of [
  ['memory', async () => new MemoryAccounts()],
  ['SQLite', async () => SqliteAccounts.open({ path: ':memory:' })],
] as const) {
  test(`[I22, I19] one of her devices hears in silence while none has an address (${name})`, async () => {
    const notify = new NotifyDouble();
    const links: string[] = [];
    const digest = {
      send: async ({ unsubscribe }: { readonly unsubscribe: string }) => void links.push(unsubscribe),
      waiting: () => ({ places: 1, awayMs: null }),
      origin: () => 'https://copse.example',
    };
    const accounts = await open();
    await using stage = await Stage.open({ link: directLink, accounts, part: { notify, digest } });
    const host = await stage.enter(ada);
    await host.signUp();
    const site = await host.found(garden);
    const common = {
      label: '0a'.repeat(32),
      account: '0b'.repeat(32),
      provider: 'p',
      method: 'm',
      statement: 1,
    };
    await accounts.emails.put({
      user: ada.user.key,
      device: ada.device.key,
      email: EMAIL,
      atMs: 1,
      ...common,
    });
    const heard = async (): Promise<readonly string[]> => {
      await told(stage.clock);
      return notify.listeners(ada.userId);
    };
    const silent = `${ada.deviceId} ${site} * all -`;
    const digests = host.facet(digestApi, {});
    await digests.set({ to: { email: EMAIL, afterHours: 1 } });
    deepEqual(await heard(), [silent]);
    equal((await notify.store.stored(ada.userId)).state.endpointCount, 0);
    const second = await host.found(await ground('second'));
    deepEqual(await heard(), [silent, `${ada.deviceId} ${second} * all -`].toSorted());
    await host.remote.leave({ site: second });
    const phone = await stage.enter(await person('Ada', 'phone'));
    await phone.signUp();
    await noticesOf(phone).subscribe(address(1));
    deepEqual(await heard(), [`${phone.who.deviceId} ${site} * all -`], 'one with an address is enough');
    await noticesOf(phone).unsubscribe({});
    equal((await heard()).length, 1, 'and without it one hears again');
    for (let minute = 0; minute < 70; minute++) {
      stage.clock.advance(60_000);
      await settled();
    }
    const token = must(links[0], 'a mail').split('/').at(-1) ?? '';
    equal(await stage.auth.endDigest(token), true);
    deepEqual(await heard(), []);
    deepEqual(await accounts.notices.waiting(null, 9), []);
  });
}
