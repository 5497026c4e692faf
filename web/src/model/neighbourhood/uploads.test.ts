/** Uploads of a post that is being written, over files that a test holds up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Files } from '../sdk-files.ts';
import { Uploads, type Kept, type Shelf, type UploadRow } from './uploads.ts';

interface Going {
  readonly name: string;
  readonly size: number;
  readonly options: NonNullable<Parameters<Files['upload']>[1]>;
  readonly resolve: () => void;
  readonly reject: (thrown: unknown) => void;
}

type Info = Awaited<ReturnType<Files['upload']>>;

function info(address: string): Info {
  return { address, size: 1, type: 'x/y', root: new Uint8Array(32), sha256: address, picture: null };
}

class Scene {
  readonly going: Going[] = [];
  readonly kept = new Map<string, Kept>();
  /** What was written to the shelf. */
  readonly acts: string[] = [];
  rows: readonly UploadRow[] = [];
  #count = 0;
  readonly #shelf: Shelf = {
    all: async (draft) => [...this.kept.values()].filter((each) => each.draft === draft),
    put: async (kept) => {
      this.acts.push('put');
      this.kept.set(kept.id, kept);
    },
    describe: (id, words) => {
      this.acts.push(words);
      const row = this.kept.get(id);
      if (row !== undefined) this.kept.set(id, { ...row, words });
    },
    remove: async (id) => void this.kept.delete(id),
  };
  readonly #files: Files = {
    has: async () => true,
    url: (address) => `/files/${address}`,
    upload: (source, options) =>
      new Promise<Info>((resolve, reject) => {
        const address = String(this.going.length + 1)
          .repeat(64)
          .slice(0, 64);
        options?.signal?.addEventListener('abort', () => reject(new Fault('closed')));
        const name = options?.name ?? '';
        const size = source instanceof Blob ? source.size : 0;
        this.going.push({
          name,
          size,
          options: options ?? {},
          resolve: () => resolve(info(address)),
          reject,
        });
      }),
    uploadThumbnail: async () => info('cc'.repeat(32)),
    usage: () => Promise.reject(new Fault('unknown')),
    list: async function* list() {},
    pin: async () => {},
    unpin: async () => {},
    drop: async () => {},
    host: async () => info(''),
  };

  begin(): Uploads {
    return new Uploads({
      draft: 'new',
      files: async () => this.#files,
      bare: async (blob) => (blob.size === 9 ? blob.slice(0, 5) : blob),
      small: async (blob) => (blob.size === 4 ? null : blob),
      shelf: this.#shelf,
      newId: () => `id ${(this.#count += 1)}`,
      onChange: (rows) => void (this.rows = rows),
    });
  }

  get states(): readonly string[] {
    return this.rows.map(({ state }) => state.kind);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

async function turns(): Promise<void> {
  for (let at = 0; at < 5; at++) await turn();
}

const fileOf = (name: string, type: string, text = 'words'): File => new File([text], name, { type });

test('[U51] files go one after the other, say how far they are, and are attached when all are there', async () => {
  const scene = new Scene();
  using uploads = scene.begin();
  uploads.add([fileOf('tree.png', 'image/png'), fileOf('plan.pdf', 'application/pdf')]);
  await turns();
  assert.deepEqual(scene.states, ['going', 'waiting']);
  scene.going[0]?.options.onProgress?.(3, 5);
  assert.deepEqual(scene.rows[0]?.state, { kind: 'going', done: 3 });
  assert.equal(uploads.attachments(), null);
  scene.going[0]?.resolve();
  await turns();
  assert.deepEqual(scene.states, ['there', 'going']);
  scene.going[1]?.resolve();
  await turns();
  uploads.describe(scene.rows[0]?.id ?? '', ' A tree ');
  const [tree, plan] = uploads.attachments() ?? [];
  assert.deepEqual([tree?.alt, tree?.type, tree?.size], ['A tree', 'image/png', 5]);
  assert.equal(tree?.thumbnail?.length, 32);
  // A file is called by its name, and has no picture.
  assert.deepEqual([plan?.alt, plan?.thumbnail], ['plan.pdf', undefined]);
  const sent = scene.rows.map(({ id }) => id);
  uploads.add([fileOf('next.pdf', 'application/pdf')]);
  uploads.sent(sent);
  assert.deepEqual(
    scene.rows.map(({ name }) => name),
    ['next.pdf'],
  );
  assert.equal(scene.kept.size, 1);
});

test('[U51] one that failed goes on when it is told to, and one that is taken out is given up', async () => {
  const scene = new Scene();
  using uploads = scene.begin();
  uploads.add([fileOf('a.bin', ''), fileOf('b.bin', '')]);
  await turns();
  scene.going[0]?.reject(new Fault('full'));
  await turns();
  assert.deepEqual(scene.states, ['failed', 'going']);
  uploads.remove(scene.rows[1]?.id ?? '');
  await turns();
  assert.equal(scene.going[1]?.options.signal?.aborted, true);
  assert.deepEqual(scene.states, ['failed']);
  uploads.retry(scene.rows[0]?.id ?? '');
  await turns();
  scene.going[2]?.resolve();
  await turns();
  assert.deepEqual(scene.states, ['there']);
  assert.equal(uploads.attachments()?.[0]?.type, 'application/octet-stream');
});

test('[U51] what was chosen goes on after a reload, with what was said of it', async () => {
  const scene = new Scene();
  const before = scene.begin();
  before.add([fileOf('tree.png', 'image/png')]);
  await turns();
  before.describe(scene.rows[0]?.id ?? '', 'A tree');
  await turns();
  before[Symbol.dispose]();
  assert.equal(scene.going[0]?.options.signal?.aborted, true);
  using after = scene.begin();
  await after.begin();
  await turns();
  assert.deepEqual([scene.going[1]?.name, scene.states], ['tree.png', ['going']]);
  scene.going[1]?.resolve();
  await turns();
  assert.equal(after.attachments()?.[0]?.alt, 'A tree');
});

test('[U51] what is typed of a file is kept at a pause, without the file', async () => {
  const scene = new Scene();
  using uploads = scene.begin();
  uploads.add([fileOf('tree.png', 'image/png'), fileOf('pear.png', 'image/png')]);
  await turns();
  const [tree = '', pear = ''] = scene.rows.map(({ id }) => id);
  for (const words of ['A', 'A ', 'A t', 'A tree']) uploads.describe(tree, words);
  uploads.describe(pear, 'A pear');
  assert.equal(scene.rows[0]?.words, 'A tree');
  uploads.remove(pear);
  uploads.keep();
  uploads.keep();
  assert.deepEqual(scene.acts, ['put', 'put', 'A tree']);
  await turns();
  assert.deepEqual(
    [...scene.kept.values()].map(({ words }) => words),
    ['A tree'],
  );
});

test('[U51, Z97] a picture goes without what was written beside it, and as large as it is then', async () => {
  const scene = new Scene();
  using uploads = scene.begin();
  uploads.add([fileOf('place.jpg', 'image/jpeg', 'nine byte')]);
  await turns();
  scene.going[0]?.resolve();
  await turns();
  assert.deepEqual([uploads.attachments()?.[0]?.size, scene.going[0]?.size], [5, 5]);
});

test('[U51] a picture of which no small one can be made goes without', async () => {
  const scene = new Scene();
  using uploads = scene.begin();
  uploads.add([fileOf('odd.png', 'image/png', 'four')]);
  await turns();
  scene.going[0]?.resolve();
  await turns();
  assert.equal(uploads.attachments()?.[0]?.thumbnail, undefined);
});
