import type { Interest } from '../../api/peer.ts';

/** What a program asks for: messages that stand in a relation to a key, id or hash. */
export function interest(relation: Interest['relation'], of: Uint8Array): Interest {
  return { relation, key: of.slice(0, 16) };
}
