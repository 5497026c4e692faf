/** The golden vectors of files: what this implementation makes of them must be what they state (SPEC W7, Z40). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import {
  addressOf,
  chunkCountOf,
  decodeManifest,
  isChunkOf,
  treeRoot,
} from 'copse/internal/social/files/address.ts';
import { chunkFilled } from './make/files.ts';
import { read, unhex } from './read.ts';

const primitives = nativePrimitives();

interface FileVector {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly fill: number;
  readonly chunks: readonly string[];
  readonly root: string;
  readonly bytes: string;
  readonly address: string;
  readonly proofs: readonly (readonly string[])[];
}

interface WrongChunk extends Pick<FileVector, 'name' | 'size' | 'type' | 'fill' | 'root'> {
  readonly index: number;
  readonly shown: number;
  readonly proof: readonly string[];
}

const { valid, invalid } = read<FileVector, WrongChunk>('files.json');

test('[W7, Z40] files have the chunks, the proofs and the address that they state', () => {
  for (const { name, size, type, fill, chunks, root, bytes, address, proofs } of valid) {
    assert.equal(chunks.length, chunkCountOf(size), name);
    assert.equal(hex(treeRoot(primitives, chunks.map(unhex))), root, name);
    const manifest = decodeManifest(unhex(bytes));
    assert.deepEqual([manifest.size, manifest.type, hex(manifest.root)], [size, type, root], name);
    assert.equal(hex(addressOf(primitives, manifest)), address, name);
    for (const [index, proof] of proofs.entries()) {
      const claimed = { index, bytes: chunkFilled(size, fill, index), proof: proof.map(unhex) };
      assert.equal(isChunkOf(primitives, manifest, claimed), true, `${name}, ${index}`);
    }
  }
});

test('[W7, Z40] claims about chunks that do not hold are seen', () => {
  for (const { name, size, type, fill, root, index, shown, proof } of invalid) {
    const bytes = chunkFilled(size, fill, shown);
    const claimed = { index, bytes, proof: proof.map(unhex) };
    assert.equal(isChunkOf(primitives, { size, type, root: unhex(root) }, claimed), false, name);
  }
});
