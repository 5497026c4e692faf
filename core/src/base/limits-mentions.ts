/** The bounds of mentions, with their reasons as in `limits.ts`: what a page needs of notifications to write. */

/** People whom one entry mentions by a tag of their own; beyond that everybody is meant. */
export const mentionsPerEntryMax = 16;
/** Of the tag of a mention: one in 10^14 hits somebody else among a hundred thousand. */
export const mentionTagBytes = 8;
