import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { makeLock } from '../client/keep-lock.ts';
import type { LockableKeep } from '../client/keep.ts';
import { keySealer } from '../client/sealer.ts';
import { FileKeep } from './file-keep.ts';
import { passphraseKey } from './machine-key.ts';
import { nativePrimitives } from './primitives.ts';
import { fileKeep } from './runtime.ts';

const SECRET = utf8('the secret of Ada');
const tools = { primitives: nativePrimitives(), env: realEnv() };

function folder(context: TestContext): { readonly keep: string; readonly machineKeyPath: string } {
  const directory = mkdtempSync(join(tmpdir(), 'copse-lock-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return { keep: join(directory, 'keep'), machineKeyPath: join(directory, 'machine.key') };
}

async function lockWith(keep: LockableKeep, passphrase: string): Promise<void> {
  await keep.relock(await makeLock(tools, [{ kind: 'passphrase', passphrase, costLog: 12 }]));
}

test('[D8] a locked keep opens with its passphrase alone, and a wrong one loses nothing', async (context) => {
  const { keep: directory, machineKeyPath } = folder(context);
  {
    await using keep = await fileKeep(directory, { machineKeyPath });
    await keep.write([
      { name: 'k', value: SECRET, secret: true },
      { name: 'plain', value: utf8('no secret') },
    ]);
    await lockWith(keep, 'oak and ash');
    assert.deepEqual(await keep.get('k'), SECRET, 'it stays open here');
    await keep.write([{ name: 'later', value: SECRET, secret: true }]);
  }
  await assert.rejects(fileKeep(directory, { machineKeyPath }), { code: 'sealed' });
  await assert.rejects(fileKeep(directory, { passphrase: 'oak and elm' }), { code: 'sealed' });
  // Without the machine's key too: the passphrase is enough on another machine.
  writeFileSync(machineKeyPath, new Uint8Array(32));
  await using keep = await fileKeep(directory, { unlocker: async () => 'oak and ash', machineKeyPath });
  assert.deepEqual(await keep.get('k'), SECRET);
  assert.deepEqual(await keep.get('later'), SECRET);
  assert.deepEqual(await keep.get('plain'), utf8('no secret'));
});

test('[D8] another passphrase replaces the one before, and unlocking takes it away', async (context) => {
  const { keep: directory, machineKeyPath } = folder(context);
  {
    await using keep = await fileKeep(directory, { machineKeyPath });
    await keep.write([{ name: 'k', value: SECRET, secret: true }]);
    await lockWith(keep, 'oak');
    await lockWith(keep, 'ash');
  }
  await assert.rejects(fileKeep(directory, { passphrase: 'oak', machineKeyPath }), { code: 'sealed' });
  {
    await using keep = await fileKeep(directory, { unlocker: async () => 'ash', machineKeyPath });
    await keep.relock(null);
    assert.equal(await keep.lockRecord(), null);
  }
  await using keep = await fileKeep(directory, { machineKeyPath });
  assert.deepEqual(await keep.get('k'), SECRET);
});

test('[D8] signing out takes the lock along', async (context) => {
  const { keep: directory, machineKeyPath } = folder(context);
  {
    await using keep = await fileKeep(directory, { machineKeyPath });
    await lockWith(keep, 'oak');
    await keep.clear();
    await keep.write([{ name: 'k', value: SECRET, secret: true }]);
  }
  await using keep = await fileKeep(directory, { machineKeyPath });
  assert.deepEqual(await keep.get('k'), SECRET);
});

test('[D8] a lock that could not be written leaves the keep as it was', async (context) => {
  const { keep: directory, machineKeyPath } = folder(context);
  await using keep = await fileKeep(directory, { machineKeyPath });
  await keep.write([{ name: 'k', value: SECRET, secret: true }]);
  const before = readFileSync(join(directory, 'keep'));
  rmSync(join(directory, 'keep.new'), { force: true });
  // A directory in the place of the new file.
  mkdirSync(join(directory, 'keep.new'));
  await assert.rejects(lockWith(keep, 'oak'));
  assert.equal(await keep.lockRecord(), null);
  assert.deepEqual(readFileSync(join(directory, 'keep')), before);
  await keep.write([{ name: 'after', value: SECRET, secret: true }]);
  assert.deepEqual(await keep.get('after'), SECRET);
});

/** As versions before the lock made it: the salt beside the file, the key of the passphrase over every secret. */
async function saltedKeep(directory: string, passphrase: string): Promise<void> {
  const key = await passphraseKey(directory, passphrase);
  const sealer = keySealer(tools.primitives, tools.env, key);
  await using keep = await FileKeep.open({ directory, sealer });
  await keep.write([
    { name: 'k', value: SECRET, secret: true },
    { name: 'plain', value: utf8('no secret') },
  ]);
}

const SLOW = { timeout: 60_000 };

test(
  '[D8] a keep of a version before locks opens by its passphrase, and is locked as others from then on',
  SLOW,
  async (context) => {
    const { keep: directory, machineKeyPath } = folder(context);
    const by = (word: string) => fileKeep(directory, { unlocker: async () => word, machineKeyPath });
    await saltedKeep(directory, 'oak and ash');
    const before = readFileSync(join(directory, 'keep'));
    await assert.rejects(fileKeep(directory, { machineKeyPath }), { code: 'sealed' });
    await assert.rejects(by('oak'), { code: 'sealed' });
    assert.deepEqual(readFileSync(join(directory, 'keep')), before, 'a wrong one changes nothing');
    assert.equal(existsSync(join(directory, 'salt')), true);
    {
      await using keep = await by('oak and ash');
      assert.deepEqual(await keep.get('k'), SECRET);
      assert.deepEqual(await keep.get('plain'), utf8('no secret'));
      assert.notEqual(await keep.lockRecord(), null);
    }
    assert.equal(existsSync(join(directory, 'salt')), false);
    assert.equal(existsSync(machineKeyPath), false, 'no other key is made');
    await assert.rejects(by('oak'), { code: 'sealed' });
    await using again = await by('oak and ash');
    assert.deepEqual(await again.get('k'), SECRET);
  },
);

test(
  '[D8] a keep that got its lock and was cut off before the salt went opens by the lock',
  SLOW,
  async (context) => {
    const { keep: directory, machineKeyPath } = folder(context);
    await saltedKeep(directory, 'oak');
    const salt = readFileSync(join(directory, 'salt'));
    await (await fileKeep(directory, { passphrase: 'oak', machineKeyPath }))[Symbol.asyncDispose]();
    writeFileSync(join(directory, 'salt'), salt);
    await using keep = await fileKeep(directory, { passphrase: 'oak', machineKeyPath });
    assert.deepEqual(await keep.get('k'), SECRET);
    assert.equal(existsSync(join(directory, 'salt')), false);
  },
);
