/** The bounds of what devices remember against a node that is set back, with their reasons as in `limits.ts`. */

/** Revocations that a device says again to a node that has forgotten them: more than anybody makes between two backups. */
export const revocationsKeptMax = 256;
/**
 * Entries before the end of what a device has read of a log that are compared with it. One is not enough: what a
 * writer was not told of stands at its place again after a restore, when somebody else has taken the place before it.
 */
export const overlapCount = 16;
