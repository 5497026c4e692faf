import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientScene } from '../../../lab/suites/client-scene.ts';
import { NODE_URL, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { Fault } from '../base/fault.ts';
import { key } from '../base/ids.ts';
import { siteRowShape, type SiteRow } from '../api/auth-basics.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { decode, encode } from '../wire/shape.ts';
import { connectivityOf } from '../../../lab/suites/sim-machine.ts';
import type { Copse } from './copse.ts';
import { userKeysOf } from './identity.ts';
import { newSiteSecrets, openOwn, sealOwn } from './site-keys.ts';
import type { LogEntry } from './types.ts';

const primitives = nativePrimitives();

async function take(copse: AsyncIterableIterator<LogEntry>, count: number): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for await (const entry of copse) {
    values.push(entry.broken ?? entry.value);
    if (values.length === count) break;
  }
  return values;
}

test('[S1] a device signs up, founds a site, appends and reads', () => {
  clientScene(1, async ({ machine }) => {
    const copse = await machine('ada').open({ name: 'Ada' });
    assert.equal(copse.profile.get().name, 'Ada');
    const site = await copse.found({ title: 'Garden' });
    const chat = site.log('chat');
    const appended = await chat.append({ text: 'hello' });
    assert.deepEqual(appended, { kind: 'ok', at: 1, durability: 'synced' });
    for await (const entry of chat.entries()) {
      assert.deepEqual(entry.value, { text: 'hello' });
      assert.equal(entry.at, 1);
      assert.equal(entry.user, copse.user);
      assert.equal(entry.name, 'Ada');
      assert.equal(entry.mine, true);
      break;
    }
  });
});

test('[A12] an invitation makes a member who reads what was before and is read', () => {
  clientScene(2, async ({ machine }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    await garden.log('chat').append('before');
    const link = await garden.invite();
    const bob = await machine('bob').open({ name: 'Bob' }, link);
    const view = await bob.peek(link);
    assert.deepEqual([view.title, view.inviter, view.permissions, view.state], ['Garden', 'Ada', 3, 'open']);
    const site = await bob.join(link);
    assert.deepEqual([site.title.get(), site.logs.get(), site.permissions.get()], ['Garden', ['chat'], 3]);
    const reading = take(site.log('chat').entries(), 2);
    await site.log('chat').append('after');
    assert.deepEqual(await reading, ['before', 'after']);
    const [, second] = await takeEntries(garden.log('chat').entries(), 2);
    assert.deepEqual([second?.user, second?.name, second?.mine], [bob.user, 'Bob', false]);
    const members = await garden.members();
    assert.deepEqual(members.map((member) => member.name).toSorted(), ['Ada', 'Bob']);
    // The same link again changes nothing for her, and admits nobody else.
    assert.equal((await bob.join(link)).id, site.id);
    const eve = await machine('eve').open({ name: 'Eve' });
    await assert.rejects(eve.join(link), { code: 'used' });
    assert.equal((await eve.peek(link)).state, 'used');
    assert.equal((await garden.invitations())[0]?.usedBy, bob.user);
  });
});

async function takeEntries(entries: AsyncIterableIterator<LogEntry>, count: number): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const entry of entries) {
    found.push(entry);
    if (found.length === count) break;
  }
  return found;
}

test('[A9] who was invited to invite may invite, who was not may not', () => {
  clientScene(3, async ({ machine }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden' });
    const toInvite = await garden.invite({ permissions: 1 | 2 | 8 });
    const bob = await machine('bob').open({ name: 'Bob' });
    const bobs = await bob.join(toInvite);
    const link = await bobs.invite({ permissions: 1 });
    const cleo = await machine('cleo').open({ name: 'Cleo' });
    const cleos = await cleo.join(link);
    assert.equal(cleos.permissions.get(), 1);
    await assert.rejects(cleos.invite({ permissions: 1 }), { code: 'forbidden' });
    await assert.rejects(bobs.invite({ permissions: 31 }), { code: 'forbidden' });
    await assert.rejects(cleos.log('chat').append('x'), { code: 'forbidden' });
    const open = await garden.invite();
    const row = (await garden.invitations()).find((each) => each.state === 'open');
    await garden.withdraw(row?.key ?? new Uint8Array(32));
    await assert.rejects((await machine('dan').open({ name: 'Dan' })).join(open), { code: 'expired' });
  });
});

