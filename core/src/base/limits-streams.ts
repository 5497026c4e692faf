/** The bounds of streams over HTTP, each with its reason (SPEC G2, F7). */

/** Body of one request to a stream: a photograph fits; it is held in memory until it is durable. */
export const streamBodyBytesMax = 8 << 20;
/** Bodies that are read at once, as they were declared: with what is not on disk yet, what strangers can fill of the memory. */
export const streamBodiesBytesMax = 128 << 20;
/** Name of a stream with everything before it, as it stands in the address. */
export const streamPathBytesMax = 1_024;
/** Content type, date and `Stream-Seq` of a stream. */
export const streamHeaderBytesMax = 256;
/** Name that a producer gives itself. */
export const streamProducerBytesMax = 256;
/**
 * About what one answer of a stream holds. The client of the protocol takes one answer for everything when it does
 * not follow, so few streams should need two; entries of 200 bytes are gathered in seven milliseconds.
 */
export const streamPageBytesMax = 2 << 20;
/** The same of one event, which its reader has to gather as text. */
export const streamEventBytesMax = 512 * 1024;
/** Appends to one stream by one writer that wait behind those in flight; beyond it they are told to come later. */
export const streamBacklogMax = 4_096;
/** Streams that are in memory, four kilobytes each; the ones that were not used for longest are read again from their logs. */
export const streamsOpenMax = 20_000;
/** Writers of one stream that are in memory, each with its place in the log. */
export const streamWritersMax = 1_024;
/** Forks of forks: a read looks through each of their logs. */
export const streamForkDepthMax = 32;
/** Readers that wait at once for more of any stream, so that who never reads on costs a bounded amount. */
export const streamReadersMax = 20_000;
/** How long an event stream lasts before its reader asks again, so that caches can share it. */
export const streamEventsMs = 60_000;
/** Requests to streams of one address at once, above the rate of the setting `streamRate`, in seconds of it. */
export const streamBurstS = 4;
