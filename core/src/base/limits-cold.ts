/** The bounds of cold chunks, with their reasons as in `limits.ts`. */

/** Entries of one blob: 400 requests for 200 MB, and what one small page through the node costs: half a megabyte fetched and inflated. */
export const blobBytesTarget = 512 * 1024;
/** A blob as it is stored and as it is opened: the target, a chunk beyond it, and the largest entry. */
export const blobBytesMax = 1 << 20;
/** Blobs that a node keeps opened for who reads through it: 32 MiB, more than one message of a stream is long. */
export const blobCacheMax = 64;
/** Blobs that a node fetches at once, and readers that wait for one: beyond them, later. */
export const blobFetchesMax = 8;
export const blobWaitersMax = 4_096;
/** How often chunks are looked for that are old enough. */
export const coldSweepMs = 60_000;
/** Runs that move in one look, so that a node whose first look finds years of entries still ends soon. */
export const coldMovesMax = 4_096;
/** A blob that no row names stays this long: a backup of that age still names it. */
export const blobGraceMs = 8 * 86_400_000;
/** Blobs that one look lets go. */
export const blobDropMax = 1_000;
/** The address of a blob holds this long at least, and twice as long at most, so that who asks within it gets the same address and caches answer. */
export const blobAddressMs = 15 * 60_000;
/** Blobs in one answer to `find`: eight megabytes of entries ahead of a reader. */
export const coldRunsMax = 16;
/** Characters of an address: a name, an end and a signature; S3's are longer. */
export const blobAddressMax = 2_048;
/** Blobs that a client fetches at once: what browsers open to one host. */
export const coldFetchesMax = 6;
/** Attempts at one blob, each from where the last was cut; then the node is asked. */
export const coldAttemptsMax = 3;
/** One attempt at a blob. */
export const coldFetchMs = 15_000;
/** A client that could not fetch a blob reads through the node for this long. */
export const coldPauseMs = 60_000;
/** One question to a bucket: half a megabyte over a slow line. */
export const bucketMs = 30_000;
/** Addresses of a bucket that are remembered until they end. */
export const blobAddressesMax = 4_096;
