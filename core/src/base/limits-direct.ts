/** The bounds of direct connections between devices, with their reasons as in `limits.ts`. */

import { pageBytesMax } from './limits.ts';

/** Direct connections that a leader has at once: half a megabyte each in a browser. Who finds no room hands in through the node. */
export const directLinksMax = 32;
/** One message of a direct connection; longer words are cut, since every implementation carries this much whole and what waits behind it waits little. */
export const directMessageBytesMax = 16 * 1024;
/** One word of a direct connection: what a writer sends at once, and its head. */
export const directWordBytesMax = pageBytesMax + 129 * 1024;
/** Bytes that may wait in a direct connection; who reads slower is cut off and hands in through the node. */
export const directBufferedBytesMax = 1 << 20;
/** A direct connection that does not open within this time is given up: a TURN server at the end of the world needs three. */
export const directOpenMs = 10_000;
/** The leader says within this time that it was handed something, or the node carries it again: longer than any round trip, shorter than patience. */
export const directSilenceMs = 2_000;
/** A direct connection over which nobody hands in for this long is given back, for others. */
export const directIdleMs = 300_000;
/** Pause after a direct connection that failed; doubled each time, up to the second. */
export const directRestMinMs = 2_000;
export const directRestMaxMs = 300_000;
/** A direct connection that lasted this long has not failed because there is no way. */
export const directGoodMs = 60_000;
/** Addresses that one side of a direct connection may name: a few networks times a few servers. */
export const directCandidatesMax = 64;
/** Entries of one writer that a leader takes over a direct connection, per second and at once: four times what the node carries. */
export const directHandsPerSecond = 2_000;
export const directHandsBurst = 8_000;
/** Servers that help devices to reach each other, as a node names them. */
export const iceServersMax = 8;
