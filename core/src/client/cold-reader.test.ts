import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { play, sleep } from '../../../lab/suites/sim-node.ts';
import type { Redirect } from '../api/cold.ts';
import type { Page } from '../api/tail.ts';
import { concat, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { handle, siteId, deviceId } from '../base/ids.ts';
import { blobAddressMs, coldFetchesMax, coldPauseMs } from '../base/limits-cold.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { EntryCursor } from '../wire/entry.ts';
import type { Fetch } from './cold-fetch.ts';
import { coldPages, type ColdPages } from './cold-reader.ts';
import { newSiteSecrets, SiteKeys } from './site-keys.ts';

const primitives = nativePrimitives();
const device = deviceId('ab'.repeat(8));
const COUNT = 300;
const PER_BLOB = 50;

/** A log of 300 entries in six blobs, their host, and what it was asked. */
class Bench {
  readonly world = new World(1);
  readonly blobByPath = new Map<string, Uint8Array>();
  readonly redirects: Redirect[] = [];
  readonly asked: { readonly path: string; readonly range: string | null }[] = [];
  readonly finds: number[] = [];
  /** What becomes of a request before the host answers it. */
  host: (path: string, range: string | null) => Response | null = () => null;
  find: (from: number) => readonly Redirect[];
  open = 0;
  openMost = 0;

  constructor() {
    const env = this.world.env('device');
    const keys = new SiteKeys(primitives, env, siteId('51'.repeat(16)), newSiteSecrets(env));
    const log = keys.logId('chat');
    for (let at = 1; at <= COUNT; at += PER_BLOB) {
      const seals = Array.from({ length: PER_BLOB }, (_, i) =>
        keys.sealEntry(log, { device, epoch: 1, seq: at + i, timeMs: at }, utf8(`${at + i} `.repeat(40))),
      );
      const isRaw = at % 100 === 1;
      const entries = concat(...seals);
      const stored = isRaw ? entries : new Uint8Array(gzipSync(entries));
      const url = `/v1/blob/${at}?until=1`;
      this.blobByPath.set(url, stored);
      const [size, bytes, sha256] = [stored.length, entries.length, primitives.sha256(stored)];
      this.redirects.push({
        at,
        count: PER_BLOB,
        url,
        start: 0,
        size,
        sha256,
        bytes,
        codec: isRaw ? 'raw' : 'gzip',
      });
    }
    this.find = (from) => this.redirects.filter(({ at, count }) => at + count > from).slice(0, 4);
  }

  pages(): ColdPages {
    const remote = {
      find: async ({ from }: { readonly from: number }) => {
        this.finds.push(from);
        return { runs: this.find(from) };
      },
    };
    // A double of one contract: the session's own facet is typed by whichever it is given.
    const facet: (...of: readonly unknown[]) => never = () => remote as never;
    const options = { env: this.world.env('device'), address: 'ws://127.0.0.1:7/tail', primitives };
    return coldPages({ facet, options }, handle(1), COUNT + 10, this.#fetch);
  }

  readonly #fetch: Fetch = async (url, { headers, signal }) => {
    const path = url.replace('http://127.0.0.1:7', '');
    const range = new Headers(headers).get('range');
    this.asked.push({ path, range });
    this.openMost = Math.max(this.openMost, ++this.open);
    try {
      await sleep(this.world, 5);
      if (signal?.aborted === true) throw new Error('aborted');
      return this.host(path, range) ?? this.answer(path, range);
    } finally {
      this.open--;
    }
  };

  answer(path: string, range: string | null, upTo = Number.POSITIVE_INFINITY): Response {
    const blob = this.blobByPath.get(path);
    if (blob === undefined) return new Response(null, { status: 404 });
    const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    const headers =
      range === null ? {} : { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` };
    return new Response(blob.slice(from, upTo), { status: range === null ? 200 : 206, headers });
  }
}

function bench(act: (it: Bench) => Promise<void>): void {
  const it = new Bench();
  play(it.world, () => act(it));
}

/** Reads as a reader does; answers where it got each page from. */
async function readAll(pages: ColdPages, from = 1): Promise<string> {
  const path: string[] = [];
  for (let at = from; at <= COUNT;) {
    const page = await pages(at);
    if (page === null) {
      path.push(`node ${at}`);
      at += PER_BLOB;
      continue;
    }
    at = check(page, at);
    path.push('blob');
  }
  return path.join(', ');
}

/** A page is whole and begins where it says; answers where the next one begins. */
function check(page: Page, from: number): number {
  assert.ok(page.kind === 'page' && page.at <= from && page.at + page.count > from && !page.live);
  const cursor = new EntryCursor(page.entries);
  let at = page.at;
  while (cursor.next()) assert.equal(cursor.seq, at++);
  assert.equal(at, page.at + page.count);
  return at;
}

const BLOBS = (count: number): string => Array.from({ length: count }, () => 'blob').join(', ');

test('[B5] blobs are fetched in order, several at once, each once', () => {
  bench(async (it) => {
    assert.equal(await readAll(it.pages()), BLOBS(6));
    assert.equal(it.asked.length, 6);
    assert.ok(it.openMost > 1 && it.openMost <= coldFetchesMax, `${it.openMost} at once`);
    assert.deepEqual(it.finds, [1, 201, 301]);
  });
});

test('[B5] where nothing is cold any more the node is asked, and not whether it is', () => {
  bench(async (it) => {
    it.find = (from) => (from > 100 ? [] : it.redirects.slice(0, 2));
    const pages = it.pages();
    assert.equal(await readAll(pages), 'blob, blob, node 101, node 151, node 201, node 251');
    assert.equal(it.finds.length, 2);
    assert.equal(await readAll(pages, 101), 'node 101, node 151, node 201, node 251');
    assert.equal(it.finds.length, 2);
  });
});

test('[B5] a blob that is cut is fetched on from there', () => {
  bench(async (it) => {
    const cut = it.redirects[1]!.url;
    let cuts = 2;
    it.host = (path, range) => {
      if (path !== cut || cuts-- <= 0) return null;
      const from = Number(/=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
      return it.answer(path, range, from + 100);
    };
    assert.equal(await readAll(it.pages()), BLOBS(6));
    const { size } = it.redirects[1]!;
    assert.deepEqual(
      it.asked.filter(({ path }) => path === cut).map(({ range }) => range),
      [null, `bytes=100-${size - 1}`, `bytes=200-${size - 1}`],
    );
  });
});

test('[B5] a host that begins again when it is asked to go on is understood', () => {
  bench(async (it) => {
    let isCut = false;
    it.host = (path, range) => {
      if (path !== it.redirects[0]!.url) return null;
      if (isCut) return it.answer(path, null);
      isCut = true;
      return it.answer(path, range, 70);
    };
    assert.equal(await readAll(it.pages()), BLOBS(6));
  });
});

const TROUBLES: Readonly<Record<string, (it: Bench, path: string) => Response>> = {
  'is not there': () => new Response(null, { status: 404 }),
  'is refused': () => new Response(null, { status: 403 }),
  'cannot be reached': () => {
    throw new TypeError('fetch failed');
  },
  'is empty': () => new Response(null, { status: 200 }),
  'has other bytes': (it, path) => {
    const bytes = it.blobByPath.get(path)!.slice();
    bytes[9]! ^= 1;
    return new Response(bytes);
  },
  'is another part': (it, path) =>
    new Response(it.blobByPath.get(path)!.slice(), {
      status: 206,
      headers: { 'content-range': 'bytes 5-9/10' },
    }),
  'never comes to an end without a byte': (it, path) => it.answer(path, null, 0),
};

for (const [what, trouble] of Object.entries(TROUBLES)) {
  test(`[B5] when a blob ${what} the node is asked, and blobs are left alone for a while`, () => {
    bench(async (it) => {
      const bad = it.redirects[2]!.url;
      it.host = (path) => (path === bad ? trouble(it, path) : null);
      const pages = it.pages();
      assert.equal(await readAll(pages), 'blob, blob, node 101, node 151, node 201, node 251');
      assert.equal(it.asked.filter(({ path }) => path === bad).length, 1);
      it.host = () => null;
      assert.equal(await pages(101), null);
      await sleep(it.world, coldPauseMs + 1);
      assert.equal(await readAll(pages, 101), BLOBS(4));
    });
  });
}

test('[B5] what a node says that does not fit is not followed', () => {
  const [wrongCount, wrongSize, elsewhere, hole] = [
    (run: Redirect) => ({ ...run, count: run.count - 1 }),
    (run: Redirect) => ({ ...run, bytes: run.bytes - 1 }),
    (run: Redirect) => ({ ...run, url: 'file:///etc/passwd' }),
    (run: Redirect) => ({ ...run, at: run.at + 1 }),
  ];
  for (const wrong of [wrongCount, wrongSize, elsewhere, hole]) {
    bench(async (it) => {
      it.find = () => [wrong(it.redirects[0]!)];
      assert.equal(await it.pages()(1), null);
    });
  }
});

test('[B5] a node that has no such question is asked once, one that is busy again', () => {
  bench(async (it) => {
    it.find = () => {
      throw new Fault('unknown');
    };
    assert.equal(await readAll(it.pages()), 'node 1, node 51, node 101, node 151, node 201, node 251');
    assert.equal(it.finds.length, 1);
    it.find = () => {
      throw new Fault('tooMany');
    };
    const pages = it.pages();
    assert.equal(await pages(1), null);
    it.find = () => it.redirects;
    await sleep(it.world, coldPauseMs + 1);
    assert.equal(await readAll(pages), BLOBS(6));
  });
});

test('[B5] addresses that may be over are asked for anew', () => {
  bench(async (it) => {
    const pages = it.pages();
    check((await pages(1))!, 1);
    await sleep(it.world, blobAddressMs / 2 + 1);
    assert.equal(await readAll(pages, 51), BLOBS(5));
    assert.deepEqual(it.finds.slice(0, 2), [1, 51]);
  });
});

test('[B5] who jumps about fetches what she asks for and nothing ahead', () => {
  bench(async (it) => {
    const pages = it.pages();
    for (const from of [251, 101, 1, 151]) check((await pages(from))!, from);
    assert.equal(it.asked.length, 4);
  });
});
