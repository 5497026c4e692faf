/** The contract of what a node knows of files (`server/src/store/files.ts`), for every engine. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { concat, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { userId } from 'copse/internal/base/ids.ts';
import { fileChunkBytes, fileUploadsMax } from 'copse/internal/base/limits-files.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { chunkCountOf } from 'copse/internal/social/files/address.ts';
import { hashed } from 'copse/internal/social/files/hasher.ts';
import type { BeginFile, FileStore, Room } from '../../server/src/store/files.ts';

export interface FilesEngine {
  readonly name: string;
  readonly open: () => Promise<FileStore>;
}

const primitives = nativePrimitives();
const [ada, bea, cia] = [userId('aa'.repeat(8)), userId('bb'.repeat(8)), userId('cc'.repeat(8))];
const roomy: Room = { account: 1e12, node: 1e12, grant: null };
const picture = { width: 3, height: 4 };

/** A file of so many bytes, of which only the hashes are made. */
function fileOf(name: string, size = 2 * fileChunkBytes) {
  const digests = Array.from({ length: chunkCountOf(size) }, (_, at) =>
    primitives.sha256(utf8(`${name} ${at}`)),
  );
  const { address, manifest } = hashed(primitives, { size, type: 'image/png', digests });
  return { address: hex(address), manifest, digests: concat(...digests), list: digests };
}

type File = ReturnType<typeof fileOf>;

function begun(file: File, more: Partial<BeginFile> = {}): BeginFile {
  const { address, manifest, digests } = file;
  return { account: ada, kind: 'own', address, manifest, digests, name: '', room: roomy, nowMs: 10, ...more };
}

/** The whole file in the store, held by `account`. */
async function put(store: FileStore, file: File, more: Partial<BeginFile> = {}): Promise<number> {
  const answer = await store.begin(begun(file, more));
  const id = answer.kind === 'ok' ? answer.file : -1;
  for (const [at, digest] of file.list.entries()) {
    await store.intend(digest);
    equal(await store.arrive({ file: id, at, digest, nowMs: more.nowMs ?? 10 }), true);
  }
  await store.finish(id, { sha256: shaOf(file), picture: null, nowMs: more.nowMs ?? 10 });
  return id;
}

const shaOf = (file: File): string => hex(primitives.sha256(utf8(file.address)));

/** What falls is cleared, as the owner of the store does it; answers the chunks that went. */
async function clearAll(store: FileStore): Promise<number> {
  let count = 0;
  for (let some = await store.clear(2); some !== null; some = await store.clear(2))
    for (const digest of some) {
      await store.gone(digest);
      count++;
    }
  return count;
}

