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
/** Positions of another node that were missed, beyond which messages are compared instead of heard again: it would walk over all that is followed there. */
export const exchangeGapMax = 65_536;
/** Users and threads that are compared at once: the interests of one call. */
export const exchangeComparedAtOnce = 1_024;
/** Ids that another node has named and that are fetched before more is compared: 10 MB. */
export const exchangeMissingMax = 65_536;
/** How often the same is compared in one connection; each but the last brings `exchangeMissingMax` messages. */
export const exchangeComparesMax = 16;
/** Messages that a node has named and does not show, before it is left alone: some are taken back or fall out meanwhile. */
export const exchangeMissedMax = 1_024;
/** Calls that were too many are tried again so often, after a pause. */
export const exchangePatienceTries = 12;
export const exchangePatienceMs = 1_000;
/** Time for which it is looked up what is held of those who are followed, before others have their turn. */
export const exchangeSliceMs = 2;
/** Messages that are brought again to a node that has lost them. */
export const exchangeBroughtAgainMax = 1_000;
/** The dearest price at which this node knocks for its users: a second of its processor. */
export const exchangeKnockBitsMax = 22;
/** Attempts at a stamp before others have their turn: 1 ms. */
export const exchangeKnockTries = 4_096;
/** Stamps that this node works for, in a second and at once: 2 % of the processor. */
export const exchangeKnocksPerSecond = 1 / 60;
export const exchangeKnocksBurst = 20;
/** Of whom one message mentions, those at whose door it is left. */
export const exchangeKnockedMax = 4;
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
