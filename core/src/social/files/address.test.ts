import { deepEqual, equal, notDeepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { must } from '../../base/assert.ts';
import { concat, hex } from '../../base/bytes.ts';
import { fileBytesMax, fileChunkBytes } from '../../base/limits-files.ts';
import { emptyRoot } from '../../crypto/merkle.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { encodeCbor } from '../../wire/cbor.ts';
import {
  addressOf,
  areDigestsOf,
  chunkCountOf,
  chunkProof,
  chunkRange,
  decodeManifest,
  encodeManifest,
  isChunkOf,
  treeRoot,
  type Manifest,
} from './address.ts';
import { contentTypeOf, isContentType, servedAs } from './content-type.ts';
import { Chunker, hashed } from './hasher.ts';

const primitives = nativePrimitives();

function bytesOf(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 997) bytes[at] = (at * 31 + seed) & 255;
  return bytes;
}

interface Made {
  readonly manifest: Manifest;
  readonly address: Uint8Array;
  readonly chunks: readonly Uint8Array[];
  readonly digests: readonly Uint8Array[];
}

function made(bytes: Uint8Array, type = 'video/mp4'): Made {
  const chunks = Array.from({ length: chunkCountOf(bytes.length) }, (_, index) => {
    const { from, to } = chunkRange(bytes.length, index);
    return bytes.subarray(from, to);
  });
  const digests = chunks.map((chunk) => primitives.sha256(chunk));
  return { chunks, digests, ...hashed(primitives, { size: bytes.length, type, digests }) };
}

/** Of no bytes of text. */
const EMPTY = 'a4c8bfb9c964ed9678f33e2317ea74b35d61a2bb7edf5f66183b5149ca23eea0';

const sizes = [
  0,
  1,
  fileChunkBytes - 1,
  fileChunkBytes,
  fileChunkBytes + 1,
  3 * fileChunkBytes,
  5 * fileChunkBytes + 7,
];

test('[Z40] each chunk of a file is shown to be its own by the manifest and a proof, at any size', () => {
  for (const size of sizes) {
    const { manifest, chunks, digests } = made(bytesOf(size));
    equal(chunks.length, Math.ceil(size / fileChunkBytes));
    equal(areDigestsOf(primitives, manifest, digests), true);
    for (const [index, bytes] of chunks.entries()) {
      const proof = chunkProof(primitives, digests, index);
      equal(isChunkOf(primitives, manifest, { index, bytes, proof }), true, `${size}, ${index}`);
    }
  }
});

test('[Z40] a changed, moved, shortened or lengthened chunk is none of the file, and neither is a foreign proof', () => {
  const { manifest, chunks, digests } = made(bytesOf(3 * fileChunkBytes + 5));
  const other = made(bytesOf(3 * fileChunkBytes + 5, 2));
  const refused = (index: number, bytes: Uint8Array, proof: readonly Uint8Array[], of = manifest): void =>
    equal(isChunkOf(primitives, of, { index, bytes, proof }), false);
  for (const [index, bytes] of chunks.entries()) {
    const proof = chunkProof(primitives, digests, index);
    const flipped = bytes.slice();
    flipped[flipped.length - 1] = must(flipped.at(-1), 'a byte') ^ 1;
    refused(index, flipped, proof);
    refused((index + 1) % 4, bytes, proof);
    refused(index, bytes.subarray(1), proof);
    refused(index, concat(bytes, Uint8Array.of(0)), proof);
    refused(index, bytes, proof.slice(1));
    refused(index, bytes, [...proof, digests[0] ?? bytes]);
    refused(index, bytes, chunkProof(primitives, other.digests, index));
    refused(index, bytes, proof, other.manifest);
  }
  const last = { index: 3, bytes: chunks[3] ?? bytesOf(0), proof: chunkProof(primitives, digests, 3) };
  equal(isChunkOf(primitives, { ...manifest, size: manifest.size + 1 }, last), false);
  for (const index of [-1, 4, 0.5, Number.NaN]) refused(index, chunks[0] ?? bytesOf(0), []);
});

test('[Z40] size, content type and content are all in the address', () => {
  const bytes = bytesOf(2 * fileChunkBytes);
  const { manifest, address } = made(bytes);
  for (const other of [
    { ...manifest, size: manifest.size - 1 },
    { ...manifest, type: 'text/html' },
    { ...manifest, root: made(bytesOf(manifest.size, 3)).manifest.root },
  ])
    notDeepEqual(addressOf(primitives, other), address);
  deepEqual(addressOf(primitives, decodeManifest(encodeManifest(manifest))), address);
});

test('[Z40] the empty file has an address, and no chunk', () => {
  const { manifest, address, digests } = made(new Uint8Array(0), 'text/plain');
  equal(digests.length, 0);
  equal(chunkCountOf(0), 0);
  notDeepEqual(manifest.root, emptyRoot(primitives), 'also the empty tree is in the domain of files');
  equal(areDigestsOf(primitives, manifest, []), true);
  equal(isChunkOf(primitives, manifest, { index: 0, bytes: new Uint8Array(0), proof: [] }), false);
  equal(hex(address), EMPTY);
});

