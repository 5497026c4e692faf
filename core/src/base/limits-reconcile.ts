/** The bounds of reconciliation by ranges, with their reasons as in `limits.ts`. */

/** Items of one set: the messages of a node that holds a million, twice; 88 MB at 42 bytes each. */
export const reconcileItemsMax = 1 << 21;
/** One message between two sets: a quarter of a protocol message, so that answering one stays below 50 ms. */
export const reconcileFrameBytesMax = 256 * 1024;
/** A smaller frame does not hold what the widest split takes; the reference implementation asks for the same. */
export const reconcileFrameBytesMin = 4096;
/** Messages that one session answers: a peer that has nothing gets two million ids of 32 bytes in 256 full frames, and half of them is lost on frames that are not full. */
export const reconcileRoundsMax = 512;
/** Ids in one list: as many as a frame holds. */
export const reconcileIdsMax = reconcileFrameBytesMax / 32;
/** Ranges that an initiator has still to ask about: it asks the first ones first, so each depth of the search, of which a set of this size has seven, leaves those of one frame at most. */
export const reconcileRangesMax = 131_072;
/** Sessions that a peer answers at once: each may hold on to segments that its set has replaced meanwhile. */
export const reconcileSessionsMax = 64;
/** Of them those of one connection: its own messages, and what two filters leave out differently. */
export const reconcileSessionsPerPeerMax = 4;
/** A session that asks nothing for so long is forgotten: a slow line takes seconds for a frame. */
export const reconcileIdleMs = 60_000;
/** Items that one session leaves out because they lie below a mark of their account; where there are more, accounts are compared one by one. */
export const reconcileLeftOutMax = 65_536;
