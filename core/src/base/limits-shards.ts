/** The bounds of shards that several processes can own, with their reasons as in `limits.ts`. */

/** How long a database may take for one statement; then its outcome is unknown and is looked up. */
export const databaseMs = 5_000;
/** First and last pause between attempts to reach a database that does not answer. */
export const databaseRetryMs = 50;
export const databaseRetryCapMs = 500;
/** Records of the journal fetched at once: about so many bytes, and never more rows. */
export const scanBytesTarget = 4 << 20;
export const scanRowsMax = 512;
/** How often an owner says that it is there, and the others look. */
export const shardBeatMs = 250;
/** An owner that has said nothing for this long is taken for dead: six beats. A takeover must be done within 3 s. */
export const shardSilentMs = 1_500;
/** How late a tail finds auth again at most: it has to say who is here before notify, which runs there, tells them what they see. */
export const authRetryMs = 2_000;
/** Journal bytes that a process which waits for a shard keeps before it puts them into chunks: what a takeover reads again. */
export const standbyBytesMin = 4 << 20;
/** And after this long, when less comes. */
export const standbyCompactMs = 5_000;
/** As `journalLagBytesMax`, where what waits is kept in memory. */
export const sharedLagBytesMax = 256 << 20;
