/**
 * The golden vectors of bytes: what this implementation makes of them must be what they state (SPEC W7).
 * Nothing here makes a vector; `make.ts` does, and another implementation judges them (`lab/judge/protocol.ts`).
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { decodeCbor, encodeCbor } from 'copse/internal/wire/cbor.ts';
import { canonical } from 'copse/internal/wire/describe.ts';
import { encodeEntry, EntryCursor, headerBytes, type Entry, type Ruling } from 'copse/internal/wire/entry.ts';
import { decode, encode, type Shape } from 'copse/internal/wire/shape.ts';
import { cborOf, jsonOf } from './cbor-json.ts';
import { putFrameJson, readFrames, type FrameJson } from './frame-json.ts';
import { CONTRACTS } from './make/messages.ts';
import { shapeFor, type MessagePlace } from './message-place.ts';
import { faultOf, read, textOf, unhex } from './read.ts';
import { putSection, readSections, type SectionJson } from './record-json.ts';
import { shapeJson, shapeOf, valueJson, valueOf, type ShapeJson } from './shape-json.ts';

/** Hashes of the files. Before the release of a version `make.ts` may change them; afterwards nothing may. */
const PINNED: Readonly<Record<string, string>> = {
  'shapes.json': 'b4c5a5a37011128b733bb2220f3d16fd3fe8cf2c8816a0a052a09f21142fc53a',
  'frames.json': '4048b1e0ed295bff77fba5ecdf63456fe24ab2c539c6052ebe731ebdf817a349',
  'messages.json': '150614b347301f03398080c7aa5e39974ccca61f0c23de408afa07f1f6e11341',
  'entries.json': 'c63eb8f769878846280cd07b0de8a1a8ee2b8ca90358e03716e195e315b54626',
  'records.json': '8fbfc489bebda95ec01d751eec5ddbd5079305a4122288b1f755e497e3871adc',
  'cbor.json': '587d26755bfb8cbe7a5056a37bb0c9f6d3b0a397771f6902fbfb483ebf7f9bed',
  'objects.json': '582d256f886817c5217eaba650fb638cfd31ad63ef441772ef3d72762d3f875c',
  'chains.json': '6965e50091640d45aa15a4366aceb118b0fc047dd9f3bcacaf8a51408d1ef78f',
  'blessings.json': '04205f601b62c38f0ac056f55585b0a416e8aacd3b0ae9b325b2986707f4dccc',
  'tokens.json': 'cc37c5b29fafbf9d98736696c681f46d8b44ae3bd9597e8b12cfd7b6e111d5f9',
  'identities.json': '73003063f00de3ad1ea99ab0bfb3b8c69256fdf635b07b9effc1753346873716',
  'envelopes.json': '9be20b92da1867057645657c50c7f210c1bb1375804b49af75c7704a60970abe',
  'labels.json': '0b4742aa31df4b43e9aa088a3b44cb3d6d44fa51f2530d6b21267a300ea55f00',
  'notes.json': '0953185ead230280a4972c41763d6b1e0bed22f09b9c8a87c14f9810ba580853',
  'links.json': 'c8ecd3b61f04b3f11a43412858637af48dfca2cb04fdbe02d0b2d1aaf45ad944',
  'proofs.json': '1c792ac71ea3d6d2fa524d8eff5f2271152bd6d9e8ba4936fd082d953a22fbb7',
  'handshake.json': '663818a3e27a7001ec66210a251720026f1bbf23eceed0b4301efd39c1259f48',
  'channel.json': '57002ded7256d917dde06ce74c9f46d987ba9cc7fbb82a1b2b2cdc472a5b6fb4',
  'leaves.json': 'c1719b3c313f6b5a79f8fefd58792c32bb483de6fb4abec8e795d2941f2dabac',
  'checkpoints.json': '004fdc1b7e2e83523715783ee61c84fd4fd70db9af0987f252a5b7e6414bc769',
  'key-sets.json': 'bfab2823db094dcd6500640a9612903e6c630e9943a94443e20bc37550ebc726',
  'peer-messages.json': '26e5db44b76a289aaa007bb2fdb3ac7cb7e241564eda9bd4c6f08e7ee751fc55',
  'accounts.json': 'b5f5a8e657bd7a0e412ef715c43c1001630e1b01a98ac48ca2a55106a9d1ddd0',
  'files.json': '54289d386abb460fd00b91f918ce7fc09ce948a7f659b0790cb4bb7ea5fb4539',
  'recovery.json': '53cd86dc0dcfb717e776bd7d849340439260c28d63fa4b7a91ef3581643b8028',
  'stamps.json': 'aa777ec34155f85e360da887ad12e55f803d8653cba70f8dbe8393554c9ac5ca',
};

