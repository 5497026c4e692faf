import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { key } from '../../base/ids.ts';
import { accountFileRecordBytesMax } from '../../base/limits-account-file.ts';
import { fileChunkBytes } from '../../base/limits-files.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { encodeCbor, type Cbor } from '../../wire/cbor.ts';
import { AccountFileWriter, readAccountFile, type NumberedRecord } from './account-file.ts';
import { decodeRecord, encodeRecord, type AccountRecord } from './record.ts';
import { Sequence } from './sequence.ts';

const primitives = nativePrimitives();
const filled = (fill: number, size = 32): Uint8Array => new Uint8Array(size).fill(fill);

type Written = Exclude<AccountRecord, { kind: 'other' | 'end' }>;

const HEAD: Written = {
  kind: 'head',
  user: key(filled(1)),
  node: key(filled(2)),
  url: 'https://copse.example',
  madeMs: 1_700_000_000_000,
  by: key(filled(1)),
};
const RECORDS: readonly Written[] = [
  HEAD,
  {
    kind: 'standing',
    place: 7,
    name: 'Ada',
    quota: 3,
    bytes: 2 ** 40,
    madeMs: 5,
    state: 'there',
    above: [{ key: key(filled(3)), name: 'Bea' }],
  },
  {
    kind: 'operation',
    number: 9,
    atMs: 6,
    act: 'add',
    bytes: filled(4, 300),
    prev: filled(5),
    hash: filled(6),
  },
  { kind: 'message', bytes: filled(7, 4_000) },
  { kind: 'pin', id: filled(8) },
  {
    kind: 'file',
    address: filled(9),
    size: fileChunkBytes + 1,
    type: 'text/plain',
    name: 'notes',
    held: 'own',
    isPinned: true,
    digests: filled(10, 64),
  },
  { kind: 'chunk', address: filled(9), at: 0, bytes: filled(11, fileChunkBytes) },
  { kind: 'chunk', address: filled(9), at: 1, bytes: filled(12, 1) },
];

function written(records: readonly Written[]): Uint8Array {
  const writer = new AccountFileWriter(primitives);
  return concat(...records.map((record) => writer.add(record)), writer.end());
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  readonly records: readonly NumberedRecord[];
  readonly fault: Fault | null;
}

async function read(bytes: Uint8Array, size = 65_536): Promise<Read> {
  const records: NumberedRecord[] = [];
  try {
    for await (const each of readAccountFile(primitives, inPieces(bytes, size))) records.push(each);
    return { records, fault: null };
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return { records, fault: thrown };
  }
}

test('[Z100] every record has one form and says the same again, in pieces of any size', async () => {
  const file = written(RECORDS);
  for (const size of [4_093, 65_536, file.length]) {
    const { records, fault } = await read(file, size);
    assert.equal(fault, null);
    assert.deepEqual(
      records.map(({ record }) => record),
      RECORDS,
    );
    assert.deepEqual(
      records.map(({ number }) => number),
      RECORDS.map((_, at) => at),
    );
  }
  for (const record of RECORDS) assert.deepEqual(decodeRecord(encodeRecord(record)), record);
  const small = written(RECORDS.slice(0, 5));
  assert.equal((await read(small, 1)).records.length, 5);
});

test('[Z101] a file that was cut off anywhere is known as such, and what came before is there', async () => {
  const file = written(RECORDS.slice(0, 5));
  for (let size = 0; size < file.length; size++) {
    const { records, fault } = await read(file.subarray(0, size), 700);
    assert.equal(fault?.code, 'corrupt', String(size));
    assert.match(fault.detail, /ends early, after \d+ records/);
    assert.ok(records.length <= 5);
  }
});

