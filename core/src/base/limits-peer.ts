/** The bounds of the neighbourhood, with their reasons as in `limits.ts`. */

/** A message with its signature: a long article, and a page of sixteen in one protocol message. Files carry the rest. */
export const peerMessageBytesMax = 64 * 1024;
/** Its text, in UTF-8 bytes: half of it, so that who is mentioned and what is attached have room. */
export const peerTextBytesMax = 32 * 1024;
/** What a kind keeps that is not for reading: a list of 1,000 keys. */
export const peerContentBytesMax = 48 * 1024;
/** Media type of a text. */
export const mediaTypeBytesMax = 96;
/** Whom one message mentions; each is a row of the index. */
export const peerMentionsMax = 64;
/** What one message answers: what it replies to and the beginning of the thread, and a few that it brings together. */
export const peerRepliesMax = 16;
export const peerAttachmentsMax = 16;
export const peerTagsMax = 16;
/** Tag or name, in UTF-8 bytes. */
export const peerTagBytesMax = 64;
/** What is read instead of an attachment by who cannot see it. */
export const altTextBytesMax = 1_024;
/** A reaction: the longest sequence of joined pictures that Unicode has takes 35 bytes. */
export const reactionBytesMax = 40;
/** How far the clock of an author may be ahead of the node's. */
export const peerClockAheadMs = 600_000;
/** Messages in one call: at the usual size a tenth of a protocol message, at the largest the whole is the bound. */
export const peerBatchMax = 256;
/** Messages of one commit: 8 ms of the thread. */
export const peerCommitMax = 256;
/** Signatures that are being checked at once: those of two commits, 12 ms of two threads, for which files wait too. */
export const peerChecksMax = 512;
/** Messages that wait for a signature to be checked or for a commit. */
export const peerPendingMax = 8_192;
/** Rows of one page. */
export const peerPageRowsMax = 100;
/** Pages that are looked through for one that is not hidden as a whole: with 1,600 messages of somebody who was removed in a row a page ends. */
export const peerHiddenPagesMax = 16;
/** Bytes of one page: with its frame below one protocol message. */
export const peerPageBytesMax = 768 * 1024;
/** Keys and messages that one connection follows; what leads from one to the connection takes 150 bytes. */
export const peerInterestsMax = 10_000;
/** Changes of what one connection follows, in one call. */
export const peerInterestsPerCallMax = 2_048;
/** What catching up sends at once before it looks whether the connection keeps up. */
export const peerCatchUpRows = 64;
/** A stretch that is short enough to be read whole instead of key by key. */
export const peerScanRowsMax = 2_048;
/** Places of messages that are collected for somebody who catches up: 8 MB. */
export const peerCatchUpSeqsMax = 1 << 20;
/** While so much waits in the connection, catching up pauses. */
export const peerCatchUpBufferedMax = 256 * 1024;
/** A connection that has so much waiting is moved from push to catching up. */
export const peerBufferedMax = 1 << 20;
/** Statements of one user that replace one another: profile, follows, addresses, and some for each identity she knows. */
export const peerCurrentMax = 4_096;
/** How many of the oldest go at once, 6 ms of the thread; and how far below its bound a full account is brought: a fiftieth. */
export const peerPruneRows = 128;
export const peerPruneSlack = 50;
/** How many rows may go for one message: twice those of the smallest size that the largest one takes the place of. */
export const peerRoomRowsMax = 2_048;
/** Words of a search. */
export const searchBytesMax = 256;
/** Messages that the background job puts into the index of words at once: 5 ms. A fourth of it takes half as much again for each. */
export const searchIndexRows = 256;
/** Words of one search that count: more only narrow it further. */
export const searchWordsMax = 16;
/** How often the node looks whether it holds more than it may. */
export const peerPruneMs = 5_000;
/** The messages that were stored last are held as they were read, in bytes: what a second brings at full speed. */
export const peerRecentBytesMax = 8 << 20;
/** When it could not be read whom to hide, it is tried again after this: who reads is refused until then. */
export const hiddenAgainMs = 2_000;
/** Between two turns of the index of words and of taking away: others have theirs. */
export const peerWordsMs = 20;
/** Keys that somebody had before, and how far it is looked for her present one. */
export const formerKeysMax = 8;
/** Whom one user follows: a statement of 48 kB, and 3 ms for a page of her feed. */
export const peerFollowsMax = 1_500;
/** What somebody says of herself. */
export const profileAboutBytesMax = 2_048;
/** Answers, shares and pictures that are looked at to count those of one page: each signature is checked. */
export const marksRowsMax = 500;
/** Posts of one public page and of its feed, and answers below a post: 50 signatures are 2 ms. */
export const streetPagePostsMax = 30;
export const streetPageAnswersMax = 50;
/** How long a public page is kept as it was made: who takes a post back does not see it for long. */
export const streetPageMs = 5_000;
/** Public pages that are kept: 20 MB at the size of a usual one. */
export const streetPagesHeldMax = 512;
/** Public pages for one address, per second and at once: a reader of feeds asks for all that it knows in turn. */
export const streetPagesPerSecond = 10;
export const streetPagesBurst = 60;
/** What a browser keeps of its user, of those she follows and of what concerns her: 200,000 usual messages. */
export const homeBytesMax = 128 * 1024 * 1024;
/** What else she has looked at; it goes before the rest. */
export const homeLookedBytesMax = 32 * 1024 * 1024;
/** Messages of hers that wait for the node: more than anybody writes on a journey, at most 32 MB. */
export const homeOutgoingMax = 512;
/** What somebody looks at is asked of the node so long; then what is here is shown. */
export const homeLookMs = 2_500;
/** A worker that has not opened the messages after this is not waited for: on a slow line it is a megabyte. */
export const homeOpenMs = 30_000;
/** A tab that asks for the messages of another one in vain so long asks the node meanwhile: before a call gives up. */
export const homeWakeMs = 6_000;
/** A worker that has answered nothing in time says in this that it lives: it is busy with a commit for a moment at most. */
export const homePingMs = 3_000;
/** A line of a file of chat: the longest text, each of its bytes escaped, and who is named in it. */
export const importLineBytesMax = 256 * 1024;
