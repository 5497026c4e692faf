/** The contract of the store of a node's log (`server/src/store/tlog.ts`), run against every engine (SPEC M2, M7). */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8 } from 'copse/internal/base/bytes.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { joined, leafHash, nodeHash, subtreesOf } from 'copse/internal/crypto/merkle.ts';
import { readEntries, tilesOf } from 'copse/internal/transparency/tile.ts';
import type { NewLeaf, Tlog } from '../../server/src/store/tlog.ts';

export interface TlogEngine {
  readonly name: string;
  /** One that has never been used; `open` again finds what was there. */
  fresh(): { open(): Tlog; close(): void };
}

const primitives = nativePrimitives();
const label = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** Leaves from a number on; each is under one of three labels. */
export function leavesFrom(first: number, count: number): readonly NewLeaf[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const labels = [{ label: label(n % 3), count: Math.floor(n / 3) + 1 }];
    return { bytes: utf8(`leaf ${n}`), labels, claim: null };
  });
}

function claimed(
  n: number,
  name: string,
  part: { readonly user?: string; readonly skeleton?: string } = {},
): NewLeaf {
  const { user = 'ab', skeleton = name } = part;
  const claim = { namespace: 'people', name, number: n, user, timeMs: 5, skeleton };
  return { bytes: utf8(`claim ${name}`), labels: [], claim };
}

/** The root over the leaves of `leavesFrom(0, size)`, made without tiles. */
function rootOf(size: number): Uint8Array {
  const hashes = leavesFrom(0, size).map(({ bytes }) => leafHash(primitives, bytes));
  const over = (part: readonly Uint8Array[]): Uint8Array => {
    const [first] = part;
    if (first === undefined || part.length === 1) return first ?? joined(primitives, []);
    const middle = 2 ** Math.floor(Math.log2(part.length - 1));
    return nodeHash(primitives, over(part.slice(0, middle)), over(part.slice(middle)));
  };
  return over(hashes);
}

async function rootIn(tlog: Tlog, size: number): Promise<Uint8Array> {
  return joined(primitives, await tlog.hashes(subtreesOf({ from: 0, to: size })));
}

