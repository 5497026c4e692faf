/** The places for blobs that need no other program. */

import { deepEqual, equal } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderBlobs } from '../../server/src/store/blobs-folder.ts';
import { MemoryBlobs } from '../../server/src/store/blobs-memory.ts';
import { blob, blobSuite } from './blobs.suite.ts';

function folder(): { readonly directory: string } & AsyncDisposable {
  const directory = mkdtempSync(join(tmpdir(), 'copse-blobs-'));
  return { directory, [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true }) };
}

blobSuite('a folder', async () => {
  const place = folder();
  const { directory } = place;
  return { ...place, blobs: new FolderBlobs(directory), again: () => new FolderBlobs(directory) };
});

blobSuite('memory', async () => {
  const blobs = new MemoryBlobs();
  return { blobs, again: () => blobs, async [Symbol.asyncDispose]() {} };
});

test('[B2] a folder holds whole files under their hashes and nothing else', async () => {
  await using place = folder();
  const { name, bytes } = blob(9, 10_000);
  const blobs = new FolderBlobs(join(place.directory, 'made', 'when-needed'));
  await Promise.all([1, 2, 3, 4].map(() => blobs.put(name, bytes)));
  const files = readdirSync(place.directory, { recursive: true, withFileTypes: true });
  deepEqual(
    files.filter((file) => file.isFile()).map((file) => file.name),
    [name],
  );
});

test('[B2] what was cut off half written is written over, and goes with its blob', async () => {
  await using place = folder();
  const [one, two] = [blob(9, 10_000), blob(8, 10_000)];
  const blobs = new FolderBlobs(place.directory);
  for (const { name } of [one, two]) {
    mkdirSync(join(place.directory, name.slice(0, 2)), { recursive: true });
    writeFileSync(`${blobs.pathOf(name)}.part`, 'half');
    equal(await blobs.get(name), null);
  }
  await blobs.put(one.name, one.bytes);
  deepEqual(await blobs.get(one.name), one.bytes);
  await blobs.delete(two.name);
  const files = readdirSync(place.directory, { recursive: true, withFileTypes: true });
  deepEqual(
    files.filter((file) => file.isFile()).map((file) => file.name),
    [one.name],
  );
});