export function filesStoreSuite({ name: engine, open }: FilesEngine): void {
  const suite = (title: string, run: (store: FileStore) => Promise<void>): void =>
    void test(`${title} (${engine})`, async () => {
      await using store = await open();
      await run(store);
    });

  suite('[Z41] a file comes chunk by chunk, in any order, and is whole when that is said', async (store) => {
    const file = fileOf('one', 3 * fileChunkBytes);
    equal(await store.find(file.address), null);
    const answer = await store.begin(begun(file));
    const id = answer.kind === 'ok' ? answer.file : -1;
    deepEqual(await store.present(id), []);
    for (const at of [2, 0, 2]) {
      const digest = must(file.list[at], 'a chunk');
      equal(await store.arrive({ file: id, at, digest, nowMs: 11 }), true);
    }
    deepEqual(await store.present(id), [0, 2]);
    equal((await store.find(file.address))?.state, 'coming');
    equal(await store.findWhole(shaOf(file)), null);
    await store.finish(id, { sha256: shaOf(file), picture, nowMs: 12 });
    const found = await store.find(file.address);
    const { manifest, digests, address } = file;
    deepEqual(found, { id, address, manifest, digests, state: 'whole', sha256: shaOf(file), picture });
    deepEqual(await store.findWhole(shaOf(file)), found);
  });

  suite('[Z41] who holds a file pays for all of it, once, and no more when she lets go', async (store) => {
    const file = fileOf('one');
    const id = await put(store, file);
    deepEqual(await store.begin(begun(file)), { kind: 'ok', file: id });
    await store.begin(begun(file, { account: bea, kind: 'cache' }));
    const usage = { bytes: 2 * fileChunkBytes, cacheBytes: 0, files: 1, uploads: 0 };
    deepEqual(await store.usage(ada), usage);
    deepEqual(await store.usage(bea), { ...usage, cacheBytes: usage.bytes });
    deepEqual(await store.totals(), { files: 1, bytes: usage.bytes });
    equal(await store.drop(ada, file.address), true);
    equal(await store.drop(ada, file.address), false);
    equal((await store.find(file.address))?.state, 'whole');
    equal(await store.drop(bea, file.address), true);
    equal(await store.find(file.address), null);
    deepEqual(await store.usage(bea), { bytes: 0, cacheBytes: 0, files: 0, uploads: 0 });
    deepEqual(await store.totals(), { files: 0, bytes: 0 });
  });

  suite('[Z41] what an account, the node or a grant has no room for is not begun', async (store) => {
    const file = fileOf('one');
    const size = file.manifest.size;
    const begin = async (room: Partial<Room>, more: Partial<BeginFile> = {}): Promise<unknown> => {
      const answer = await store.begin(begun(file, { room: { ...roomy, ...room }, ...more }));
      return answer.kind === 'ok' ? 'ok' : [answer.of, answer.lacking];
    };
    deepEqual(await begin({ account: size - 1 }), ['account', 1]);
    deepEqual(await begin({ node: size - 5 }), ['node', 5]);
    const grant = { id: 'ee', bytes: size + 10, expiresMs: 100 };
    deepEqual(await begin({ grant: { ...grant, bytes: 10 } }), ['grant', size - 10]);
    deepEqual(await store.usage(ada), { bytes: 0, cacheBytes: 0, files: 0, uploads: 0 });
    equal(await begin({ account: size, node: size, grant }), 'ok');
    equal(await begin({ account: 0, node: 0 }, { nowMs: 20 }), 'ok', 'what she holds takes no more');
    equal(await begin({ node: 0 }, { account: bea }), 'ok', 'nor what is on the node');
    const other = fileOf('two');
    const again = await store.begin(begun(other, { room: { ...roomy, grant } }));
    deepEqual(again, { kind: 'full', of: 'grant', lacking: size - 10 });
    await store.forgetGrants(101);
    equal((await store.begin(begun(other, { room: { ...roomy, grant } }))).kind, 'ok');
  });

  suite('[Z41] uploads under way have a bound, and an idle one is given up with its bytes', async (store) => {
    for (let count = 0; count < fileUploadsMax; count++)
      equal((await store.begin(begun(fileOf(`idle ${count}`), { nowMs: count }))).kind, 'ok');
    deepEqual(await store.begin(begun(fileOf('more'))), { kind: 'full', of: 'uploads', lacking: 1 });
    equal((await store.usage(ada)).uploads, fileUploadsMax);
    equal(await store.giveUp(3, 100), 3);
    equal(await store.giveUp(3, 100), 0);
    equal((await store.usage(ada)).uploads, fileUploadsMax - 3);
    equal((await store.begin(begun(fileOf('more')))).kind, 'ok');
    const kept = fileOf('idle 3');
    const id = must(await store.find(kept.address), 'a file').id;
    await store.arrive({ file: id, at: 0, digest: must(kept.list[0], 'a chunk'), nowMs: 1000 });
    await store.giveUp(900, 1000);
    deepEqual([(await store.usage(ada)).uploads, (await store.totals()).files], [1, 1]);
    equal(
      await store.arrive({ file: id - 1, at: 0, digest: must(kept.list[0], 'a chunk'), nowMs: 9 }),
      false,
    );
  });

  suite(
    '[Z41] caches fall, the least recently used first, and what is owned or pinned never',
    async (store) => {
      const files = ['a', 'b', 'c', 'd', 'e'].map((each) => fileOf(each));
      const [own, pinned, old, used, newest] = files;
      for (const [at, file] of files.entries())
        await put(store, file, { kind: at === 0 ? 'own' : 'cache', nowMs: 10 + at });
      equal(await store.pin(ada, must(pinned, 'b').address, true), true);
      equal(await store.pin(bea, must(pinned, 'b').address, true), false);
      const size = must(own, 'a').manifest.size;
      equal((await store.usage(ada)).cacheBytes, 3 * size);
      const idOf = async (file: File | undefined) =>
        must(await store.find(must(file, 'a file').address), 'it').id;
      await store.seen(
        [
          { file: await idOf(old), account: ada },
          { file: await idOf(own), account: null },
        ],
        50,
      );
      equal((await store.evict(ada, 1, 10)).bytes, size);
      equal(await store.find(must(used, 'd').address), null);
      equal((await store.evict(bea, 1, 10)).bytes, 0);
      equal((await store.evict(ada, 10 * size, 1)).bytes, size, 'so many at once');
      equal(await store.find(must(newest, 'e').address), null);
      equal((await store.evict(ada, 10 * size, 10)).bytes, size);
      equal((await store.evict(ada, 10 * size, 10)).bytes, 0);
      deepEqual(
        (await store.list(ada, null, 9)).map(({ kind, pinned: isPinned }) => [kind, isPinned]),
        [
          ['cache', true],
          ['own', false],
        ],
      );
      await store.pin(ada, must(pinned, 'b').address, false);
      equal((await store.evict(null, 1, 10)).bytes, size);
      equal((await store.evict(null, 1, 10)).bytes, 0);
      equal((await store.totals()).files, 1);
    },
  );

  suite(
    '[Z41] what nobody keeps falls from the node, the least recently read first, for all who cached it',
    async (store) => {
      const [one, two] = [fileOf('one'), fileOf('two')];
      const first = await put(store, one, { kind: 'cache', nowMs: 1 });
      await put(store, two, { kind: 'cache', nowMs: 2 });
      for (const account of [bea, cia]) await store.begin(begun(one, { account, kind: 'cache', nowMs: 3 }));
      await store.seen([{ file: first, account: null }], 1);
      equal((await store.evict(null, 1, 2)).bytes, 0, 'two of three holders');
      equal((await store.evict(null, 1, 2)).bytes, one.manifest.size);
      equal(await store.find(one.address), null);
      equal((await store.find(two.address))?.state, 'whole');
      deepEqual((await store.usage(cia)).bytes, 0);
      await store.begin(begun(two, { account: bea, kind: 'own' }));
      equal((await store.evict(null, 1, 10)).bytes, 0);
    },
  );

  suite('[Z41] a chunk goes with the last file that has it', async (store) => {
    const one = fileOf('one', 3 * fileChunkBytes);
    const two = { ...one, ...hashedAs(one, 'video/mp4') };
    await put(store, one);
    await put(store, two, { account: bea });
    await store.drop(ada, one.address);
    equal(await clearAll(store), 0);
    equal(await store.isUnused(must(one.list[0], 'a chunk')), false);
    await store.drop(bea, two.address);
    equal(await clearAll(store), 3);
    deepEqual(await store.unused(10), []);
    equal(await store.clear(9), null);
  });

  suite('[Z41] a chunk that was to come and did not is known until it is said to be gone', async (store) => {
    const file = fileOf('one');
    const [first, second] = file.list;
    await store.intend(must(first, 'one'));
    await store.intend(must(second, 'two'));
    await store.intend(must(first, 'one'));
    equal((await store.unused(10)).length, 2);
    equal((await store.unused(1)).length, 1);
    await put(store, file);
    deepEqual(await store.unused(10), []);
    await store.gone(must(first, 'one'));
    equal(await store.isUnused(must(first, 'one')), false, 'it is used');
    await store.drop(ada, file.address);
    const cleared = must(await store.clear(9), 'chunks');
    deepEqual(cleared.length, 2);
    // Somebody brings it again before its blob is deleted.
    await put(store, file, { account: bea });
    equal(await store.isUnused(must(first, 'one')), false);
    await store.gone(must(first, 'one'));
    equal((await store.find(file.address))?.state, 'whole');
  });

  suite('[Z105] what one account holds goes over to another one, a few at once', async (store) => {
    const [one, two, both, cache] = ['one', 'two', 'both', 'cache'].map((each) => fileOf(each));
    for (const file of [one, two]) await put(store, must(file, 'a file'), { name: 'mine' });
    await put(store, must(both, 'a file'), { kind: 'cache' });
    await store.begin(begun(must(both, 'it'), { account: bea, kind: 'cache' }));
    await store.pin(ada, must(both, 'it').address, true);
    await put(store, must(cache, 'a file'), { kind: 'cache' });
    const upload = { account: ada, upload: 'u', type: 'a/b', size: 5, name: 'n', room: roomy, nowMs: 5 };
    await store.beginUpload(upload);
    const size = 2 * fileChunkBytes;
    let turns = 1;
    while (await store.inherit(ada, bea, 2)) turns++;
    equal(turns, 3);
    deepEqual(await store.usage(ada), { bytes: 0, cacheBytes: 0, files: 0, uploads: 0 });
    deepEqual(await store.usage(bea), { bytes: 4 * size + 5, cacheBytes: size, files: 5, uploads: 1 });
    deepEqual(
      (await store.list(bea, null, 9)).map(({ kind, pinned }) => `${kind} ${pinned}`),
      ['cache false', 'cache true', 'own false', 'own false'],
    );
    deepEqual(await store.list(ada, null, 9), []);
    equal((await store.upload('u'))?.account, bea);
    equal((await store.evict(bea, 1, 9)).bytes, size, 'the cache still falls');
    for (const file of [one, two, both]) equal(await store.drop(bea, must(file, 'it').address), true);
    equal(await store.dropUpload('u'), true);
    deepEqual(await store.totals(), { files: 0, bytes: 0 });
    equal(await store.inherit(ada, bea, 2), false);
  });

  suite('[Z41] the list of an account is its own, the newest first, page by page', async (store) => {
    for (const each of ['a', 'b', 'c', 'd']) await put(store, fileOf(each), { name: `file ${each}` });
    await put(store, fileOf('of bea'), { account: bea });
    const first = await store.list(ada, null, 3);
    deepEqual(
      first.map(({ name }) => name),
      ['file d', 'file c', 'file b'],
    );
    const rest = await store.list(ada, must(first.at(-1), 'a last one').id, 3);
    deepEqual(
      rest.map(({ name, size, type, state }) => [name, size, type, state]),
      [['file a', 2 * fileChunkBytes, 'image/png', 'whole']],
    );
    deepEqual(await store.list(cia, null, 3), []);
  });

  suite('[Z42] an upload of unknown size grows, is charged as it does, and becomes a file', async (store) => {
    const file = fileOf('one', fileChunkBytes + 7);
    const upload = {
      account: ada,
      upload: 'u1',
      type: 'image/png',
      size: null,
      name: 'film',
      room: roomy,
      nowMs: 5,
    };
    equal((await store.beginUpload(upload)).kind, 'ok');
    const tail = new Uint8Array(7).fill(3);
    const grow = (offset: number, more: object = {}) =>
      store.grow({ upload: 'u1', chunk: null, tail, offset, size: null, room: roomy, nowMs: 6, ...more });
    deepEqual(await grow(7), { kind: 'ok' });
    const record = must(await store.upload('u1'), 'the upload');
    const { file: id, ...rest } = record;
    deepEqual(rest, {
      account: ada,
      type: 'image/png',
      name: 'film',
      size: null,
      offset: 7,
      tail,
      seenMs: 6,
    });
    const chunk = { at: 0, digest: must(file.list[0], 'a chunk') };
    deepEqual(await grow(fileChunkBytes, { chunk, tail: new Uint8Array(0) }), { kind: 'ok' });
    deepEqual(await store.present(id), [0]);
    equal((await store.usage(ada)).bytes, fileChunkBytes);
    const tight = { ...roomy, account: fileChunkBytes + 5 };
    deepEqual(await grow(fileChunkBytes + 7, { room: tight }), { kind: 'full', of: 'account', lacking: 2 });
    deepEqual(await grow(fileChunkBytes + 7, { size: fileChunkBytes + 7 }), { kind: 'ok' });
    await store.arrive({ file: id, at: 1, digest: must(file.list[1], 'a chunk'), nowMs: 6 });
    const { address, manifest, digests } = file;
    const done = { sha256: shaOf(file), picture: null, nowMs: 7, address, manifest, digests };
    equal(await store.finishUpload('u1', done), id);
    equal(await store.finishUpload('u1', done), null);
    equal(await store.upload('u1'), null);
    equal((await store.find(address))?.state, 'whole');
    deepEqual(await store.usage(ada), { bytes: manifest.size, cacheBytes: 0, files: 1, uploads: 0 });
    deepEqual(await store.totals(), { files: 1, bytes: manifest.size });
    deepEqual(
      await store.grow({ upload: 'u1', chunk: null, tail, offset: 9, size: null, room: roomy, nowMs: 6 }),
      {
        kind: 'gone',
      },
    );
  });

  for (const state of ['whole', 'coming'] as const)
    suite(
      `[Z42] an upload that turns out to be a file that is ${state} is that file, for all`,
      async (store) => {
        const file = fileOf('one');
        const { address, manifest, digests } = file;
        if (state === 'whole') await put(store, file, { account: bea });
        else await store.begin(begun(file, { account: bea }));
        await store.begin(begun(file, { account: cia, kind: 'cache' }));
        const size = manifest.size;
        await store.beginUpload({
          account: ada,
          upload: 'u',
          type: 'a/b',
          size,
          name: 'n',
          room: roomy,
          nowMs: 5,
        });
        const id = must(await store.upload('u'), 'it').file;
        for (const [at, digest] of file.list.entries())
          await store.arrive({ file: id, at, digest, nowMs: 5 });
        await store.finishUpload('u', { sha256: shaOf(file), picture, nowMs: 7, address, manifest, digests });
        equal((await store.find(address))?.state, 'whole');
        deepEqual(await store.totals(), { files: 1, bytes: size });
        for (const account of [ada, bea, cia])
          deepEqual(await store.usage(account), {
            bytes: size,
            cacheBytes: account === cia ? size : 0,
            files: 1,
            uploads: 0,
          });
        equal(await clearAll(store), 0);
        for (const account of [ada, bea]) equal(await store.drop(account, address), true);
        equal((await store.evict(null, 1, 9)).bytes, size);
        equal(await clearAll(store), 2);
      },
    );

  suite('[Z42] an upload that is dropped takes its chunks along', async (store) => {
    await store.beginUpload({
      account: ada,
      upload: 'u',
      type: 'a/b',
      size: 5,
      name: 'n',
      room: roomy,
      nowMs: 5,
    });
    equal(await store.dropUpload('u'), true);
    equal(await store.dropUpload('u'), false);
    equal(await store.upload('u'), null);
    deepEqual(await store.totals(), { files: 0, bytes: 0 });
    equal(await clearAll(store), 0);
  });
}

function hashedAs({ list, manifest }: File, type: string): Pick<File, 'address' | 'manifest'> {
  const { address, manifest: other } = hashed(primitives, { size: manifest.size, type, digests: list });
  return { address: hex(address), manifest: other };
}
