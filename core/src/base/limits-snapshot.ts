/** The bounds of snapshots, with their reasons as in `limits.ts`. */

import { keepBytesMax, valueBytesMax } from './limits.ts';

/** State in one part: a value less what the part says of itself. */
export const partBytesMax = valueBytesMax - 256;
/** Parts of a snapshot: 16 MiB packed, a document of a book's length a hundred times over. */
export const partsMax = 256;
/** A state as it is opened: what a hostile member's few kilobytes may grow to in the memory of others. */
export const stateBytesMax = 64 << 20;
/** Positions from the first part to the last: the parts, and what others wrote meanwhile. */
export const snapshotSpanMax = 65_536;
/** A snapshot is made when at least so many bytes of values came since the last one, and more than that holds. */
export const snapshotWorthBytes = 64 * 1024;
/** What was opened from this many bytes of entries is kept on the device, and again after so many more. */
export const stateKeepBytes = 16 * 1024;
/** Questions about snapshots of one connection, per second and at once. */
export const snapshotAsksPerSecond = 10;
export const snapshotAsksBurst = 200;
/** Who wrote last makes the snapshot, about so long after; the others wait for her this much longer. */
export const snapshotWaitMs = 3_000;
export const snapshotTurnMs = 20_000;
/** The state of this device is written to its keep at most this often. */
export const stateKeepMs = 10_000;
/** Positions of which a reader remembers the hash: a snapshot stands for less than it stands behind. */
export const linksKeptMax = 8_192;
/** States that a device keeps for its logs, and their bytes together: half of what a keep holds. */
export const statesKeptMax = 256;
export const statesBytesMax = keepBytesMax / 2;