test('[S2] what was appended offline survives a restart of the device and is sent once, in order', () => {
  clientScene(4, async ({ machine, node, world }) => {
    const adas = machine('ada');
    const first = await adas.open({ name: 'Ada' });
    const garden = await first.found({ title: 'Garden' });
    await garden.log('chat').append('online');
    node.isDown = true;
    node.cut();
    for (let i = 1; i <= 20; i++)
      garden
        .log('chat')
        .append(`offline ${i}`)
        .catch(() => {});
    await sleep(world, 3_000);
    assert.equal(garden.log('chat').waiting.get(), 20);
    adas.kill();
    const second = await adas.open({});
    assert.equal(second.user, first.user);
    assert.equal(second.device, first.device);
    const again = second.site(garden.id);
    assert.ok(again !== undefined);
    assert.equal(again.title.get(), 'Garden');
    const view = again.log('chat').view();
    const leave = view.subscribe(() => {});
    await sleep(world, 100);
    assert.deepEqual(
      view.get().waiting.map((entry) => entry.value),
      Array.from({ length: 20 }, (_, i) => `offline ${i + 1}`),
    );
    const last = again.log('chat').append('second run');
    node.isDown = false;
    assert.equal((await last).at, 22);
    await until(world, () => view.get().entries.length === 22, 'all entries in the view');
    assert.deepEqual(
      view.get().entries.map((entry) => entry.value),
      ['online', ...Array.from({ length: 20 }, (_, i) => `offline ${i + 1}`), 'second run'],
    );
    assert.deepEqual(view.get().waiting, []);
    leave();
  });
});

test('[S3] status says connecting, live, lagging and offline, and within a second', () => {
  clientScene(5, async ({ machine, node, world }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden' });
    const chat = garden.log('chat');
    await chat.append('one');
    const stop = chat.view().subscribe(() => {});
    await until(world, () => ada.status.get() === 'live', 'live', 1_000);
    node.isDown = true;
    node.cut();
    await until(world, () => ada.status.get() !== 'live', 'not live', 1_000);
    await until(world, () => ada.status.get() === 'offline', 'offline', 1_000);
    assert.equal(chat.status.get(), 'offline');
    node.isDown = false;
    await until(world, () => ada.status.get() === 'live', 'live again', 60_000);
    // Nothing gets through, and nobody says so: what was written is not answered.
    node.isSilent = true;
    chat.append('two').catch(() => {});
    await until(world, () => ada.status.get() === 'lagging', 'lagging', 1_000);
    await until(world, () => ada.status.get() !== 'lagging', 'found dead', 10_000);
    node.isSilent = false;
    await until(world, () => ada.status.get() === 'live', 'live at last', 60_000);
    await until(world, () => chat.waiting.get() === 0, 'acknowledged', 1_000);
    stop();
  });
});

test('[S3] a browser that knows it has no network is offline at once, and back at once', () => {
  clientScene(6, async ({ machine, node, world }) => {
    const hints = connectivityOf();
    const ada = await machine('ada').open({ name: 'Ada' }, NODE_URL, hints);
    await until(world, () => ada.status.get() === 'live', 'live', 1_000);
    node.isDown = true;
    node.cut();
    hints.set(false);
    await until(world, () => ada.status.get() === 'offline', 'offline', 1_000);
    await sleep(world, 120_000);
    node.isDown = false;
    hints.set(true);
    await until(world, () => ada.status.get() === 'live', 'live', 1_000);
  });
});

test('[S4] devices that lose a node come back in their own time', () => {
  clientScene(7, async ({ machine, node, world }) => {
    const devices: Copse[] = [];
    for (let i = 0; i < 12; i++) devices.push(await machine(`device ${i}`).open({ name: `User ${i}` }));
    await until(world, () => devices.every((each) => each.status.get() === 'live'), 'all live', 5_000);
    node.isDown = true;
    node.cut();
    await sleep(world, 20_000);
    node.isDown = false;
    const backMs = new Map<Copse, number>();
    const startMs = world.nowMs;
    await until(
      world,
      () => {
        for (const each of devices) {
          if (each.status.get() === 'live' && !backMs.has(each)) backMs.set(each, world.nowMs - startMs);
        }
        return backMs.size === devices.length;
      },
      'all back',
    );
    const times = [...backMs.values()].toSorted((a, b) => a - b);
    const half = times.filter((ms) => Math.abs(ms - (times[6] ?? 0)) < 500).length;
    assert.ok(half < devices.length / 2, `${half} of ${devices.length} came back within a second`);
  });
});

