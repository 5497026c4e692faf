/**
 * The grants of a site as a picture (SPEC U21): a person is one node, an arrow leads from who gave to who got.
 * Nodes stand in columns by their distance from the founder; a node with many below shows some and counts the
 * others. Pure: answers places, draws nothing.
 */

import type { GrantRow } from 'copse/internal/client/rights.ts';
import type { Twig } from './grants.ts';
import { toneOf, type Tone } from './grant-words.ts';

/** `due`: it ends within a week. */
export type GrantState = 'open' | 'due' | 'ended';

export interface PictureNode {
  readonly id: string;
  /** `fold`: others below the same, who are counted and not drawn. */
  readonly kind: 'person' | 'group' | 'link' | 'fold';
  readonly name: string;
  /** What is held, or of a fold nothing. */
  readonly twigs: readonly Twig[];
  /** How many people a fold stands for. */
  readonly folded: number;
  readonly x: number;
  readonly y: number;
}

export interface PictureArrow {
  /** Of the grant; of a fold, of who gave what is behind it. */
  readonly id: string;
  readonly tone: Tone | 'fold';
  readonly state: GrantState;
  readonly path: string;
  /** Where a mark stands on it. */
  readonly markX: number;
  readonly markY: number;
}

export interface GrantsPicture {
  readonly nodes: readonly PictureNode[];
  readonly arrows: readonly PictureArrow[];
  readonly width: number;
  readonly height: number;
  /** Grants that are not drawn: behind folds, or beyond the bound. */
  readonly omitted: number;
}

export interface Metrics {
  readonly nodeWidth: number;
  readonly nodeHeight: number;
  readonly columnGap: number;
  readonly rowGap: number;
}

export const wideMetrics: Metrics = { nodeWidth: 208, nodeHeight: 46, columnGap: 76, rowGap: 12 };
export const narrowMetrics: Metrics = { nodeWidth: 150, nodeHeight: 46, columnGap: 44, rowGap: 10 };

/** So many are drawn as they are. */
export const unfoldedMax = 30;
/** Of more: people drawn below one before the others are folded, by the distance from the founder. */
const FANS = [6, 2] as const;
/** Arrows that are drawn at all; more is no picture any more. */
export const arrowsMax = 200;

const DUE_MS = 7 * 86_400_000;
const MARGIN = 14;

export function stateOf({ rights, endedMs }: GrantRow, nowMs: number): GrantState {
  const { expiresMs } = rights;
  if (endedMs !== null || (expiresMs !== 0 && expiresMs <= nowMs)) return 'ended';
  return expiresMs !== 0 && expiresMs - nowMs < DUE_MS ? 'due' : 'open';
}

interface Holder {
  readonly id: string;
  readonly kind: PictureNode['kind'];
  readonly name: string;
  /** Of what is held, the first: it decides the place. */
  readonly twigs: Twig[];
  readonly below: Holder[];
}

interface Given {
  readonly from: Holder;
  readonly to: Holder;
  readonly twig: Twig;
}

export function pictureOf(
  twigs: readonly Twig[],
  how: { readonly nowMs: number; readonly opened: ReadonlySet<string>; readonly metrics: Metrics },
): GrantsPicture {
  const { roots, given } = holdersOf(twigs);
  const placed = place(roots, how.opened, how.metrics);
  const folds = placed.nodes.filter(({ kind }) => kind === 'fold');
  const nodeById = new Map(
    placed.nodes.filter(({ kind }) => kind !== 'fold').map((node) => [node.id, node] as const),
  );
  const drawn = given.filter(({ from, to }) => nodeById.has(from.id) && nodeById.has(to.id));
  const arrows = drawn.slice(0, arrowsMax).map((each, at) => {
    const twin = drawn.slice(0, at).filter(({ from, to }) => from === each.from && to === each.to).length;
    return arrowOf(each, { nodeById, twin, nowMs: how.nowMs, metrics: how.metrics });
  });
  const stems = folds.map((node): PictureArrow => {
    const curve = curveOf(nodeById.get(node.id), node, { twin: 0, metrics: how.metrics });
    return { id: node.id, tone: 'fold', state: 'open', ...curve };
  });
  return { ...placed, arrows: [...stems, ...arrows], omitted: given.length - arrows.length };
}

/** One holder per person, found from the founder on, so that everybody stands as near to her as she can. */
function holdersOf(twigs: readonly Twig[]): {
  readonly roots: readonly Holder[];
  readonly given: readonly Given[];
} {
  const known = new Map<string, Holder>();
  const roots: Holder[] = [];
  const given: Given[] = [];
  const queue: { readonly twig: Twig; readonly from: Holder | null }[] = twigs.map((twig) => {
    const from = giverOf(twig, known);
    if (from !== null && !roots.includes(from)) roots.push(from);
    return { twig, from };
  });
  for (const { twig, from } of queue) {
    const id = holderId(twig.grant);
    let holder = known.get(id);
    if (holder === undefined) {
      holder = { id, kind: kindOf(twig.grant), name: twig.grant.subjectName, twigs: [], below: [] };
      known.set(id, holder);
      (from?.below ?? roots).push(holder);
    }
    holder.twigs.push(twig);
    if (from !== null) given.push({ from, to: holder, twig });
    for (const child of twig.children) queue.push({ twig: child, from: holder });
  }
  return { roots, given };
}

/** Who gave what is seen without what it stands on: not everything is shown to everybody. */
function giverOf({ grant, link }: Twig, known: Map<string, Holder>): Holder | null {
  const { above, issuerUser, issuerName } = link ?? grant;
  if (above === null || issuerName === '') return null;
  const giver = known.get(issuerUser) ?? {
    id: issuerUser,
    kind: 'person' as const,
    name: issuerName,
    twigs: [],
    below: [],
  };
  known.set(issuerUser, giver);
  return giver;
}

