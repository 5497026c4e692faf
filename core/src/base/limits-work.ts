/** The bounds of strangers and of the work that they prove, with their reasons as in `limits.ts`. */

/** The least price, for half a kilobyte and a day: a fifth of a second of a browser, half of that natively. */
export const workBitsMin = 18;
/** The highest price: eleven hours of a browser; who would pay more is no person. */
export const workBitsMax = 36;
/** How much more a request for an account costs: it asks a person to answer for somebody. */
export const workInvitationBits = 4;
/** What one unit of the price takes on the disk for a day. */
export const workUnitBytes = 512;
/** How long a stamp counts: long enough for the dearest, too short to lay in a stock. */
export const workStampMsMax = 3_600_000;
/** A price is looked at again so often, and holds for the rest of this stretch and the whole next one. */
export const workPriceMs = 300_000;
/** Knocks in one stretch of a price that are no crowd: one every five seconds. */
export const workCrowd = 60;
/** How much a crowd adds to the price. */
export const workLoadBitsMax = 12;
/** Attempts at once in a thread that has something else to do: 10 ms of a browser, less than a picture of a screen takes. */
export const workSliceTries = 16_384;
/** Two attempts in a row that the price overtook are bad luck, more are a node that does not want. */
export const workAttemptsMax = 3;

/** A message by which a stranger knocks: a long letter without files. */
export const knockBytesMax = 16 * 1024;
/** How long a knock waits for an answer. */
export const knockDaysMax = 7;
/** How old a message may be with which somebody knocks: what is older is no letter to her. */
export const knockAgeMsMax = 86_400_000;
/** Knocks that wait for one user, those with the most work: what a person looks through at once. */
export const knocksPerUserMax = 50;
/** Answered knocks of one user that are remembered, so that they do not come again. */
export const knocksAnsweredMax = 500;
/** All that waits, in bytes: as much as 80 full queues of the longest. */
export const knocksBytesMax = 64 << 20;
/** Signatures of strangers that are checked in a second, all together: a thousandth of the thread. */
export const knocksPerSecond = 25;
export const knocksBurst = 100;
/** Knocks that wait for a commit. */
export const knocksPendingMax = 128;
/** Rows that are taken away at once because their time is over. */
export const knocksSweptMax = 256;
/** How often the node looks for those. */
export const knocksSweepMs = 60_000;

/** How long somebody whose knock was accepted writes without work. */
export const guestMs = 30 * 86_400_000;
/** What she may write to one user in that time. */
export const guestBytesMax = 256 * 1024;
/** Whom one user lets write to her in this way. */
export const guestsPerUserMax = 500;
/** What all of them hold, in bytes, besides what the members hold. */
export const guestsBytesMax = 64 << 20;

/** Whom one user keeps away. */
export const keptAwayMax = 1_000;
/** Whose follows are looked through for friends of friends: 10 ms, in slices. */
export const friendsAskedMax = 256;
/** Follows that are looked through between two turns. */
export const friendsSlice = 8;
/** Reports that wait for an admin, and those of one user. */
export const reportsMax = 1_000;
export const reportsPerUserMax = 20;
/** What is said with a report. */
export const reportWhyBytesMax = 500;
/** Reports of one page: with their messages below one protocol message. */
export const reportRowsMax = 10;
