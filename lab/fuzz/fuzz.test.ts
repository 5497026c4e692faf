import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Fault } from 'copse/internal/base/fault.ts';
import { DECODERS } from './decoders.ts';
import { fuzz, type Decoder } from './fuzz.ts';

const SEED = 1;
const INPUTS = 60;

for (const decoder of DECODERS) {
  test(`[W4] any bytes: ${decoder.name}`, async () => {
    const finding = await fuzz(decoder, SEED, INPUTS);
    if (finding !== null) assert.fail(`${finding.what}\ninput ${finding.input}`);
  });
}

const honest: Decoder = {
  name: 'a byte below ten',
  sample: (chance) => Uint8Array.of(chance.between(0, 9)),
  decode(bytes) {
    if (bytes.length !== 1 || bytes[0]! > 9) throw new Fault('malformed');
  },
};

test('[W4] a decoder that throws something else is found', async () => {
  const wild = { ...honest, decode: (bytes: Uint8Array) => bytes[7]!.toString() };
  assert.match((await fuzz(wild, SEED, INPUTS))?.what ?? '', /TypeError/);
});

test('[W4] a fault that was not declared is found', async () => {
  const loud = { ...honest, decode: () => Promise.reject(new Fault('internal')) };
  assert.match((await fuzz(loud, SEED, INPUTS))?.what ?? '', /undeclared/);
});

test('[W4] a decoder that reads outside of its input is found', async () => {
  const nosy = { ...honest, decode: (bytes: Uint8Array) => honest.decode(new Uint8Array(bytes.buffer)) };
  assert.match((await fuzz(nosy, SEED, INPUTS))?.what ?? '', /as a view/);
});

test('[W4] a decoder that refuses what is valid is found', async () => {
  const strict = { ...honest, decode: () => Promise.reject(new Fault('malformed')) };
  assert.match((await fuzz(strict, SEED, INPUTS))?.what ?? '', /valid input is refused/);
});

test('[W4] the honest decoder is not', async () => {
  assert.equal(await fuzz(honest, SEED, INPUTS), null);
});