test('[Z40] of hashes that lack one, have one too many or another order the root is another', () => {
  const { manifest, digests } = made(bytesOf(4 * fileChunkBytes));
  for (const others of [
    digests.slice(1),
    [...digests, digests[0] ?? manifest.root],
    digests.toReversed(),
    [],
  ])
    equal(areDigestsOf(primitives, manifest, others), false);
  equal(
    areDigestsOf(
      primitives,
      manifest,
      digests.map((digest) => digest.subarray(1)),
    ),
    false,
  );
});

test('[Z40] a manifest has one form, and what is beyond its bounds is none', () => {
  const { manifest } = made(bytesOf(10));
  const bytes = encodeManifest(manifest);
  const fields = { ...manifest };
  const encoded = ({ size, type, root }: Manifest, more: readonly (readonly [number, number])[] = []) =>
    encodeCbor(new Map<number, number | string | Uint8Array>([[1, size], [2, type], [3, root], ...more]));
  deepEqual(encoded(fields), bytes);
  for (const wrong of [
    encoded({ ...fields, size: fileBytesMax + 1 }),
    encoded({ ...fields, type: 'Video/MP4' }),
    encoded({ ...fields, type: 'video' }),
    encoded({ ...fields, type: `video/${'x'.repeat(200)}` }),
    encoded({ ...fields, root: fields.root.subarray(1) }),
    encoded(fields, [[4, 1]]),
    bytes.subarray(1),
    concat(bytes, Uint8Array.of(0)),
    new Uint8Array(300),
  ])
    throws(() => decodeManifest(wrong), /malformed|not a valid message|larger/i);
});

test('[Z40] in whatever pieces a file comes, its chunks are the same', () => {
  const size = 2 * fileChunkBytes + 1234;
  const bytes = bytesOf(size);
  const whole = made(bytes);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: size }), { maxLength: 12 }), (cuts) => {
      const chunker = new Chunker();
      const places = [0, ...cuts.toSorted((a, b) => a - b), size];
      const chunks = places.flatMap((at, index) => [
        ...chunker.push(bytes.subarray(at, places[index + 1] ?? size)),
      ]);
      const last = chunker.end();
      const digests = [...chunks, ...(last === null ? [] : [last])].map((chunk) => primitives.sha256(chunk));
      deepEqual(hashed(primitives, { size, type: 'video/mp4', digests }).address, whole.address);
      equal(chunker.end(), null);
    }),
    { numRuns: 25 },
  );
});

test('[Z40] a file that goes on after a break has the chunks that it would have had', () => {
  const bytes = bytesOf(fileChunkBytes + 100);
  const before = new Chunker();
  deepEqual([...before.push(bytes.subarray(0, 500))], []);
  const after = new Chunker(before.tail.slice());
  const [first] = after.push(bytes.subarray(500));
  deepEqual(first, bytes.subarray(0, fileChunkBytes));
  deepEqual(after.end(), bytes.subarray(fileChunkBytes));
});

test('[Z40] the tree over many chunks is that of RFC 6962, in the domain of files', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), (count, pick) => {
      const digests = Array.from({ length: count }, (_, at) => primitives.sha256(Uint8Array.of(at)));
      const index = pick % count;
      const proof = chunkProof(primitives, digests, index);
      equal(proof.length <= Math.ceil(Math.log2(count)), true);
      const shuffled = digests.with(index, primitives.sha256(Uint8Array.of(255)));
      notDeepEqual(treeRoot(primitives, digests), treeRoot(primitives, shuffled));
    }),
    { numRuns: 60 },
  );
});

test('[Z40] a content type has one form, whatever a browser calls it', () => {
  for (const [said, type] of [
    ['image/png', 'image/png'],
    [' Image/PNG ', 'image/png'],
    ['text/plain;charset=UTF-8', 'text/plain; charset=utf-8'],
    ['text/plain; format=flowed; charset="utf-8"', 'text/plain; charset=utf-8'],
    ['', 'application/octet-stream'],
    ['text/html\r\nset-cookie: a=b', 'application/octet-stream'],
    ['text', 'application/octet-stream'],
    [`a/${'b'.repeat(500)}`, 'application/octet-stream'],
  ] as const) {
    equal(contentTypeOf(said), type, said);
    equal(isContentType(type), true);
  }
});

test('[Z43] only what runs nothing is shown in the window of a browser', () => {
  for (const type of ['image/png', 'image/avif', 'video/mp4', 'video/webm', 'audio/mpeg'])
    deepEqual(servedAs(type, true), { type, isDownload: false });
  deepEqual(servedAs('text/plain; charset=utf-16', true), {
    type: 'text/plain; charset=utf-8',
    isDownload: false,
  });
  const active = [
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'application/pdf',
    'text/javascript',
    'application/x-shockwave-flash',
    'text/css',
    'multipart/x-mixed-replace',
    'video/mp4x',
  ];
  for (const type of active)
    deepEqual(servedAs(type, true), { type: 'application/octet-stream', isDownload: true }, type);
  deepEqual(servedAs('image/png', false), { type: 'application/octet-stream', isDownload: true });
});