test('[W7] the vectors are the pinned ones', () => {
  const found = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'));
  const hashes = found
    .filter((name) => name !== 'contracts.json')
    .map((name) => [name, createHash('sha256').update(textOf(name)).digest('hex')]);
  assert.deepEqual(Object.fromEntries(hashes), PINNED, 'the bytes of the protocol changed');
});

test('[W7] values of every form have their bytes, and other bytes are refused', () => {
  const { valid, invalid } = read<
    { readonly shape: ShapeJson; readonly bytes: string; readonly value: unknown },
    { readonly shape: ShapeJson; readonly bytes: string; readonly fault: string }
  >('shapes.json');
  for (const { name, shape, bytes, value } of valid) isInverse(name, shapeOf(shape), shape, { bytes, value });
  for (const { name, shape, bytes, fault } of invalid) {
    assert.equal(
      faultOf(() => decode(shapeOf(shape), unhex(bytes))),
      fault,
      name,
    );
  }
});

function isInverse(
  name: string,
  shape: Shape<unknown>,
  description: ShapeJson,
  stated: { readonly bytes: string; readonly value: unknown },
): void {
  assert.deepEqual(valueJson(decode(shape, unhex(stated.bytes))), stated.value, name);
  assert.equal(hex(encode(shape, valueOf(description, stated.value))), stated.bytes, name);
}

test('[W7] every message of every contract has its bytes, and other bytes are refused', () => {
  const { valid, invalid } = read<
    MessagePlace & { readonly bytes: string; readonly value: unknown },
    MessagePlace & { readonly bytes: string; readonly fault: string }
  >('messages.json');
  for (const vector of valid) {
    const shape = shapeFor(vector);
    isInverse(vector.name, shape, shapeJson(shape), vector);
  }
  for (const vector of invalid) {
    assert.equal(
      faultOf(() => decode(shapeFor(vector), unhex(vector.bytes))),
      vector.fault,
      vector.name,
    );
  }
  const seen = new Set(valid.map(({ contract, message, part }) => `${contract}.${message} ${part}`));
  for (const { name, calls, casts, pushes } of CONTRACTS) {
    const parts = [
      ...Object.keys(calls).flatMap((call) => [`${call} request`, `${call} answer`]),
      ...Object.keys(casts).map((cast) => `${cast} cast`),
      ...Object.keys(pushes).map((push) => `${push} push`),
    ];
    for (const part of parts) assert.ok(seen.has(`${name}.${part}`), `${name}.${part} has no vector`);
  }
});

test('[W7] what is said of a shape in JSON means that shape', () => {
  const described: { readonly contracts: readonly { readonly name: string }[] } = JSON.parse(
    textOf('contracts.json'),
  );
  assert.deepEqual(
    described.contracts.map(({ name }) => name).toSorted(),
    CONTRACTS.map(({ name }) => name).toSorted(),
    'every contract has vectors',
  );
  for (const { calls, casts, pushes } of CONTRACTS) {
    const shapes = [
      ...Object.values(calls).flatMap(({ request, answer }) => [request, answer]),
      ...Object.values(casts).map(({ message }) => message),
      ...Object.values(pushes).map(({ message }) => message),
    ];
    for (const shape of shapes) assert.equal(canonical(shapeOf(shapeJson(shape))), canonical(shape));
  }
});

