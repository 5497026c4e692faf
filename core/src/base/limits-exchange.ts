/** The bounds of what nodes exchange with one another, with their reasons as in `limits.ts`. */

/** An address of a node, as text: a name of 253, a path and a key. */
export const peerAddressBytesMax = 512;
/** Addresses in one list of somebody: where she publishes, and where she is reached. */
export const peerAddressesMax = 8;
/** What one says of somebody else in words. */
export const aboutNotesBytesMax = 2_048;
/** Other nodes that a node is connected to at once: each is a socket, and who has most followers here comes first. */
export const exchangeNodesMax = 64;
/** Users that are followed at one other node; two interests each, within what one connection may follow. */
export const exchangeUsersMax = 4_000;
/** Threads that are followed at one other node, the last that somebody here has written in. */
export const exchangeThreadsMax = 1_000;
/** At how many of the nodes where somebody publishes she is followed: the second is for when the first is away. */
export const exchangeOutboxesMax = 2;
/** Messages of somebody newly followed that are fetched, the newest. */
export const exchangeBackfillRows = 500;
/** Rows of the own store that are looked through at once for what concerns other nodes: 3 ms. */
export const exchangeLearnRows = 128;
/** Messages of another node that wait to be checked, in bytes: one that sends faster is asked again later. */
export const exchangePendingBytesMax = 8 << 20;
/** What somebody made up, or nobody asked for, before a node is left alone for `exchangeRestMs`. */
export const exchangeLiesMax = 16;
export const exchangeRestMs = 3_600_000;
/** Between attempts to reach another node. */
export const exchangeRetryMinMs = 1_000;
export const exchangeRetryMaxMs = 900_000;
/** A connection that lasted so long was a good one: the next pause is short again. */
export const exchangeGoodMs = 60_000;
/** How long a change of who follows whom waits for others before connections are made anew. */
export const exchangePlanMs = 50;
/** How often the node looks whether those who follow are still its users, and whether guests have too much room. */
export const exchangeLookMs = 60_000;
/** Messages that wait to be brought to other nodes; the newest are refused when there are more. */
export const exchangeCarriedMax = 10_000;
/** Of them in one call. */
export const exchangeCarryBatch = 64;
/** Attempts to bring a message, with pauses that double from `exchangeCarryMinMs` up: half a day together. */
export const exchangeCarryTriesMax = 12;
export const exchangeCarryMinMs = 10_000;
export const exchangeCarryMaxMs = 14_400_000;
/** Where somebody publishes, learned from nothing but that a node has brought something of hers. */
export const exchangeHintsMax = 10_000;
/** The part of what all other nodes may fill that one of them may: an eighth. */
export const exchangeNodePart = 8;
/** Friends who are asked what they say of somebody. */
export const identityFriendsMax = 256;
/** Of them at once. */
export const identityAskedAtOnce = 32;
/** Positions of another node that are heard before the last one is written down: what a crash makes one hear again. */
export const exchangeCursorRows = 256;
/** Older mentions are not brought to where who is mentioned wants to be reached: nobody waits for them. */
export const exchangeCarryAgeMs = 86_400_000;
/** Users of whom is remembered for a while whether they have an account here, and positions between two writes of the own one. */
export const exchangeKnownMax = 4_096;
