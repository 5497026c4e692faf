/**
 * A tree for every id: the picture of a person, a device or a site. The same id grows the same tree on
 * every screen, so people recognise each other before they read a name. Pure: answers shapes, draws nothing.
 */

import { must } from 'copse/internal/base/assert.ts';

export type Shape =
  | {
      readonly kind: 'ellipse';
      readonly cx: number;
      readonly cy: number;
      readonly rx: number;
      readonly ry: number;
      readonly fill: string;
    }
  | { readonly kind: 'path'; readonly d: string; readonly fill: string };

export interface Tree {
  /** Behind the tree: the colour of the sky, also as its place in the palette, a sun sometimes, the ground. */
  readonly sky: string;
  readonly skyAt: number;
  readonly scene: readonly Shape[];
  /** The colour of its leaves: that of its person's cursor. */
  readonly leaf: string;
  /** The tree alone, standing on y = 42 of a square of 48. */
  readonly tree: readonly Shape[];
}

interface Leaves {
  readonly main: string;
  readonly light: string;
  readonly fruit: string;
}

/** Main colour, its sunny side, and what hangs in it. Spring to autumn, and a few blossoms. */
const LEAVES: readonly Leaves[] = [
  { main: '#2f6b46', light: '#4a8a61', fruit: '#e3b04b' },
  { main: '#4d8a4a', light: '#6fa967', fruit: '#d9593d' },
  { main: '#7c9a3a', light: '#9bb857', fruit: '#b8433a' },
  { main: '#a9a83f', light: '#c4c25f', fruit: '#8a5a2b' },
  { main: '#c98a2b', light: '#e0a94f', fruit: '#8a3d1f' },
  { main: '#c0622f', light: '#d98350', fruit: '#f0d28a' },
  { main: '#a8443d', light: '#c4655b', fruit: '#f0c9a0' },
  { main: '#cf869c', light: '#e3a9ba', fruit: '#fbeef1' },
  { main: '#8a70ad', light: '#a78fc6', fruit: '#e9dff3' },
  { main: '#3b7c80', light: '#5a9b9d', fruit: '#e6d9a8' },
  { main: '#55799f', light: '#7497b9', fruit: '#dfe8f0' },
  { main: '#648b6b', light: '#85a98a', fruit: '#f3efe2' },
];

const SKIES = ['#e3ebd7', '#f1e6d1', '#dde9ee', '#f0dfda', '#e6e2f0', '#dbebe5'] as const;
const GROUNDS = ['#b9c9a0', '#c8bd95', '#a9c3ad', '#c9b3a0', '#b3b7c4', '#a8c4b6'] as const;
const TRUNKS = ['#6b4a32', '#7d5a3c', '#5a463a', '#8a6a4a'] as const;
const SUNS = ['#f6d98a', '#fbf3e0', '#f3b98a'] as const;

interface Species {
  readonly grow: (leaves: Leaves, trunk: string, chance: () => number) => readonly Shape[];
  /** Rows of `LEAVES` that it wears: nobody has seen a violet fir. */
  readonly leaves: readonly number[];
}

const EVERY = LEAVES.map((_, at) => at);
const NEEDLES = [0, 1, 3, 9, 10, 11] as const;
const NO_BLOSSOM = EVERY.filter((at) => at !== 7 && at !== 8);

const SPECIES: readonly Species[] = [
  { grow: round, leaves: EVERY },
  { grow: tall, leaves: NO_BLOSSOM },
  { grow: fir, leaves: NEEDLES },
  { grow: cloud, leaves: EVERY },
  { grow: birch, leaves: [1, 2, 3, 4, 11] },
  { grow: umbrella, leaves: EVERY },
  { grow: drop, leaves: NO_BLOSSOM },
  { grow: willow, leaves: [0, 1, 2, 8, 9, 11] },
];

export function treeOf(id: string): Tree {
  const chance = seeded(id);
  const species = pick(SPECIES, chance);
  const leaves = must(LEAVES[pick(species.leaves, chance)], 'a species wears leaves of the table');
  const at = Math.floor(chance() * SKIES.length);
  const sun: readonly Shape[] =
    chance() < 0.4 ? [disc(8 + chance() * 32, 9 + chance() * 5, 3.6, pick(SUNS, chance))] : [];
  const rise = 1 + chance() * 3;
  const ground: Shape = {
    kind: 'path',
    d: `M0 ${n(42 - rise)}Q24 ${n(38 + rise)} 48 ${n(41 - rise / 2)}V48H0Z`,
    fill: GROUNDS[at] ?? GROUNDS[0],
  };
  const tree = species.grow(leaves, pick(TRUNKS, chance), chance);
  return { sky: SKIES[at] ?? SKIES[0], skyAt: at, scene: [...sun, ground], leaf: leaves.main, tree };
}