test('[L8] readers and writers lose and double nothing while the node crashes, restarts and cuts', () => {
  for (let seed = 1; seed <= 12; seed++) {
    clientScene(seed, async ({ machine, node, world }) => {
      const ada = await machine('ada').open({ name: 'Ada' });
      const garden = await ada.found({ title: 'Garden' });
      const bob = await machine('bob').open({ name: 'Bob' });
      const bobs = await bob.join(await garden.invite());
      const logs = [garden.log('chat'), bobs.log('chat')];
      const readings = logs.map((log) => takeEntries(log.entries(), 80));
      const appends = logs.flatMap((log, writer) =>
        Array.from({ length: 40 }, async (_, i) => {
          await sleep(world, i * 60 + world.chance.unit() * 100);
          const value = `${writer}:${i}`;
          return { value, at: (await log.append(value)).at };
        }),
      );
      for (let i = 0; i < 4; i++) {
        await sleep(world, world.chance.between(100, 800));
        const mishap = world.chance.unit();
        if (mishap < 0.4) await node.crash();
        else if (mishap < 0.7) await node.restart();
        else node.cut();
      }
      const known = await Promise.all(appends);
      const [first = [], second = []] = await Promise.all(readings);
      assert.deepEqual(
        first.map(({ at, value }) => [at, value]),
        second.map(({ at, value }) => [at, value]),
      );
      assert.deepEqual(
        first.map(({ at }) => at),
        Array.from({ length: 80 }, (_, i) => i + 1),
      );
      for (const { value, at } of known) assert.equal(first[at - 1]?.value, value);
      assert.equal(new Set(first.map(({ value }) => value)).size, 80);
    });
  }
});

test('[T9] who has a log open is seen, and what is said is heard and not kept', () => {
  clientScene(8, async ({ machine, world }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden' });
    const bob = await machine('bob').open({ name: 'Bob' });
    const [here, there] = [garden.log('chat'), (await bob.join(await garden.invite())).log('chat')];
    const leaveHere = here.presence.subscribe(() => {});
    const heard: unknown[] = [];
    const stop = there.said(({ value, user }) => heard.push([value, user]));
    there.appear({ typing: true });
    await until(world, () => here.presence.get().length === 2, 'both present');
    const bobThere = here.presence.get().find((each) => !each.mine);
    await until(world, () => here.presence.get().some((each) => each.name === 'Bob'), 'the name');
    assert.equal(bobThere?.user, bob.user);
    await until(world, () => here.presence.get().some((each) => isTyping(each.state)), 'the state');
    here.say({ cursor: 7 });
    await until(world, () => heard.length === 1, 'what was said');
    assert.deepEqual(heard, [[{ cursor: 7 }, ada.user]]);
    stop();
    await until(world, () => here.presence.get().length === 1, 'alone');
    assert.equal(here.bounds.get().tail, 1);
    leaveHere();
  });
});

function isTyping(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'typing' in state;
}

test('[A7] a profile that was changed elsewhere is shown, and a stale change changes nothing', () => {
  clientScene(9, async ({ machine, world }) => {
    const machineA = machine('first');
    const ada = await machineA.open({ name: 'Ada' });
    const second = await machine('second').open({ secret: await ada.secret(), deviceName: 'laptop' });
    assert.equal(second.user, ada.user);
    assert.notEqual(second.device, ada.device);
    const changed = await ada.updateProfile({ name: 'Ada Lovelace', about: 'Engines' });
    assert.equal(changed.kind, 'ok');
    await until(world, () => second.profile.get().name === 'Ada Lovelace', 'the new name');
    const both = await Promise.all([ada.updateProfile({ name: 'A' }), second.updateProfile({ name: 'B' })]);
    assert.deepEqual(both.map(({ kind }) => kind).toSorted(), ['ok', 'stale']);
    await until(world, () => ada.profile.get().name === second.profile.get().name, 'one name');
  });
});

test('[A15] the devices of a user are listed, named and ended', () => {
  clientScene(10, async ({ machine, world }) => {
    const ada = await machine('first').open({ name: 'Ada', deviceName: 'phone' });
    const laptop = await machine('second').open({ secret: await ada.secret(), deviceName: 'laptop' });
    const garden = await ada.found({ title: 'Garden' });
    await until(world, () => laptop.site(garden.id) !== undefined, 'the site on the other device');
    await until(world, () => ada.devicesChanged.get() > 0, 'told of the new device');
    const names = async (): Promise<string[]> => (await ada.devices()).map((each) => each.name).toSorted();
    assert.deepEqual(await names(), ['laptop', 'phone']);
    await laptop.renameDevice(laptop.device, 'old laptop');
    assert.deepEqual(await names(), ['old laptop', 'phone']);
    const reading = take(laptop.site(garden.id)?.log('chat').entries() ?? fail(), 1);
    await ada.revokeDevice(laptop.device);
    await until(world, () => laptop.trouble.get()?.code === 'revoked', 'the revocation');
    assert.equal(laptop.status.get(), 'offline');
    await laptop.close();
    await assert.rejects(reading, (thrown) => thrown instanceof Fault);
  });
});

