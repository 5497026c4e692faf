/** The places for blobs that need no other program. */

import { deepEqual } from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
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
