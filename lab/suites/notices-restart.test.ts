/** What devices hear, told through restarts of auth and of notify, and while notify is away (SPEC I11, I19). */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import { noticeRetryMaxMs, noticeTellingMax } from 'copse/internal/base/limits-notify.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { backUp, restore } from '../../server/src/store/backup.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { ada, directLink, garden, settled, Stage, type Actor } from './auth-stage.ts';
import { address, noticesOf, NotifyDouble, told } from './notices-stage.ts';
import { ground, person, primitives } from './people.ts';
import { withFile } from './with-file.ts';

function open(accounts: Accounts, notify: NotifyDouble | null): Promise<Stage> {
  return Stage.open({ link: directLink, accounts, part: { notify } });
}

async function host(stage: Stage, name = 'Ada'): Promise<Actor> {
  const actor = await stage.enter(await person(name));
  await actor.signUp();
  return actor;
}

async function listening(stage: Stage, name: string, n: number): Promise<SiteId> {
  const actor = await host(stage, name);
  const site = await actor.found(await ground(`of ${name}`));
  await noticesOf(actor).subscribe(address(n));
  return site;
}

const lost = () => 'lost' as const;
const comes = () => 'comes' as const;

test('[I19] what notify was not told is told after a restart, and nobody else is looked at', () =>
  withFile('auth.sqlite', async (path) => {
    const notify = new NotifyDouble();
    const site = garden.site;
    {
      await using stage = await open(SqliteAccounts.open({ path }), notify);
      await listening(stage, 'Bea', 2);
      const actor = await host(stage);
      await actor.found(garden);
      await noticesOf(actor).subscribe(address(1));
      await told(stage.clock);
      notify.fate = lost;
      await noticesOf(actor).level({ site, level: 'mentions' });
      await told(stage.clock);
    }
    notify.fate = comes;
    deepEqual(await notify.listeners(ada.userId), [`${ada.deviceId} ${site} * all -`]);
    const accounts = SqliteAccounts.open({ path });
    const read: string[] = [];
    const reading = accounts.notices.read.bind(accounts.notices);
    accounts.notices.read = (user) => {
      read.push(user);
      return reading(user);
    };
    await using stage = await open(accounts, notify);
    await told(stage.clock);
    deepEqual(await notify.listeners(ada.userId), [`${ada.deviceId} ${site} * mentions -`]);
    deepEqual(new Set(read), new Set([ada.userId]));
    deepEqual(await accounts.notices.waiting(null, 9), []);
  }));

test('[I19] rights that changed while nobody looked are looked at by the next start', () =>
  withFile('auth.sqlite', async (path) => {
    const notify = new NotifyDouble();
    {
      await using stage = await open(SqliteAccounts.open({ path }), notify);
      const actor = await host(stage);
      await actor.found(garden);
      await noticesOf(actor).subscribe(address(1));
      await told(stage.clock);
    }
    const second = await ground('second');
    {
      await using stage = await open(SqliteAccounts.open({ path }), null);
      const actor = await stage.enter(ada);
      await actor.found(second);
      await actor.remote.leave({ site: garden.site });
    }
    equal(notify.updates.at(-1)?.changes.length, 3);
    await using stage = await open(SqliteAccounts.open({ path }), notify);
    await told(stage.clock);
    deepEqual(await notify.sites(ada.userId, ada.deviceId), [second.site]);
  }));

test('[I11, I19] a notify that lost its store is told of everybody: at a start, and when it is noticed', async () => {
  const notify = new NotifyDouble();
  const accounts = new MemoryAccounts();
  const bea = await person('Bea');
  const sites: SiteId[] = [];
  {
    const stage = await open(accounts, notify);
    sites.push(await listening(stage, 'Ada', 1), await listening(stage, 'Bea', 2));
    await told(stage.clock);
    await stage.auth[Symbol.asyncDispose]();
  }
  const all = async () => [
    ...(await notify.sites(ada.userId, ada.deviceId)),
    ...(await notify.sites(bea.userId, bea.deviceId)),
  ];
  notify.restart(true);
  deepEqual(await all(), []);
  await using stage = await open(accounts, notify);
  await told(stage.clock);
  deepEqual(await all(), sites);
  notify.restart(true);
  await noticesOf(await stage.enter(bea)).quiet({ hours: null });
  await told(stage.clock);
  deepEqual(await all(), sites, 'also of her of whom nothing changed');
});

test('[I19] a notify that is away is asked ever more seldom, and told of all when it is back', async () => {
  const notify = new NotifyDouble();
  await using stage = await open(new MemoryAccounts(), notify);
  const sites: SiteId[] = [];
  const names = Array.from({ length: 3 * noticeTellingMax }, (_, i) => `P${i}`);
  notify.fate = lost;
  for (const [n, name] of names.entries()) sites.push(await listening(stage, name, n));
  await told(stage.clock);
  for (let second = 0; second < 60; second++) {
    stage.clock.advance(1_000);
    await settled();
  }
  const before = notify.updates.length;
  for (let second = 0; second < 60; second++) {
    stage.clock.advance(1_000);
    await settled();
  }
  const asked = notify.updates.length - before;
  ok(asked > 0 && asked < 8 * noticeTellingMax, `asked ${asked} times in a minute`);
  notify.fate = comes;
  for (let second = 0; second <= noticeRetryMaxMs / 1_000; second++) {
    stage.clock.advance(1_000);
    await settled();
  }
  for (const [n, name] of names.entries()) {
    const { userId, deviceId } = await person(name);
    deepEqual(await notify.sites(userId, deviceId), [sites[n]], name);
  }
});

