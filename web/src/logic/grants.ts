/**
 * The grants of a site as a tree: who gave what to whom, from the founder down (SPEC U21). A link by which
 * somebody joined is no person: she takes its place. Pure: answers rows, draws nothing.
 */

import type { GrantRow } from 'copse/internal/client/rights.ts';

export interface Twig {
  readonly grant: GrantRow;
  /** The link by which it was taken up, when it was one. */
  readonly link: GrantRow | null;
  readonly children: readonly Twig[];
  /** Everything that stands on it, directly or not. */
  readonly below: number;
}

/** A twig that is shown: where it stands in the picture. */
export interface TwigRow {
  readonly twig: Twig;
  readonly depth: number;
  /** Row of the one it stands on, or null for a root. */
  readonly aboveAt: number | null;
  readonly isOpen: boolean;
  /** From 1, among those that stand on the same. */
  readonly place: number;
  readonly siblings: number;
}

/** Above so many grants only the first two levels are open at first. */
export const openAtFirstMax = 40;
const LEVELS_AT_FIRST = 2;

export function twigsOf(grants: readonly GrantRow[]): readonly Twig[] {
  const known = new Set(grants.map(({ id }) => id));
  const byAbove = Map.groupBy(grants, ({ above }) => (above !== null && known.has(above) ? above : null));
  const grow = (above: string | null): readonly Twig[] =>
    (byAbove.get(above) ?? []).toSorted((a, b) => a.number - b.number).map((grant) => twig(grant));
  function twig(grant: GrantRow): Twig {
    const children = grow(grant.id);
    const [taker] = children;
    if (grant.subjectKind === 'oneTime' && taker !== undefined && children.length === 1) {
      return { ...taker, link: grant };
    }
    const below = children.reduce((sum, child) => sum + 1 + child.below, 0);
    return { grant, link: null, children, below };
  }
  return grow(null);
}

export function countTwigs(twigs: readonly Twig[]): number {
  return twigs.reduce((sum, { below }) => sum + 1 + below, 0);
}

/** Ids of twigs that are closed when the picture is first seen. */
export function closedAtFirst(twigs: readonly Twig[]): ReadonlySet<string> {
  return countTwigs(twigs) <= openAtFirstMax ? new Set() : closedBelow(twigs, LEVELS_AT_FIRST);
}

/** Ids of all twigs with something on them, from a level on. */
export function closedBelow(twigs: readonly Twig[], level: number): ReadonlySet<string> {
  const closed = new Set<string>();
  const visit = (twig: Twig, depth: number): void => {
    if (twig.children.length > 0 && depth >= level - 1) closed.add(twig.grant.id);
    for (const child of twig.children) visit(child, depth + 1);
  };
  for (const twig of twigs) visit(twig, 0);
  return closed;
}

/** What is shown, from top to bottom. */
export function rowsOf(twigs: readonly Twig[], closed: ReadonlySet<string>): readonly TwigRow[] {
  const rows: TwigRow[] = [];
  const visit = (twig: Twig, where: Pick<TwigRow, 'depth' | 'aboveAt' | 'place' | 'siblings'>): void => {
    const isOpen = twig.children.length > 0 && !closed.has(twig.grant.id);
    const aboveAt = rows.push({ twig, isOpen, ...where }) - 1;
    if (!isOpen) return;
    const siblings = twig.children.length;
    for (const [i, child] of twig.children.entries())
      visit(child, { depth: where.depth + 1, aboveAt, place: i + 1, siblings });
  };
  for (const [i, twig] of twigs.entries())
    visit(twig, { depth: 0, aboveAt: null, place: i + 1, siblings: twigs.length });
  return rows;
}

/** Where a key of the keyboard leads in a tree, and what it opens or closes on its way (WAI-ARIA tree). */
export interface Step {
  readonly at: number;
  readonly toggles: string | null;
}

export function stepOf(rows: readonly TwigRow[], at: number, key: string): Step | null {
  const row = rows[at];
  if (row === undefined) return null;
  const { twig, isOpen, aboveAt } = row;
  switch (key) {
    case 'ArrowDown':
      return { at: Math.min(at + 1, rows.length - 1), toggles: null };
    case 'ArrowUp':
      return { at: Math.max(at - 1, 0), toggles: null };
    case 'Home':
      return { at: 0, toggles: null };
    case 'End':
      return { at: rows.length - 1, toggles: null };
    case 'ArrowRight':
      if (twig.children.length === 0) return { at, toggles: null };
      return isOpen ? { at: at + 1, toggles: null } : { at, toggles: twig.grant.id };
    case 'ArrowLeft':
      return isOpen ? { at, toggles: twig.grant.id } : { at: aboveAt ?? at, toggles: null };
    default:
      return null;
  }
}

/** All twigs, from the founder down, in the order in which they are drawn when everything is open. */
export function everyTwig(twigs: readonly Twig[]): readonly Twig[] {
  return twigs.flatMap((twig) => [twig, ...everyTwig(twig.children)]);
}

/**
 * Whether a user may take a grant back: its issuer may, and everybody above (SPEC R8). `above` of a grant
 * that is not shown ends the search: the node has the last word.
 */
export function mayTakeBack(grants: readonly GrantRow[], id: string, me: string): boolean {
  const byId = new Map(grants.map((grant) => [grant.id, grant]));
  for (let grant = byId.get(id); grant !== undefined; grant = byId.get(grant.above ?? '')) {
    if (grant.issuerUser === me) return true;
  }
  return false;
}

/** Those of some grants that do not fall with another of them: what has to be taken back to end them all. */
export function highest(grants: readonly GrantRow[], ids: readonly string[]): readonly string[] {
  const byId = new Map(grants.map((grant) => [grant.id, grant]));
  const chosen = new Set(ids);
  return ids.filter((id) => {
    for (let above = byId.get(id)?.above ?? null; above !== null; above = byId.get(above)?.above ?? null) {
      if (chosen.has(above)) return false;
    }
    return true;
  });
}

/** Further grants that fall with these, from the top down. */
export function fallingWith(grants: readonly GrantRow[], ids: readonly string[]): readonly GrantRow[] {
  const byAbove = Map.groupBy(grants, ({ above }) => above ?? '');
  const taken = new Set(ids);
  const found: GrantRow[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    for (const grant of byAbove.get(id) ?? []) {
      if (seen.has(grant.id)) continue;
      seen.add(grant.id);
      if (!taken.has(grant.id)) found.push(grant);
      visit(grant.id);
    }
  };
  for (const id of ids) visit(id);
  return found;
}
