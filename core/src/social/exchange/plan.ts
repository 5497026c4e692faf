/**
 * Whom a node follows where (SPEC Z83): of the places at which somebody is said to publish, those that she names
 * herself before those that others name, the first two of them; of the nodes, those with most followers here.
 */

import { equal, hex } from '../../base/bytes.ts';
import type { Key } from '../../base/ids.ts';
import { exchangeNodesMax, exchangeOutboxesMax, exchangeUsersMax } from '../../base/limits-exchange.ts';

/** That somebody, whom some of the users here follow, publishes at a node. */
export interface WantedPlace {
  readonly whom: Key;
  readonly node: Key;
  /** Who says so: the lowest hides the others. */
  readonly source: number;
  readonly followers: number;
}

export interface NodePlan {
  readonly node: Key;
  readonly users: readonly Key[];
}

/** `wanted` stands in the order of whom, source and preference; `own` is this node, which needs no connection. */
export function planOf(
  wanted: readonly WantedPlace[],
  own: Key,
  needed: readonly Key[] = [],
): readonly NodePlan[] {
  const chosen = new Map<string, { readonly node: Key; readonly places: WantedPlace[]; weight: number }>();
  const at = (node: Key) => {
    const name = hex(node);
    const found = chosen.get(name) ?? { node, places: [], weight: 0 };
    chosen.set(name, found);
    return found;
  };
  // Something waits to be brought there: as good as one follower.
  for (const node of needed) if (!equal(node, own)) at(node).weight += 1;
  for (const place of outboxes(wanted)) {
    if (equal(place.node, own)) continue;
    const found = at(place.node);
    found.places.push(place);
    found.weight += place.followers;
  }
  return [...chosen.values()]
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, exchangeNodesMax)
    .map(({ node, places }) => ({ node, users: mostFollowed(places) }));
}

/** The places at which each is followed. */
function* outboxes(wanted: readonly WantedPlace[]): Generator<WantedPlace> {
  let first: WantedPlace | null = null;
  let nodes: Key[] = [];
  for (const place of wanted) {
    if (first === null || !equal(first.whom, place.whom)) {
      first = place;
      nodes = [];
    }
    const isNamed = nodes.some((node) => equal(node, place.node));
    if (place.source !== first.source || isNamed || nodes.length >= exchangeOutboxesMax) continue;
    nodes.push(place.node);
    yield place;
  }
}

function mostFollowed(places: readonly WantedPlace[]): readonly Key[] {
  return places
    .toSorted((a, b) => b.followers - a.followers)
    .slice(0, exchangeUsersMax)
    .map(({ whom }) => whom);
}
