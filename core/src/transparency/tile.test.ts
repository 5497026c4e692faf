import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { concat, utf8 } from '../base/bytes.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { joined, leafHash, subtreesOf, type Subtree } from '../crypto/merkle.ts';
import {
  hashIn,
  placeOf,
  putEntries,
  readEntries,
  readTilePath,
  tilePath,
  tilesOf,
  TileEdge,
  tileWidth,
  widthIn,
  type TileName,
} from './tile.ts';

const primitives = nativePrimitives();

test('[M2] a tile has one path, and a path names one tile', () => {
  const named: readonly (readonly [TileName, string])[] = [
    [{ level: 0, index: 0, width: 256 }, '0/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, '0/x001/x234/067'],
    [{ level: 2, index: 1000, width: 17 }, '2/x001/000.p/17'],
    [{ level: 'entries', index: 273, width: 112 }, 'entries/273.p/112'],
  ];
  for (const [name, path] of named) {
    equal(tilePath(name), path);
    deepEqual(readTilePath(path), name);
  }
  const wrong = [
    '',
    '0',
    '0/0',
    '00/000',
    '0/x000/000',
    '64/000',
    '0/000.p/0',
    '0/000.p/256',
    '0/000.p/01',
    '-1/000',
  ];
  for (const path of [
    ...wrong,
    '0/001/000',
    'x/000',
    '0/000/',
    '../0/000',
    '0/x999/x999/x999/x999/x999/x999/999',
  ]) {
    equal(readTilePath(path), null, path);
  }
});

test('[M2] any text is a tile or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      const name = readTilePath(text);
      if (name !== null) equal(tilePath(name), text);
    }),
  );
});

test('[M2] the tiles of a tree are those of the specification', () => {
  const tiles = tilesOf(70_000);
  const count = (level: number): number => tiles.filter((tile) => tile.level === level).length;
  deepEqual([count(0), count(1), count(2), count(3)], [274, 2, 1, 0]);
  deepEqual(tiles.filter((tile) => tile.width < 256).map(tilePath), [
    '0/273.p/112',
    '1/001.p/17',
    '2/000.p/1',
  ]);
  deepEqual(tilesOf(256).map(tilePath), ['0/000', '1/000.p/1']);
  deepEqual(tilesOf(0), []);
  equal(widthIn(70_000, 'entries', 273), 112);
  equal(widthIn(70_000, 0, 274), 0);
});

test('[M2] the edge hands out every tile once, and its hashes make every subtree', () => {
  const edge = new TileEdge(primitives);
  const leaves = Array.from({ length: 66_000 }, (_, n) => leafHash(primitives, utf8(String(n))));
  const tiles = new Map<string, Uint8Array>();
  for (const leaf of leaves) {
    for (const { level, index, hashes } of edge.add(leaf)) {
      const path = tilePath({ level, index, width: tileWidth });
      equal(tiles.has(path), false);
      tiles.set(path, hashes);
    }
  }
  const tileAt = (subtree: Subtree): Uint8Array => {
    const { level, index } = placeOf(subtree);
    return tiles.get(tilePath({ level, index, width: tileWidth })) ?? edge.partial(level);
  };
  const rootOf = (to: number): Uint8Array =>
    joined(
      primitives,
      subtreesOf({ from: 0, to }).map((subtree) => hashIn(primitives, tileAt(subtree), subtree)),
    );
  for (const size of [1, 255, 256, 257, 511, 65_536, 65_537, 66_000]) {
    const parts = subtreesOf({ from: 0, to: size }).map(({ level, index }) => {
      let row = leaves.slice(index * 2 ** level, (index + 1) * 2 ** level);
      while (row.length > 1) {
        row = Array.from({ length: row.length / 2 }, (_, i) =>
          joined(primitives, row.slice(2 * i, 2 * i + 2)),
        );
      }
      return row[0] ?? new Uint8Array(0);
    });
    deepEqual(rootOf(size), joined(primitives, parts), `size ${size}`);
  }
  const copy = edge.copy();
  copy.add(utf8('x'.repeat(32)));
  equal(edge.size, 66_000);
  deepEqual(concat(edge.partial(0), utf8('x'.repeat(32))), copy.partial(0));
});

test('[M2] a bundle holds the leaves that it says, and nothing else', () => {
  const leaves = [utf8('one'), new Uint8Array(0), new Uint8Array(65_535).fill(7)];
  const bundle = putEntries(leaves);
  deepEqual(readEntries(bundle, 3), leaves);
  throws(() => readEntries(bundle, 2), { code: 'malformed' });
  for (const cut of [1, 4, 6, bundle.length - 1]) {
    throws(() => readEntries(bundle.subarray(0, cut), 3), { code: 'malformed' });
  }
});
