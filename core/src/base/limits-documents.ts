/** The bounds of documents that the values of a log make, with their reasons as in `limits.ts`. Part of the rule: who has others sees another document. */

/** A document as JSON, in characters: what a phone holds and saves without a pause. */
export const documentCharsMax = 1 << 20;
/** Levels of a document: deeper ones are made to exhaust a stack. */
export const documentDepthMax = 64;
/** Operations of one patch: one act of a person, or a page of an import. */
export const patchOperationsMax = 1_000;
/** Members that one patch may copy, compare or count, so that a patch of a few bytes costs nobody more than some tens of milliseconds. */
export const patchWorkMax = 2_000_000;
/** Keys of a map. */
export const mapKeysMax = 10_000;
/** A key of a map, in characters. */
export const mapKeyCharsMax = 256;
/** Deleted keys of which a map knows when; a conditional change that rests on older knowledge counts as contested. */
export const mapDeletedMax = 1_024;
/** Outcomes of own changes that were not simply taken, until whoever made them has heard; the oldest go first. */
export const documentOutcomesMax = 1_024;