test('[Z101] no byte of a file changes unnoticed, no record is exchanged, repeated or left out', async () => {
  const file = written(RECORDS.slice(0, 5));
  for (let at = 0; at < file.length; at++) {
    const spoilt = file.slice();
    spoilt[at] = (spoilt[at] ?? 0) ^ 1;
    assert.notEqual((await read(spoilt)).fault, null, String(at));
  }
  const parts = RECORDS.slice(0, 5).map((record) => encodeRecord(record));
  const end = file.subarray(concat(...parts).length);
  const [head, standing, operation, message, pin] = parts;
  assert.ok(head && standing && operation && message && pin);
  const others = [
    [head, operation, standing, message, pin, end],
    [head, standing, operation, message, end],
    [head, standing, operation, message, pin, pin, end],
    [head, standing, operation, message, pin, end, pin],
    [head, standing, head, message, pin, end],
    [standing, operation, message, pin, end],
  ];
  for (const other of others) assert.notEqual((await read(concat(...other))).fault, null);
});

test('[Z101] what is no record is refused with its number, and before it takes memory', async () => {
  const begin = encodeRecord(HEAD);
  const item = (value: Cbor): Uint8Array => encodeCbor(value);
  let nested: Cbor = 0;
  for (let depth = 0; depth < 6; depth++) nested = [nested];
  const wrong: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a number', item(3), /map or array/],
    ['a short one', item([1]), /field 1/],
    ['a long one', item([2, filled(1), 0]), /unknown fields/],
    ['an empty message', item([1, new Uint8Array(0)]), /field 1/],
    ['too deep', item([3, 1, 'a', 1, 1, 1, 'there', [nested]]), /levels/],
    [
      'a file of half a hash',
      item([5, filled(1), 9, 'a/b', '', 'own', 0, filled(1, 33)]),
      /each of its chunks/,
    ],
    ['a file held otherwise', item([5, filled(1), 9, 'a/b', '', 'mine', 0, filled(1)]), /own or cache/],
    ['a longer head', Uint8Array.of(0x82, 0x18, 2, 0x41, 1), /shortest/],
    ['an endless text', Uint8Array.of(0x82, 1, 0x7f), /deterministic/],
    ['a tag', Uint8Array.of(0xc1, 0), /deterministic/],
    ['a huge string', Uint8Array.of(0x82, 1, 0x5b, 0, 1, 0, 0, 0, 0, 0, 0), /at most/],
    ['a huge list', Uint8Array.of(0x9b, 0, 0, 1, 0, 0, 0, 0, 0), /at most/],
    ['a huge map', Uint8Array.of(0xba, 0x7f, 0xff, 0xff, 0xff), /at most/],
  ];
  for (const [what, bytes, why] of wrong) {
    const { records, fault } = await read(concat(begin, bytes));
    assert.ok(fault !== null, what);
    assert.match(fault.detail, why, what);
    assert.match(fault.detail, /^record 1: /, what);
    assert.equal(records.length, 1, what);
  }
  assert.match((await read(item([0, 'copse account', 2]))).fault?.detail ?? '', /version 2/);
  assert.equal((await read(item([0, 'copse account', 2]))).fault?.code, 'newer');
  assert.match((await read(filled(0x7b, 40))).fault?.detail ?? '', /./);
  const later = concat(begin, item([99, 'of a later time', [1, 2]]));
  const { records } = await read(later);
  assert.deepEqual(records.at(-1)?.record, { kind: 'other', number: 99 });
});

test('[Z101] a reader holds no more than a record and a piece', () => {
  const sequence = new Sequence();
  const big = encodeCbor([6, filled(9), 0, filled(1, fileChunkBytes)]);
  assert.ok(big.length <= accountFileRecordBytesMax);
  let heldMax = 0;
  let count = 0;
  for (let turn = 0; turn < 8; turn++) {
    for (let at = 0; at < big.length; at += 65_536) {
      sequence.push(big.subarray(at, at + 65_536));
      while (sequence.next() !== null) count += 1;
      heldMax = Math.max(heldMax, sequence.left);
    }
  }
  assert.equal(count, 8);
  assert.ok(heldMax <= big.length, String(heldMax));
  assert.equal(sequence.left, 0);
});