test('[I19] one user of whom notify takes nothing stops nobody else, and is tried again', async () => {
  const notify = new NotifyDouble();
  await using stage = await open(new MemoryAccounts(), notify);
  const adaSite = await listening(stage, 'Ada', 1);
  notify.fate = ({ user }) => (user === ada.userId ? 'lost' : 'comes');
  await told(stage.clock);
  for (const name of ['Bea', 'Cleo', 'Dora']) {
    const site = await listening(stage, name, 2);
    await told(stage.clock);
    const { userId, deviceId } = await person(name);
    deepEqual(await notify.sites(userId, deviceId), [site]);
  }
  notify.fate = comes;
  for (let second = 0; second <= noticeRetryMaxMs / 1_000; second++) {
    stage.clock.advance(1_000);
    await settled();
  }
  deepEqual(await notify.sites(ada.userId, ada.deviceId), [adaSite]);
});

test('[I19] a change that could not be written is none, is never told, and the next one is', async () => {
  const notify = new NotifyDouble();
  const accounts = new MemoryAccounts();
  await using stage = await open(accounts, notify);
  const site = await listening(stage, 'Ada', 1);
  await told(stage.clock);
  const notices = noticesOf(await stage.enter(ada));
  const writing = accounts.notices.write.bind(accounts.notices);
  accounts.notices.write = () => Promise.reject(new Fault('full', 'the disk'));
  await rejects(notices.level({ site, level: 'none' }), { code: 'full' });
  accounts.notices.write = writing;
  await notices.mute({ site, durationMs: 0 });
  await told(stage.clock);
  deepEqual(await notify.listeners(ada.userId), [`${ada.deviceId} ${site} * all none`]);
  const said = notify.updates.flatMap(({ changes }) => changes.map(({ kind }) => kind));
  ok(!said.includes('level'));
});

test('[I11, I19] a mute costs one small update, also in a large state, and none is repeated', async () => {
  const notify = new NotifyDouble();
  const accounts = new MemoryAccounts();
  await using stage = await open(accounts, notify);
  const actor = await host(stage);
  await noticesOf(actor).subscribe(address(1));
  const sites: SiteId[] = [];
  for (let n = 0; n < 40; n++) sites.push(await actor.found(await ground(`site ${n}`)));
  await told(stage.clock);
  const before = notify.updates.length;
  const writes: number[] = [];
  const writing = accounts.notices.write.bind(accounts.notices);
  accounts.notices.write = (write) => {
    writes.push(write.difference?.listeners.length ?? 0);
    return writing(write);
  };
  for (const site of sites.slice(0, 3)) await noticesOf(actor).mute({ site, durationMs: 0 });
  await told(stage.clock);
  const changes = notify.updates.slice(before).flatMap((update) => update.changes);
  deepEqual(
    changes.map(({ kind }) => kind),
    ['mute', 'mute', 'mute'],
  );
  ok(
    writes.every((rows) => rows <= 1),
    `rows written: ${writes.join()}`,
  );
});

test('[I19] a restored backup tells notify what it holds, whatever notify was told after it was made', () =>
  withFile('auth.sqlite', async (path) => {
    const data = dirname(path);
    const at = (name: string): string => join(data, '..', `${basename(data)}-${name}`);
    const notify = new NotifyDouble();
    const { site } = garden;
    const second = await ground('second');
    try {
      {
        await using stage = await open(SqliteAccounts.open({ path }), notify);
        const actor = await host(stage);
        await actor.found(garden);
        await noticesOf(actor).subscribe(address(1));
        await told(stage.clock);
        backUp({ directory: data, target: at('backup'), nowMs: 1, version: '1' });
        await noticesOf(actor).level({ site, level: 'none' });
        await told(stage.clock);
      }
      deepEqual(await notify.listeners(ada.userId), [`${ada.deviceId} ${site} * none -`]);
      await restore({ from: at('backup'), directory: at('again'), primitives });
      const accounts = SqliteAccounts.open({ path: join(at('again'), basename(path)) });
      await using stage = await open(accounts, notify);
      await told(stage.clock);
      deepEqual(await notify.listeners(ada.userId), [`${ada.deviceId} ${site} * all -`]);
      await (await stage.enter(ada)).found(second);
      await told(stage.clock);
      equal((await notify.sites(ada.userId, ada.deviceId)).length, 2, 'marks are made there too');
    } finally {
      for (const name of ['backup', 'again']) rmSync(at(name), { recursive: true, force: true });
    }
  }));
