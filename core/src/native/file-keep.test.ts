import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { keepCases } from '../../../lab/suites/keep.suite.ts';
import { utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { MemoryKeep } from '../client/keep.ts';
import { keySealer } from '../client/sealer.ts';
import { FileKeep } from './file-keep.ts';
import { passphraseKey } from './machine-key.ts';
import { nativePrimitives } from './primitives.ts';

const primitives = nativePrimitives();
const env = realEnv();
const sealer = keySealer(primitives, env, env.random(32));

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'copse-keep-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A memory keep whose content survives closing, as the suite expects of every keep. */
class Lasting extends MemoryKeep {
  readonly #kept: MemoryKeep;
  constructor(kept: MemoryKeep) {
    super();
    this.#kept = kept;
  }
  async restore(): Promise<this> {
    await super.write(await this.#kept.list(''));
    return this;
  }
  override async [Symbol.asyncDispose](): Promise<void> {
    const rows = await this.list('').catch(() => null);
    if (rows !== null) {
      await this.#kept.clear();
      await this.#kept.write(rows);
    }
    await super[Symbol.asyncDispose]();
  }
}

for (const each of keepCases) {
  test(`${each.title} (file)`, async (context) => {
    const directory = folder(context);
    await each.run({ open: () => FileKeep.open({ directory, sealer }) });
  });
  test(`${each.title} (memory)`, async () => {
    const kept = new MemoryKeep();
    await each.run({ open: () => new Lasting(kept).restore() });
  });
}

test('[S10] no secret can be read from the files, which are for their owner only', async (context) => {
  const directory = folder(context);
  {
    await using keep = await FileKeep.open({ directory, sealer });
    await keep.write([{ name: 'k', value: utf8('the secret of Ada'), secret: true }]);
  }
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    assert.equal(statSync(path).mode & 0o077, 0, name);
    assert.equal(readFileSync(path).includes('secret of Ada'), false);
  }
});

test('[S10] another key or passphrase does not open the keep, and leaves it as it is', async (context) => {
  const directory = folder(context);
  const right = keySealer(primitives, env, await passphraseKey(directory, 'oak and ash'));
  const wrong = keySealer(primitives, env, await passphraseKey(directory, 'oak and elm'));
  {
    await using keep = await FileKeep.open({ directory, sealer: right });
    await keep.write([{ name: 'k', value: utf8('x'), secret: true }]);
  }
  await assert.rejects(FileKeep.open({ directory, sealer: wrong }), { code: 'forbidden' });
  await using keep = await FileKeep.open({ directory, sealer: right });
  assert.deepEqual(await keep.get('k'), utf8('x'));
});

test('[S2] two processes never use one keep; the second is told `locked`', async (context) => {
  const directory = folder(context);
  const keep = await FileKeep.open({ directory, sealer });
  await assert.rejects(FileKeep.open({ directory, sealer }), { code: 'locked' });
  await keep[Symbol.asyncDispose]();
  await using again = await FileKeep.open({ directory, sealer });
  assert.equal(await again.get('a'), null);
});

test('[S2] of many that open a keep at once, one gets it', async (context) => {
  const directory = folder(context);
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, () => FileKeep.open({ directory, sealer })),
  );
  const opened = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const keep of opened) await keep[Symbol.asyncDispose]();
  assert.ok(opened.length <= 1, `${opened.length} hold it`);
});

test('[S2] wherever the end of the file is cut off, all earlier writes are there', async (context) => {
  const directory = folder(context);
  const path = join(directory, 'keep');
  const sizes: number[] = [];
  {
    await using keep = await FileKeep.open({ directory, sealer });
    for (let i = 1; i <= 2; i++) {
      await keep.write([
        { name: 'n', value: Uint8Array.of(i) },
        { name: `row ${i}`, value: utf8('x'.repeat(i)) },
      ]);
      sizes.push(statSync(path).size);
    }
  }
  const whole = readFileSync(path);
  for (let cut = whole.length; cut >= 0; cut--) {
    writeFileSync(path, whole);
    truncateSync(path, cut);
    await using keep = await FileKeep.open({ directory, sealer });
    const complete = sizes.filter((size) => size <= cut).length;
    assert.deepEqual(await keep.get('n'), complete === 0 ? null : Uint8Array.of(complete));
    await keep.write([{ name: 'after', value: utf8('y') }]);
  }
});

test('[S2] a damaged record in the middle is named, not skipped', async (context) => {
  const directory = folder(context);
  {
    await using keep = await FileKeep.open({ directory, sealer });
    for (let i = 0; i < 3; i++) await keep.write([{ name: `row ${i}`, value: utf8('hello') }]);
  }
  const path = join(directory, 'keep');
  const bytes = readFileSync(path);
  bytes[12] = (bytes[12] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await assert.rejects(FileKeep.open({ directory, sealer }), { code: 'corrupt' });
});

test('[S2] the file is written anew when most of it is out of date, and nothing is lost by it', async (context) => {
  const directory = folder(context);
  const value = new Uint8Array(60_000);
  {
    await using keep = await FileKeep.open({ directory, sealer });
    await keep.write([
      { name: 'k', value: utf8('s'), secret: true },
      { name: 'stays', value: utf8('x') },
    ]);
    for (let i = 0; i < 60; i++) await keep.write([{ name: 'n', value: value.fill(i) }], 'relaxed');
    assert.ok(statSync(join(directory, 'keep')).size < 2_000_000);
  }
  await using keep = await FileKeep.open({ directory, sealer });
  assert.deepEqual(await keep.get('n'), value.fill(59));
  assert.deepEqual(await keep.get('k'), utf8('s'));
  assert.deepEqual(await keep.get('stays'), utf8('x'));
});

test('[S7] a full keep refuses and keeps what it has', async (context) => {
  const keeps = [
    new MemoryKeep(1000),
    await FileKeep.open({ directory: folder(context), sealer, bytesMax: 1000 }),
  ];
  for (const keep of keeps) {
    await keep.write([{ name: 'a', value: new Uint8Array(900) }]);
    await assert.rejects(keep.write([{ name: 'b', value: new Uint8Array(200) }]), { code: 'full' });
    assert.equal((await keep.list('')).length, 1);
    await keep.write([
      { name: 'a', value: null },
      { name: 'b', value: new Uint8Array(200) },
    ]);
    assert.equal((await keep.get('b'))?.length, 200);
    await keep[Symbol.asyncDispose]();
  }
});
