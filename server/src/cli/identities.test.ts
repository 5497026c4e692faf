import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { Account } from 'copse/internal/client/account.ts';
import type { Keep } from 'copse/internal/client/index.ts';
import { fileKeep } from 'copse/internal/native/index.ts';
import { placeOf, remember, type Identities } from './identities.ts';

const URL_A = 'http://127.0.0.1:7070';
const URL_B = 'http://localhost:7071';
const keyOf = (n: number): Key => key(new Uint8Array(32).fill(n));

interface Scene extends Identities {
  readonly open: (directory: string) => Promise<Keep>;
  /** Addresses that were asked for their key. */
  readonly asked: string[];
}

/** A home in a temporary directory; the node at every address has key 1. */
function scene(context: TestContext): Scene {
  const home = mkdtempSync(join(tmpdir(), 'copse-home-'));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  const open = (directory: string): Promise<Keep> =>
    fileKeep(directory, { machineKeyPath: join(home, 'machine.key') });
  const asked: string[] = [];
  return {
    env: realEnv(),
    home,
    open,
    asked,
    askKey: async (url) => {
      asked.push(url);
      return keyOf(1);
    },
    keepIn: async (directory) => {
      try {
        return await open(directory);
      } catch (thrown) {
        if (thrown instanceof Fault && thrown.code === 'locked') return null;
        throw thrown;
      }
    },
  };
}

/** An identity as earlier versions kept it. */
async function oldIdentity(it: Scene, name: string, nodeKey: Key): Promise<string> {
  const directory = join(it.home, 'nodes', name);
  await using keep = await it.open(join(directory, '1'));
  await Account.open({ keep, url: URL_A, nodeKey, askKey: () => assert.fail('was not to be asked') });
  await keep.write([{ name: 'device/seed', value: utf8('seed'), secret: true }]);
  await using shared = await it.open(join(directory, 'user'));
  await shared.write([{ name: 'user/secret', value: utf8('secret'), secret: true }]);
  return directory;
}

test('[N11] the same node at another address is the same identity', async (context) => {
  const it = scene(context);
  const first = await placeOf(it, URL_A, undefined);
  remember(it.home, URL_A, first.nodeKey);
  assert.equal((await placeOf(it, URL_B, undefined)).folder, first.folder);
  assert.equal((await placeOf(it, URL_A, undefined)).folder, first.folder);
  assert.deepEqual(it.asked, [URL_A, URL_B], 'a node that was met is not asked again');
});

test('[N11] another node at an old address is another identity, and only a link says that it is', async (context) => {
  const it = scene(context);
  remember(it.home, URL_A, keyOf(2));
  const met = await placeOf(it, URL_A, undefined);
  assert.deepEqual(met.nodeKey, keyOf(2), 'the node that answers with another key will be refused');
  const linked = await placeOf(it, URL_A, keyOf(3));
  assert.notEqual(linked.folder, met.folder);
  assert.deepEqual(it.asked, []);
});

test('[N11] an identity of an earlier version is moved with everything in it', async (context) => {
  const it = scene(context);
  const old = await oldIdentity(it, '127.0.0.1_7070', keyOf(5));
  const place = await placeOf(it, URL_A, undefined);
  assert.deepEqual(place.nodeKey, keyOf(5));
  assert.equal(existsSync(old), false);
  await using keep = await it.open(join(place.folder, '1'));
  assert.deepEqual(await keep.get('device/seed'), utf8('seed'));
  await using shared = await it.open(join(place.folder, 'user'));
  assert.deepEqual(await shared.get('user/secret'), utf8('secret'));
  assert.equal((await placeOf(it, URL_A, undefined)).folder, place.folder);
  assert.deepEqual(it.asked, []);
});

test('[N11] commands that find the old identity at once all end up with the moved one', async (context) => {
  const it = scene(context);
  await oldIdentity(it, '127.0.0.1_7070', keyOf(5));
  const places = await Promise.all(Array.from({ length: 5 }, () => placeOf(it, URL_A, undefined)));
  assert.equal(new Set(places.map(({ folder }) => folder)).size, 1);
  assert.deepEqual(readdirSync(join(it.home, 'nodes')).length, 1);
});

test('[N11] an old identity on a node that has one already stays where it is', async (context) => {
  const it = scene(context);
  await oldIdentity(it, '127.0.0.1_7070', keyOf(5));
  const first = await placeOf(it, URL_A, undefined);
  const other = await oldIdentity(it, 'localhost_7071', keyOf(5));
  assert.equal((await placeOf(it, URL_B, undefined)).folder, first.folder);
  assert.equal(existsSync(join(other, '1', 'keep')), true);
});

test('[N11] an old identity that is in use is waited for and then named', async (context) => {
  const it = scene(context);
  const old = await oldIdentity(it, '127.0.0.1_7070', keyOf(5));
  await using keep = await it.open(join(old, '1'));
  await assert.rejects(placeOf(it, URL_A, undefined), { code: 'locked' });
  assert.notEqual(await keep.get('account'), null);
});

test('[N11] a file of hosts that holds no key is named', async (context) => {
  const it = scene(context);
  remember(it.home, URL_A, keyOf(1));
  writeFileSync(join(it.home, 'hosts', '127.0.0.1_7070'), 'nonsense');
  await assert.rejects(placeOf(it, URL_A, undefined), { code: 'corrupt' });
});
