/** Bounds of documents with their reasons (SPEC G2). Sizes are bytes, times milliseconds. */

/** Value of one entry: what a log takes (`valueBytesMax` of the SDK, held equal by a test). */
export const entryValueBytesMax = 64 * 1024 - 28;
/** One change of a document in parts: a pasted book with pictures; what is larger belongs into files. */
export const updateBytesMax = 16 << 20;
/** Parts of one change: as many as the largest has. */
export const updatePartsMax = 512;
/** Changes of which parts are missing: their writers stopped in the middle, or are hostile. The oldest are given up. */
export const groupsMax = 64;
/** Bytes of such parts, twice the largest change. */
export const groupBytesMax = 32 << 20;
/** What others typed is at most this late because of its writer: nobody sees it, and a fast typist shares an entry. */
export const coalesceMs = 50;
/** The same while there is no connection: nobody waits, and an hour of typing is some thousand entries in the queue. */
export const coalesceOfflineMs = 500;
/** Unsent changes are made one when there are so many, so that a page left open offline holds little. */
export const unsentCountMax = 512;
/** Own values that are recognised when they come back; more are applied again, which changes nothing. */
export const expectedCountMax = 1024;
/** First and last pause before a change that was refused for now is appended again. */
export const retryBaseMs = 1_000;
export const retryCapMs = 30_000;
/** A cursor is said at most this often: ten times a second looks live, and fifty editors stay within their rate. */
export const awarenessEveryMs = 100;
/** State of one editor as JSON: what passes without being kept is 4 KiB with its envelope. */
export const awarenessBytesMax = 3_000;
/** Editors of one connection: the tabs of a browser share one. */
export const awarenessPerConnectionMax = 16;
/** Editors that are shown at all. */
export const awarenessMax = 256;
/** Who comes is told who is there within this, at a random moment, so that a hundred do not answer at once. */
export const awarenessWelcomeMs = 300;
/** What has left the queue of the device stands in the log within this, or was refused. */
export const settleMs = 2_000;