/** An open link is nobody yet, so that each is one of its own. */
function holderId({ subjectKind, subjectUser, id }: GrantRow): string {
  return subjectKind === 'oneTime' ? id : subjectUser;
}

function kindOf({ subjectKind }: GrantRow): PictureNode['kind'] {
  if (subjectKind === 'oneTime') return 'link';
  return subjectKind === 'group' ? 'group' : 'person';
}

/** Leaves take a row each; who has somebody below stands in the middle of them. */
function place(
  roots: readonly Holder[],
  opened: ReadonlySet<string>,
  metrics: Metrics,
): Pick<GrantsPicture, 'nodes' | 'width' | 'height'> {
  const nodes: PictureNode[] = [];
  const [stepX, stepY] = [metrics.nodeWidth + metrics.columnGap, metrics.nodeHeight + metrics.rowGap];
  const isLarge = roots.reduce((sum, root) => sum + 1 + count(root), 0) > unfoldedMax;
  let row = 0;
  let columns = 0;
  const visit = (holder: Holder, column: number): number => {
    columns = Math.max(columns, column + 1);
    const { shown, folded } =
      isLarge && !opened.has(holder.id) ? fold(holder, column) : { shown: holder.below, folded: 0 };
    const rows = shown.map((below) => visit(below, column + 1));
    if (folded > 0) {
      columns = Math.max(columns, column + 2);
      nodes.push({
        id: holder.id,
        kind: 'fold',
        name: '',
        twigs: [],
        folded,
        x: MARGIN + (column + 1) * stepX,
        y: MARGIN + row * stepY,
      });
      rows.push(row++);
    }
    const at = rows.length === 0 ? row++ : ((rows[0] ?? 0) + (rows.at(-1) ?? 0)) / 2;
    const { id, kind, name, twigs } = holder;
    nodes.unshift({ id, kind, name, twigs, folded: 0, x: MARGIN + column * stepX, y: MARGIN + at * stepY });
    return at;
  };
  for (const root of roots) visit(root, 0);
  return {
    nodes,
    // Arrows to somebody in the last column come around the outside.
    width: 2 * MARGIN + columns * stepX - Math.round(metrics.columnGap / 3),
    height: 2 * MARGIN + Math.max(1, row) * stepY - metrics.rowGap,
  };
}

/** Those with somebody below stay in sight before those without. */
function fold(
  { below }: Holder,
  column: number,
): { readonly shown: readonly Holder[]; readonly folded: number } {
  const fan = FANS[column] ?? 0;
  // What stands for one alone would take the row that she takes.
  if (below.length <= fan || (below.length === fan + 1 && count(below[fan] ?? NOBODY) === 0))
    return { shown: below, folded: 0 };
  const chosen = new Set(below.toSorted((a, b) => count(b) - count(a)).slice(0, fan));
  const hidden = below.filter((each) => !chosen.has(each));
  return {
    shown: below.filter((each) => chosen.has(each)),
    folded: hidden.reduce((sum, each) => sum + 1 + count(each), 0),
  };
}

const NOBODY: Pick<Holder, 'below'> = { below: [] };

function count({ below }: Pick<Holder, 'below'>): number {
  return below.reduce((sum, each) => sum + 1 + count(each), 0);
}

interface ArrowParts {
  readonly nodeById: ReadonlyMap<string, PictureNode>;
  /** Arrows between the same two before this. */
  readonly twin: number;
  readonly nowMs: number;
  readonly metrics: Metrics;
}

function arrowOf({ from, to, twig }: Given, parts: ArrowParts): PictureArrow {
  const { nodeById, nowMs } = parts;
  return {
    id: twig.grant.id,
    tone: toneOf(twig.grant.rights.permissions),
    state: stateOf(twig.grant, nowMs),
    ...curveOf(nodeById.get(from.id), nodeById.get(to.id), parts),
  };
}

type Place = Pick<PictureNode, 'x' | 'y'>;

function curveOf(
  start: Place = ORIGIN,
  end: Place = ORIGIN,
  { twin, metrics }: Pick<ArrowParts, 'twin' | 'metrics'>,
): Pick<PictureArrow, 'path' | 'markX' | 'markY'> {
  const half = metrics.nodeHeight / 2;
  const [x1, y1] = [start.x + metrics.nodeWidth, start.y + half];
  const y2 = end.y + half + (twin === 0 ? 0 : twin % 2 === 1 ? 10 : -10);
  const isForward = end.x > start.x;
  const bend = metrics.columnGap * 0.55;
  // Who stands in the same column or before it is reached from behind, around the outside.
  const x2 = isForward ? end.x : end.x + metrics.nodeWidth;
  const [c1, c2] = isForward ? [x1 + bend, x2 - bend] : [x1 + bend, x2 + bend];
  const tip = isForward ? x2 - 3 : x2 + 3;
  return {
    path: `M${x1} ${y1}C${c1} ${y1} ${c2} ${y2} ${tip} ${y2}`,
    // Near the tip, where arrows have parted.
    markX: at(0.72, [x1, c1, c2, tip]),
    markY: at(0.72, [y1, y1, y2, y2]),
  };
}

const ORIGIN: Place = { x: 0, y: 0 };

/** A point of a cubic curve in one dimension. */
function at(t: number, [a, b, c, d]: readonly [number, number, number, number]): number {
  const s = 1 - t;
  return Math.round(s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d);
}
