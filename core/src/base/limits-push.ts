/** The bounds of the delivery of notifications by Web Push, with their reasons as in `limits.ts`. */

/** An encrypted message of Web Push: what every push service carries (RFC 8030, section 7.2). */
export const pushBodyBytesMax = 4096;
/** What of it is text: the header of RFC 8188 with a key takes 86, the tag 16, the end of the padding 1. */
export const pushTextBytesMax = pushBodyBytesMax - 103;
/** How long a signature for a push service holds: half of what RFC 8292 allows, since clocks differ; renewed at half. */
export const vapidMs = 12 * 3_600_000;
/** Push services that a node keeps a line to, at 2 kB: members can name hosts below those of Windows and Apple that do not exist, and who names a real one must not be turned away for it. */
export const pushOriginsMax = 4096;
/** Messages that wait for one push service: a quarter of an hour of a big site at what Google's takes. */
export const pushQueueCountMax = 20_000;
/** Messages on their way to one push service: 64 keep one process busy, and no service refuses as many. */
export const pushInFlightMax = 64;
/** So many messages in this time are a crowd, which is encrypted in a thread of its own: up to there it is four milliseconds of a second. */
export const pushSealCrowd = 64;
export const pushSealCrowdMs = 1_000;
/** Messages that are encrypted together: four milliseconds of that thread. */
export const pushSealBatchMax = 64;
/** The thread ends when nothing has come for this long, and begins again no sooner when it has failed. */
export const pushSealIdleMs = 60_000;
/** A push service that has not answered by then is taken for silent. */
export const pushAnswerMs = 15_000;
/** Bytes of an answer of a push service that are read: its reason, for the eyes of an operator. */
export const pushAnswerBytesMax = 2048;
/** Times that one message is sent to a push service that takes others; with the pauses below the last one leaves after an hour or two. */
export const pushAttemptsMax = 12;
/** Pause before a message is sent again, at first and at most: with jitter, doubled each time. */
export const pushRetryMinMs = 2_000;
export const pushRetryMaxMs = 3_600_000;
/** The longest `Retry-After` that is believed: beyond a day nobody waits for news. */
export const pushRetryAfterMaxMs = 86_400_000;
/** How long a message is worth sending, and its `TTL` at most: who looks after four days sees what is new without it. */
export const pushTtlMaxMs = 4 * 86_400_000;
/** Failures in a row after which a push service is left alone. */
export const pushFailuresMax = 5;
/** How long it is left alone, at first and at most: with jitter, doubled while the message that asks again fails. */
export const pushRestMinMs = 5_000;
export const pushRestMaxMs = 600_000;
/** Devices in a row whose messages are refused until the mistake counts as ours: one may have subscribed for another node. */
export const pushRefusalsMax = 3;
/** After so long a push service that refuses us is asked again, with one message. */
export const pushRefusedRestMs = 600_000;
/** How long the addresses of a push service are used before they are looked up again, and checked again. */
export const pushAddressMs = 60_000;
/** Places that one message names; who has more waiting sees them when she looks. */
export const noticePlacesMax = 8;
/** Address that a notification opens: that of the node, a site and a log. */
export const noticeAddressBytesMax = 512;
/** Time that messages under way have to arrive when a node ends; the others are sent again after the start. */
export const pushDrainMs = 2_000;
