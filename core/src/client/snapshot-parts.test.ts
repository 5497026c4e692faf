import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

import { partBytesMax, stateBytesMax } from '../base/limits-snapshot.ts';
import { encode } from '../wire/shape.ts';
import { partOf, partShape, partsOf, stateOf, type Part } from './snapshot-parts.ts';

const link = new Uint8Array(32).fill(3);
const mark = new Uint8Array(8).fill(4);
const noise = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = 1; i < size; i++) bytes[i] = (x = (x * 48_271) % 0x7fff_ffff) >>> 8;
  return bytes;
};

async function read(parts: readonly Uint8Array[]): Promise<Part[]> {
  return parts.map((bytes) => partOf(bytes) ?? assert.fail('no part'));
}

test('[Q1] a state of any size comes back from its parts, and what shrinks is packed', async () => {
  for (const [state, count] of [
    [new Uint8Array(0), 1],
    [noise(1), 1],
    [noise(partBytesMax), 1],
    [noise(partBytesMax + 1), 2],
    [noise(5 * partBytesMax), 5],
    [new Uint8Array(1 << 20), 1],
  ] as const) {
    const encoded = await partsOf({ from: 9, link, state }, mark);
    assert.equal(encoded.length, count, `${state.length} bytes`);
    assert.deepEqual(await stateOf(await read(encoded)), { from: 9, link, state });
  }
});

test('[Q6] a state that is too large is refused before anything of it is written', async () => {
  const state = new Uint8Array(stateBytesMax + 1);
  await assert.rejects(partsOf({ from: 9, link, state }, mark), { code: 'tooLarge' });
});

test('[Q3] parts that are not one snapshot are none', async () => {
  const parts = await read(await partsOf({ from: 9, link, state: noise(3 * partBytesMax) }, mark));
  const [a, b, c] = parts as [Part, Part, Part];
  const other = (change: Partial<Part>): Part => ({ ...b, ...change });
  const spoilt: readonly (readonly Part[])[] = [
    [],
    [a, b],
    [a, c, b],
    [a, b, c, c],
    [b, c, a],
    [a, other({ from: 8 }), c],
    [a, other({ size: 1 }), c],
    [a, other({ mark: noise(8) }), c],
    [a, other({ link: noise(32) }), c],
    [a, other({ codec: 'gzip' }), c],
    [a, other({ data: b.data.subarray(1) }), c],
    [{ ...a, codec: 'gzip' }, other({ codec: 'gzip' }), { ...c, codec: 'gzip' }],
  ];
  for (const each of spoilt) assert.equal(await stateOf(each), null);
  assert.notEqual(await stateOf([a, b, c]), null);
});

test('[Q6] what grows beyond the size that it names is not opened to its end', async () => {
  const bomb = gzipSync(new Uint8Array(40 << 20));
  assert.ok(bomb.length < partBytesMax);
  const part = { from: 9, link, mark, index: 0, count: 1, codec: 'gzip', size: 1_000, data: bomb } as const;
  const { DecompressionStream: Real } = globalThis;
  let opened = 0;
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      opened += chunk.length;
      controller.enqueue(chunk);
    },
  });
  globalThis.DecompressionStream = class extends Real {
    override readonly readable = super.readable.pipeThrough(counting);
  };
  try {
    assert.equal(await stateOf([part]), null);
  } finally {
    globalThis.DecompressionStream = Real;
  }
  assert.ok(opened > 1_000 && opened < 8 << 20, `${opened} bytes were opened`);
  assert.equal(partOf(encode(partShape, part))?.size, 1_000);
});

test('[Q3, W4] any bytes at all are a part or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const part = partOf(bytes);
      return part === null || part.index < part.count;
    }),
  );
});
