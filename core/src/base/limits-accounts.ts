/** The bounds of the account tree, with their reasons as in `limits.ts`. */

/** Accounts on the way from one to the node: whoever may act on it is looked for there, which takes 0.3 ms at most. */
export const accountDepthMax = 64;
/** Accounts that one operation hands on, and that one account may still make: more than a node serves. */
export const accountQuotaMax = 1_000_000_000;
/** Bytes that an account may publish: a tebibyte. */
export const accountBytesMax = 2 ** 40;
/** Bytes of an account that the node issues to somebody who came by a site or where it is open: a gibibyte. */
export const accountBytesIssued = 2 ** 30;
/** Why somebody was removed: a few sentences. */
export const accountReasonBytesMax = 512;
/** How long a link to an account works at most. */
export const accountLinkMsMax = 30 * 86_400_000;
/** How long a removal can be taken back; then what it freed returns. */
export const accountRestoreMs = 7 * 86_400_000;
/** How far the time in an operation may be from the node's clock: what was refused once cannot be sent again later. */
export const accountActSkewMs = 10 * 60_000;
/** Accounts in one answer. */
export const accountsPageMax = 64;
/** Operations in one page of the audit log: half a message. */
export const accountAuditPageMax = 32;
/** Operations that are looked at for one page of the audit log, of which the caller may see some: 5 ms. */
export const accountAuditScanMax = 512;
/** Accounts that the preview of a removal counts; beyond it says that there are more. */
export const accountPreviewMax = 100_000;
/** And that it names. */
export const accountPreviewNamesMax = 32;
/** Accounts that one slice of a removal ends: 2 ms. */
export const accountSliceMax = 64;
/** How often a user may act on accounts, beside the calls of her session: a person who clears up. */
export const accountActsPerSecond = 2;
export const accountActsBurst = 60;
/** Users whose rate of acts is remembered. */
export const accountActorsMeteredMax = 10_000;
/** How often the node looks for links that have expired and removals that are final. */
export const accountTidyMs = 60_000;
/** Friends of whom is remembered for as long as the tree stays as it is: 300 bytes each. */
export const accountFriendsKeptMax = 16_384;
