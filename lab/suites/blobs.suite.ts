/** The contract of a place for blobs: folder, memory and bucket answer alike (SPEC B2). */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { BlobStore } from '../../server/src/store/blobs.ts';

export interface BlobPlace extends AsyncDisposable {
  readonly blobs: BlobStore;
  /** The same place, by another program. */
  again(): BlobStore;
}

export function blob(fill: number, size: number): { readonly name: string; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(size).fill(fill);
  return { name: hex(nativePrimitives().sha256(bytes)), bytes };
}

export function blobSuite(name: string, open: () => Promise<BlobPlace>): void {
  test(`[B2] ${name}: what was put is there, whole, also for another program`, async () => {
    await using place = await open();
    for (const size of [0, 1, 70_000, 600_000]) {
      const { name: key, bytes } = blob(size % 251, size);
      equal(await place.blobs.get(key), null);
      await place.blobs.put(key, bytes);
      deepEqual(await place.blobs.get(key), bytes);
      deepEqual(await place.again().get(key), bytes);
    }
  });

  test(`[B2] ${name}: putting again, at once or later, changes nothing`, async () => {
    await using place = await open();
    const { name: key, bytes } = blob(7, 5_000);
    await Promise.all([1, 2, 3].map(() => place.blobs.put(key, bytes)));
    await place.again().put(key, bytes);
    deepEqual(await place.blobs.get(key), bytes);
  });

  test(`[B2] ${name}: what was deleted is gone, and deleting it again is no fault`, async () => {
    await using place = await open();
    const [one, two] = [blob(1, 100), blob(2, 100)];
    await place.blobs.put(one.name, one.bytes);
    await place.blobs.put(two.name, two.bytes);
    await place.blobs.delete(one.name);
    await place.blobs.delete(one.name);
    equal(await place.blobs.get(one.name), null);
    deepEqual(await place.again().get(two.name), two.bytes);
    await place.blobs.put(one.name, one.bytes);
    deepEqual(await place.blobs.get(one.name), one.bytes);
  });
}
