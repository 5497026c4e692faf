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
/** One message between two peers over the network: answering the most costly one takes 8 ms, so that others wait no longer than for a commit. */
export const reconcilePeerFrameBytesMax = 32 * 1024;
/** Items of a set that is filled for one comparison: 44 MB, and three seconds of the processor in slices. */
export const reconcileSetItemsMax = 1 << 20;
/** Items of all sets that a peer holds at once, for those who compare with it and for itself: 88 MB. */
export const reconcileHeldItemsMax = 1 << 21;
/** How long a set is filled before others have their turn; the last rows take half as long again. */
export const reconcileFillMs = 1;
/** Rows that are read at once while a set is filled, of all its keys together and of one. */
export const reconcileFillRows = 16_384;
export const reconcileFillRowsMin = 8;
export const reconcileFillRowsMax = 256;
/** Sets that wait to be filled, one after the other. */
export const reconcileFillsMax = 16;
/** What one caller may have filled and answered, in items: a set of the largest twice at once, and then 6 % of the processor. */
export const reconcileItemsPerSecond = 20_000;
export const reconcileItemsBurst = 1 << 21;
/** What a key costs of that, whatever is found under it; and a message. */
export const reconcileKeyItems = 8;
export const reconcileMessageItems = 2_000;
/** Callers whose rate is remembered. */
export const reconcileCallersMax = 1_024;
/** How long the first answer may take: a set is filled for it, maybe behind others. */
export const reconcileOpenMs = 60_000;
