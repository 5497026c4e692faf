/** Drawn plays of everything that happens to files, before an engine and the model in memory (SPEC Z41, Z42, Z105). */

import { deepEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { concat, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { userId } from 'copse/internal/base/ids.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { chunkCountOf } from 'copse/internal/social/files/address.ts';
import { hashed } from 'copse/internal/social/files/hasher.ts';
import type { FileStore, Room } from '../../server/src/store/files.ts';

export interface FilesPlay {
  readonly plays: number;
  readonly open: () => FileStore;
  readonly model: () => FileStore;
}

const primitives = nativePrimitives();
const USERS = [userId('aa'.repeat(8)), userId('bb'.repeat(8)), userId('cc'.repeat(8))];
const SIZES = [5, fileChunkBytes, 2 * fileChunkBytes + 9];
/** The first and the last share their first chunk. */
const FILES = SIZES.map((size, which) => {
  const digests = Array.from({ length: chunkCountOf(size) }, (_, at) =>
    primitives.sha256(utf8(at === 0 && which !== 1 ? 'shared' : `${which} ${at}`)),
  );
  const { address, manifest } = hashed(primitives, { size, type: 'a/b', digests });
  return { address: hex(address), manifest, digests: concat(...digests), list: digests };
});
const UPLOADS = ['u', 'v'];

const user = fc.nat({ max: USERS.length - 1 });
const file = fc.nat({ max: FILES.length - 1 });
const upload = fc.nat({ max: UPLOADS.length - 1 });
const room = fc.record({
  account: fc.constantFrom(1e12, 3 * fileChunkBytes),
  node: fc.constantFrom(1e12, 4 * fileChunkBytes),
  isGranted: fc.boolean(),
});

const act = fc.oneof(
  fc.record({ do: fc.constant('begin' as const), user, file, room, isOwn: fc.boolean() }),
  fc.record({ do: fc.constant('arrive' as const), file, at: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constant('finish' as const), file }),
  fc.record({
    do: fc.constant('beginUpload' as const),
    user,
    upload,
    room,
    size: fc.option(fc.constantFrom(...SIZES)),
  }),
  fc.record({ do: fc.constant('grow' as const), upload, room, file, at: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constant('finishUpload' as const), upload, file }),
  fc.record({ do: fc.constant('drop' as const), user, file }),
  fc.record({ do: fc.constant('dropUpload' as const), upload }),
  fc.record({ do: fc.constant('pin' as const), user, file, isPinned: fc.boolean() }),
  fc.record({ do: fc.constant('seen' as const), user, file }),
  fc.record({ do: fc.constant('evict' as const), user: fc.option(user), bytes: fc.constantFrom(1, 1e9) }),
  fc.record({ do: fc.constant('giveUp' as const), ago: fc.nat({ max: 6 }) }),
  fc.record({ do: fc.constant('inherit' as const), user, to: user }),
  fc.record({ do: fc.constant('clear' as const) }),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

export async function filesPlay({ plays, open, model }: FilesPlay): Promise<void> {
  const property = fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
    await using store = open();
    await using other = model();
    for (const [turn, each] of acts.entries()) {
      // Each moment differs, so that what is least recently used is one thing.
      const nowMs = 10 + turn;
      const [left, right] = [await perform(store, each, nowMs), await perform(other, each, nowMs)];
      deepEqual(left, right, `${each.do} answers what the model does`);
      deepEqual(await stateOf(store), await stateOf(other), `after ${each.do}`);
    }
  });
  await fc.assert(property, { numRuns: plays });
}

function roomOf({ account, node, isGranted }: { account: number; node: number; isGranted: boolean }): Room {
  const grant = { id: 'ee', bytes: 2 * fileChunkBytes, expiresMs: 1_000 };
  return { account, node, grant: isGranted ? grant : null };
}

interface Turn {
  readonly store: FileStore;
  readonly nowMs: number;
}

/** What it answers, without what stands in another order only. */
async function perform(store: FileStore, each: Act, nowMs: number): Promise<unknown> {
  const turn = { store, nowMs };
  switch (each.do) {
    case 'begin':
    case 'arrive':
    case 'finish':
      return performFile(turn, each);
    case 'beginUpload':
    case 'grow':
    case 'finishUpload':
    case 'dropUpload':
      return performUpload(turn, each);
    case 'drop':
      return store.drop(userAt(each.user), fileAt(each.file).address);
    case 'pin':
      return store.pin(userAt(each.user), fileAt(each.file).address, each.isPinned);
    case 'seen': {
      const id = (await store.find(fileAt(each.file).address))?.id;
      return id !== undefined && store.seen([{ file: id, account: userAt(each.user) }], nowMs);
    }
    case 'evict':
      return store.evict(each.user === null ? null : userAt(each.user), each.bytes, 2);
    case 'giveUp':
      return store.giveUp(nowMs - each.ago, 2);
    case 'inherit':
      return each.user !== each.to && store.inherit(userAt(each.user), userAt(each.to), 2);
    case 'clear':
      return names((await store.clear(2)) ?? []);
  }
}

type FileAct = Extract<Act, { do: 'begin' | 'arrive' | 'finish' }>;

async function performFile({ store, nowMs }: Turn, each: FileAct): Promise<unknown> {
  const { address, manifest, digests, list } = fileAt(each.file);
  if (each.do === 'begin') {
    const of = { account: userAt(each.user), address, manifest, digests, name: 'n' };
    return store.begin({ ...of, kind: each.isOwn ? 'own' : 'cache', room: roomOf(each.room), nowMs });
  }
  const record = await store.find(address);
  if (record === null) return null;
  if (each.do === 'arrive') {
    const digest = list[each.at];
    return digest !== undefined && store.arrive({ file: record.id, at: each.at, digest, nowMs });
  }
  if (record.state !== 'coming') return null;
  for (const [at, digest] of list.entries()) await store.arrive({ file: record.id, at, digest, nowMs });
  return store.finish(record.id, { sha256: shaOf(address), picture: null, nowMs });
}

type UploadAct = Extract<Act, { do: 'beginUpload' | 'grow' | 'finishUpload' | 'dropUpload' }>;

async function performUpload({ store, nowMs }: Turn, each: UploadAct): Promise<unknown> {
  const name = must(UPLOADS[each.upload], 'an upload');
  const record = await store.upload(name);
  if (each.do === 'dropUpload') return store.dropUpload(name);
  if (each.do === 'beginUpload') {
    if (record !== null) return null;
    const more = { type: 'a/b', size: each.size, name: 'film', room: roomOf(each.room), nowMs };
    return store.beginUpload({ account: userAt(each.user), upload: name, ...more });
  }
  const { address, manifest, digests, list } = fileAt(each.file);
  if (each.do === 'grow') {
    // What has come stays.
    const offset = Math.max(record?.offset ?? 0, Math.min((each.at + 1) * fileChunkBytes, manifest.size));
    const digest = list[each.at];
    const chunk = digest === undefined ? null : { at: each.at, digest };
    const more = { tail: utf8('tail'), offset, size: null, room: roomOf(each.room), nowMs };
    return store.grow({ upload: name, chunk, ...more });
  }
  // Who finishes an upload knows what came: all of the file.
  if (record !== null && Math.max(record.size ?? 0, record.offset) !== manifest.size) return null;
  const done = { sha256: shaOf(address), picture: null, nowMs };
  return store.finishUpload(name, { ...done, address, manifest, digests });
}

async function stateOf(store: FileStore): Promise<unknown> {
  const accounts = await Promise.all(
    USERS.map(async (each) => [await store.usage(each), await store.list(each, null, 99)]),
  );
  const files = await Promise.all(
    FILES.map(async ({ address }) => {
      const record = await store.find(address);
      return [record, record === null ? [] : await store.present(record.id)];
    }),
  );
  const uploads = await Promise.all(UPLOADS.map((name) => store.upload(name)));
  return { accounts, files, uploads, totals: await store.totals(), unused: names(await store.unused(99)) };
}

const names = (digests: readonly Uint8Array[]): readonly string[] => digests.map(hex).toSorted();
const shaOf = (address: string): string => hex(primitives.sha256(utf8(address)));
const userAt = (at: number) => must(USERS[at], 'a user');
const fileAt = (at: number) => must(FILES[at], 'a file');