test('[W7] messages are the stated frames, and other bytes are refused', () => {
  const { valid, invalid } = read<{
    readonly bytes: string;
    readonly frames: readonly FrameJson[];
    readonly onlyDecoded?: boolean;
  }>('frames.json');
  for (const { name, bytes, frames, onlyDecoded } of valid) {
    assert.deepEqual(readFrames(unhex(bytes)), frames, name);
    if (onlyDecoded === true) continue;
    const writer = new Writer();
    for (const frame of frames) putFrameJson(writer, frame);
    assert.equal(hex(writer.view()), bytes, name);
  }
  for (const { name, bytes, fault } of invalid) {
    assert.equal(
      faultOf(() => readFrames(unhex(bytes))),
      fault,
      name,
    );
  }
});

interface EntryValue {
  readonly sealed: boolean;
  readonly ruling: Ruling | null;
  readonly part: boolean;
  readonly news: string | null;
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
  readonly keyEpoch: number;
  readonly timeMs: number;
  readonly payload: string;
}

function entryOf(value: EntryValue): Entry {
  const { ruling, part: isPart, news, ...fields } = value;
  const rest = { ...fields, ...(isPart ? { isPart } : {}), ...(news === null ? {} : { news: unhex(news) }) };
  const entry = { ...rest, device: unhex(value.device), payload: unhex(value.payload) };
  return ruling === null ? entry : { ...entry, ruling };
}

function readEntries(bytes: Uint8Array): readonly EntryValue[] {
  const cursor = new EntryCursor(bytes);
  const entries: EntryValue[] = [];
  while (cursor.next()) {
    const { device, payload, ruling = null, isPart: part = false, news: tags, ...rest } = cursor.entry();
    const news = tags === undefined ? null : hex(tags);
    entries.push({ ...rest, ruling, part, news, device: hex(device), payload: hex(payload) });
  }
  return entries;
}

test('[W7] entries have their bytes, alone and end to end, and other bytes are refused', () => {
  const { valid, invalid } = read<
    { readonly bytes: string; readonly value: EntryValue; readonly header: string },
    { readonly bytes: string; readonly fault?: string }
  >('entries.json');
  for (const { name, bytes, value, header } of valid) {
    assert.deepEqual(readEntries(unhex(bytes)), [value], name);
    assert.equal(hex(encodeEntry(entryOf(value))), bytes, name);
    assert.equal(hex(headerBytes(entryOf(value))), header, name);
  }
  const page = unhex(valid.map(({ bytes }) => bytes).join(''));
  assert.deepEqual(
    readEntries(page),
    valid.map(({ value }) => value),
  );
  for (const { name, bytes, fault } of invalid) {
    assert.equal(
      faultOf(() => readEntries(unhex(bytes))),
      fault ?? 'none',
      name,
    );
  }
});

test('[W7] records of the journal have their bytes, and other bytes are refused', () => {
  const { valid, invalid } = read<{ readonly bytes: string; readonly sections: readonly SectionJson[] }>(
    'records.json',
  );
  for (const { name, bytes, sections } of valid) {
    assert.deepEqual(readSections(unhex(bytes)), sections, name);
    const writer = new Writer();
    for (const section of sections) putSection(writer, section);
    assert.equal(hex(writer.view()), bytes, name);
  }
  for (const { name, bytes, fault } of invalid) {
    assert.equal(
      faultOf(() => readSections(unhex(bytes))),
      fault,
      name,
    );
  }
});

test('[W7, W13] values of deterministic CBOR have their bytes, and other bytes are refused', () => {
  const { valid, invalid } = read<{ readonly bytes: string; readonly value: unknown }>('cbor.json');
  const limits = { bytesMax: 8192, depthMax: 4 };
  for (const { name, bytes, value } of valid) {
    assert.deepEqual(jsonOf(decodeCbor(unhex(bytes), limits)), value, name);
    assert.equal(hex(encodeCbor(cborOf(value))), bytes, name);
  }
  for (const { name, bytes, fault } of invalid) {
    assert.equal(
      faultOf(() => decodeCbor(unhex(bytes), limits)),
      fault,
      name,
    );
  }
});