/** Trees of a group standing side by side, for the picture of a site: where each stands and how tall. */
export interface Standing {
  readonly tree: readonly Shape[];
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Land {
  readonly width: number;
  /** Height of the ground under the trees at the back. */
  readonly ground: number;
  /** Scale of the smallest tree. */
  readonly size: number;
}

/** Places trees side by side on a piece of land, some further in front; the order of drawing is back to front. */
export function groveOf(ids: readonly string[], { width, ground, size }: Land): readonly Standing[] {
  const gap = width / (ids.length + 1);
  return ids
    .map((id, at): Standing => {
      const chance = seeded(`grove ${id}`);
      const depth = chance();
      const scale = size * (1 + depth * 0.7);
      const x = gap * (at + 1) + (chance() - 0.5) * gap * 0.5 - 24 * scale;
      return {
        tree: treeOf(id).tree,
        x: n(x),
        y: n(ground + depth * 9.5 * size - 42 * scale),
        scale: n2(scale),
      };
    })
    .toSorted((a, b) => a.scale - b.scale);
}

function round(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const size = 11.5 + chance() * 2;
  return [
    stem(trunk, 1.6, 24),
    disc(24, 20, size, leaves.main),
    disc(20.5, 16.5, size * 0.52, leaves.light),
    ...fruits(leaves, chance, 20, 8),
  ];
}

function tall(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const wide = 6.5 + chance() * 1.6;
  return [
    stem(trunk, 1.4, 30),
    oval(24, 21, wide, 16, leaves.main),
    oval(22, 18, wide * 0.45, 10, leaves.light),
    ...fruits(leaves, chance, 21, 5),
  ];
}

function fir(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const wide = 10 + chance() * 3;
  const tier = (top: number, low: number, half: number, fill: string): Shape => ({
    kind: 'path',
    d: `M24 ${n(top)}L${n(24 + half)} ${n(low)}Q24 ${n(low + 3)} ${n(24 - half)} ${n(low)}Z`,
    fill,
  });
  return [
    stem(trunk, 1.6, 34),
    tier(18, 37, wide, leaves.main),
    tier(11, 28, wide * 0.8, leaves.light),
    tier(5, 19, wide * 0.58, leaves.main),
  ];
}

function cloud(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const lift = chance() * 2;
  return [
    stem(trunk, 1.9, 26),
    disc(16.5, 24 - lift, 7.5, leaves.main),
    disc(31.5, 23, 7.5, leaves.main),
    disc(24, 17, 9, leaves.main),
    disc(22, 14.5 - lift / 2, 4.6, leaves.light),
    ...fruits(leaves, chance, 21, 9),
  ];
}

function birch(leaves: Leaves, _trunk: string, chance: () => number): readonly Shape[] {
  const mark = (y: number, side: number): Shape => oval(24 + side, y, 0.9, 0.35, '#4a4a45');
  return [
    stem('#f2efe6', 1.5, 20),
    mark(32, -0.6),
    mark(35.5, 0.7),
    mark(38.5, -0.5),
    oval(24, 19, 9, 12, leaves.main),
    oval(27, 15, 4, 6, leaves.light),
    ...fruits(leaves, chance, 19, 6),
  ];
}

function umbrella(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const lean = (chance() - 0.5) * 4;
  const bough: Shape = {
    kind: 'path',
    d: `M23 42Q${n(23 + lean)} 30 15 21L16 20Q24 28 24 28Q25 26 32 19L33 20Q${n(26 + lean)} 30 25.4 42Z`,
    fill: trunk,
  };
  return [bough, oval(24, 19, 15.5, 6, leaves.main), oval(20, 16.5, 8.5, 3.2, leaves.light)];
}

function drop(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const wide = 10 + chance() * 2.5;
  const leaf = (half: number, top: number, low: number, fill: string): Shape => ({
    kind: 'path',
    d: `M24 ${n(top)}C${n(24 + half * 1.5)} ${n(top + 12)} ${n(24 + half)} ${low} 24 ${low}C${n(24 - half)} ${low} ${n(24 - half * 1.5)} ${n(top + 12)} 24 ${n(top)}Z`,
    fill,
  });
  return [leaf(wide, 5, 36, leaves.main), leaf(wide * 0.45, 12, 32, leaves.light), stem(trunk, 0.9, 22)];
}

function willow(leaves: Leaves, trunk: string, chance: () => number): readonly Shape[] {
  const low = 31 + chance() * 3;
  const crown: Shape = {
    kind: 'path',
    d: `M10 ${n(low)}C9 14 17 8 24 8S39 14 38 ${n(low)}Q35 ${n(low + 3)} 33.5 ${n(low - 3)}Q31 ${n(low + 4)} 28.5 ${n(low - 4)}Q24 ${n(low + 1)} 19.5 ${n(low - 4)}Q17 ${n(low + 4)} 14.5 ${n(low - 3)}Q13 ${n(low + 3)} 10 ${n(low)}Z`,
    fill: leaves.main,
  };
  return [stem(trunk, 1.8, 22), crown, oval(20, 15, 5, 4, leaves.light)];
}

/** Some trees bear something, most do not. */
function fruits(leaves: Leaves, chance: () => number, y: number, spread: number): readonly Shape[] {
  if (chance() > 0.45) return [];
  return Array.from({ length: 5 }, (_, at) => {
    const turn = (at / 5) * 2 * Math.PI + chance();
    return disc(24 + Math.cos(turn) * spread * 0.7, y + Math.sin(turn) * spread * 0.8, 1.25, leaves.fruit);
  });
}

function stem(fill: string, half: number, top: number): Shape {
  return {
    kind: 'path',
    d: `M${n(24 - half * 0.7)} ${top}L${n(24 - half * 1.25)} 42Q24 43.4 ${n(24 + half * 1.25)} 42L${n(24 + half * 0.7)} ${top}Z`,
    fill,
  };
}

function disc(cx: number, cy: number, r: number, fill: string): Shape {
  return oval(cx, cy, r, r, fill);
}

function oval(cx: number, cy: number, rx: number, ry: number, fill: string): Shape {
  return { kind: 'ellipse', cx: n(cx), cy: n(cy), rx: n(rx), ry: n(ry), fill };
}

function pick<T>(from: readonly T[], chance: () => number): T {
  return must(from[Math.floor(chance() * from.length)], 'there is something to pick from');
}

/** Numbers in [0, 1) that follow from a text: FNV-1a, then mulberry32. For pictures, not for secrets. */
function seeded(text: string): () => number {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function n(value: number): number {
  return Math.round(value * 10) / 10;
}

function n2(value: number): number {
  return Math.round(value * 100) / 100;
}
