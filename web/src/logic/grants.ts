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

/**
 * Those that stand: a node lists what was taken back until it has cleaned up, although it does not count any
 * more (SPEC R8). `gone` was taken back here a moment ago.
 */
export function standing(grants: readonly GrantRow[], gone: ReadonlySet<string>): readonly GrantRow[] {
  const byId = new Map(grants.map((grant) => [grant.id, grant]));
  const stands = (grant: GrantRow): boolean => {
    for (let row: GrantRow | undefined = grant; row !== undefined; row = byId.get(row.above ?? '')) {
      if (row.endedMs !== null || gone.has(row.id)) return false;
    }
    return true;
  };
  return grants.filter(stands);
}

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