function fail(): never {
  throw new Error('the site is there');
}

test('[H4] a node with another key than the pinned one is refused', () => {
  clientScene(11, async ({ machine, world }) => {
    const adas = machine('ada');
    await (await adas.open({ name: 'Ada' })).close();
    const other = new SimNode(world);
    await other.start();
    const moved = adas.at(other);
    await until(world, () => true, 'a turn');
    const copse = await moved.open({});
    await until(world, () => copse.trouble.get()?.code === 'wrongPeer', 'the refusal', 10_000);
    assert.equal(copse.status.get(), 'offline');
    const strange = machine('strange');
    const wrong = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(3)));
    await assert.rejects(strange.open({ name: 'Eve', nodeKey: wrong }), { code: 'wrongPeer' });
  });
});

test('[A1] a node that takes invited users only refuses others and takes who has a link', () => {
  clientScene(12, async ({ machine, node }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden' });
    const link = await garden.invite();
    node.signup = 'invited';
    await node.restart();
    const eves = machine('eve');
    await assert.rejects(eves.open({ name: 'Eve' }), { code: 'forbidden' });
    // Keys that never became an account do not stand in the way of one.
    assert.deepEqual(await eves.keep.list(''), []);
    await assert.rejects(eves.open({}), { code: 'forbidden' });
    const bob = await machine('bob').open({ name: 'Bob' }, link);
    assert.equal((await bob.join(link)).id, garden.id);
    const secret = node.auth.setupSecret();
    assert.ok(secret !== null);
    const root = await machine('root').open({ name: 'Root', setup: secret });
    assert.equal(root.admin, true);
    await assert.rejects(eves.open({ name: 'Eve', setup: secret }), { code: 'used' });
    const adasToo = await eves.open({ secret: await ada.secret() });
    assert.equal(adasToo.user, ada.user);
    assert.deepEqual(await root.figures(), [{ name: 'test', unit: '', value: '1' }]);
  });
});

test('[A6] logging out ends the session and leaves nothing behind', () => {
  clientScene(13, async ({ machine }) => {
    const adas = machine('ada');
    const ada = await adas.open({ name: 'Ada' });
    await ada.found({ title: 'Garden' });
    await ada.logout();
    assert.deepEqual(await adas.keep.list(''), []);
    await assert.rejects(ada.devices(), { code: 'closed' });
    const again = await adas.open({ name: 'Someone else' });
    assert.notEqual(again.user, ada.user);
  });
});

test('[S6] an entry under another key than the site has is shown as broken and stops nobody', () => {
  clientScene(14, async ({ machine }) => {
    const adas = machine('ada');
    const ada = await adas.open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden' });
    await garden.log('chat').append('good');
    const other = await machine('other').open({ secret: await ada.secret() });
    await ada.close();
    // The same device with a site key of its own making: what it writes, nobody else can open.
    const row = decode(siteRowShape, (await adas.keep.get(`site/${garden.id}`)) ?? fail());
    const secrets = {
      ...newSiteSecrets(adas.env),
      nameSecret: await nameSecretOf(row, await other.secret()),
    };
    const { agree } = await userKeysOf(primitives, await other.secret());
    const own = { site: garden.id, epoch: 1, generation: 1, secret: agree.secret };
    const envelope = sealOwn(primitives, adas.env, own, secrets);
    await adas.keep.write([{ name: `site/${garden.id}`, value: encode(siteRowShape, { ...row, envelope }) }]);
    const forger = await adas.open({});
    await forger.site(garden.id)?.log('chat').append('bad');
    const values = await take(other.site(garden.id)?.log('chat').entries() ?? fail(), 2);
    assert.deepEqual(values, ['good', 'altered']);
  });
});

async function nameSecretOf(row: SiteRow, secret: Uint8Array): Promise<Uint8Array> {
  const { agree } = await userKeysOf(primitives, secret);
  const own = { site: row.site, epoch: row.keyEpoch, generation: 1, secret: agree.secret };
  return openOwn(primitives, own, row.envelope)?.nameSecret ?? fail();
}

test('[S7] values that are too large or have no form are refused before anything happens', () => {
  clientScene(15, async ({ machine }) => {
    const ada = await machine('ada').open({ name: 'Ada' });
    const chat = (await ada.found({ title: 'Garden' })).log('chat');
    await assert.rejects(chat.append('x'.repeat(70_000)), { code: 'tooLarge' });
    await assert.rejects(chat.append(undefined), { code: 'malformed' });
    await chat.append('x'.repeat(65_000));
    assert.equal(chat.waiting.get(), 0);
  });
});
