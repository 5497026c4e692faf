/** The bounds of what devices remember against a node that is set back, with their reasons as in `limits.ts`. */

/** Revocations that a device says again to a node that has forgotten them: more than anybody makes between two backups. */
export const revocationsKeptMax = 256;