export function tlogSuite(engine: TlogEngine): void {
  const check = (title: string, run: (open: () => Tlog) => Promise<void>): void => {
    test(`${title} (${engine.name})`, async () => {
      const disk = engine.fresh();
      try {
        await run(() => disk.open());
      } finally {
        disk.close();
      }
    });
  };

  check('[M7] leaves are where they were put, also after opening again', async (open) => {
    {
      await using tlog = open();
      equal(tlog.size, 0);
      await tlog.append(leavesFrom(0, 3));
      await tlog.append(leavesFrom(3, 1));
    }
    await using tlog = open();
    equal(tlog.size, 4);
    deepEqual(await tlog.leaves([3, 0]), [utf8('leaf 3'), utf8('leaf 0')]);
    deepEqual(await tlog.heads([label(0), label(1), label(9)]), [
      { last: 3, count: 2 },
      { last: 1, count: 1 },
      null,
    ]);
    await rejects(tlog.leaves([4]), { code: 'unknown' });
  });

  check(
    '[M7] every root can be made from its tiles, whatever the batches and wherever it was opened',
    async (open) => {
      const batches = [1, 254, 1, 1, 255, 600, 1];
      let size = 0;
      for (const count of batches) {
        await using tlog = open();
        await tlog.append(leavesFrom(size, count));
        size += count;
        deepEqual(await rootIn(tlog, size), rootOf(size), `size ${size}`);
      }
      await using tlog = open();
      for (const past of [1, 255, 256, 257, 511, 512, 1000])
        deepEqual(await rootIn(tlog, past), rootOf(past));
      await rejects(rootIn(tlog, size + 1), { code: 'unknown' });
    },
  );

  check('[M2] tiles and bundles are those of the tree, partial ones as narrow as asked for', async (open) => {
    await using tlog = open();
    await tlog.append(leavesFrom(0, 700));
    const hashes = leavesFrom(0, 700).map(({ bytes }) => leafHash(primitives, bytes));
    for (const name of tilesOf(700)) {
      if (name.level !== 0) continue;
      const part = hashes.slice(name.index * 256, name.index * 256 + name.width);
      deepEqual(await tlog.tile(name), concat(...part));
    }
    deepEqual(await tlog.tile({ level: 0, index: 1, width: 5 }), concat(...hashes.slice(256, 261)));
    equal((await tlog.tile({ level: 1, index: 0, width: 2 }))?.length, 64);
    const bundle = await tlog.tile({ level: 'entries', index: 2, width: 188 });
    deepEqual(readEntries(bundle ?? new Uint8Array(0), 188)[187], utf8('leaf 699'));
    const none = [
      { level: 0, index: 2, width: 189 },
      { level: 1, index: 0, width: 3 },
      { level: 2, index: 0, width: 1 },
    ];
    for (const name of none) equal(await tlog.tile(name), null);
    equal(await tlog.tile({ level: 'entries', index: 3, width: 1 }), null);
  });

  check('[M6] claims are found by name, by user and by what they look like', async (open) => {
    await using tlog = open();
    equal(await tlog.lastNumber('people'), 0);
    await tlog.append([claimed(1, 'ada'), claimed(2, 'аda', { user: 'cd', skeleton: 'ada' })]);
    equal(await tlog.lastNumber('people'), 2);
    equal(await tlog.lastNumber('others'), 0);
    const ada = { namespace: 'people', name: 'ada', number: 1, user: 'ab', index: 0, timeMs: 5 };
    deepEqual(await tlog.claim('people', 'ada'), ada);
    equal(await tlog.claim('people', 'bea'), null);
    deepEqual(await tlog.claimsOf('ab', 10), [ada]);
    deepEqual(await tlog.claimsOf('cd', 0), []);
    deepEqual(await tlog.lookAlikes('people', 'ada', 10), ['ada', 'аda']);
  });

  check('[M7] the newest note and the witnessed one are kept, older ones are not', async (open) => {
    await using tlog = open();
    await tlog.append(leavesFrom(0, 5));
    equal(await tlog.note('newest'), null);
    const note = (size: number, cosignatures = 0) => ({ size, text: `note ${size}`, cosignatures });
    for (const size of [1, 2, 3]) await tlog.putNote(note(size));
    await tlog.putNote(note(2, 1));
    deepEqual([await tlog.note('newest'), await tlog.note('witnessed')], [note(3), note(2, 1)]);
    equal(await tlog.noteOf(1), null);
    await tlog.putNote(note(3, 2));
    await tlog.putNote(note(5));
    deepEqual([await tlog.note('newest'), await tlog.note('witnessed')], [note(5), note(3, 2)]);
    equal(await tlog.noteOf(2), null);
    await rejects(tlog.putNote(note(6)), /what is signed is durable/);
  });

  check('[M4] cosigners are named once', async (open) => {
    await using tlog = open();
    const cosigner = (n: number) => ({ name: 'w', kind: 'cosignature', key: key(label(n)) }) as const;
    await tlog.addCosigner(cosigner(1));
    await tlog.addCosigner(cosigner(2));
    deepEqual(await tlog.cosigners(), [cosigner(2)]);
    equal(await tlog.removeCosigner('w'), true);
    equal(await tlog.removeCosigner('w'), false);
  });

  check('[M7] a batch that cannot be written whole is not there', async (open) => {
    await using tlog = open();
    await tlog.append([claimed(1, 'ada')]);
    await rejects(tlog.append([...leavesFrom(1, 300), claimed(2, 'ada')]));
    equal(tlog.size, 1);
    deepEqual(await tlog.heads([label(1)]), [null]);
    await tlog.append(leavesFrom(1, 300));
    equal(tlog.size, 301);
  });
}
