/** The bounds of notifications, with their reasons as in `limits.ts`. */

/** People whom one entry mentions by a tag of their own: a meal for sixteen; beyond that everybody is meant. */
export const mentionsMax = 16;
/** Of the tag of a mention: one in 10^14 hits somebody else among a hundred thousand. */
export const mentionTagBytes = 8;
