/** The bounds of files, each with its reason (SPEC G2, Z40 to Z45). */

/** A piece of a file that is stored, checked and fetched on its own: a second of a slow line, and a hash for every million bytes. */
export const fileChunkBytes = 1 << 20;
/** Chunks of one file, 16 GiB: their hashes are 512 KiB, which is read and written at once. */
export const fileChunksMax = 16_384;
export const fileBytesMax = fileChunksMax * fileChunkBytes;
/** Size of a file that a node takes unless its operator says otherwise: two hours of film. */
export const fileBytesUsual = 4 * (1 << 30);
/** Content type of a file, with its parameters. */
export const fileTypeBytesMax = 128;
/** What somebody calls a file of hers. */
export const fileNameBytesMax = 255;
/** A manifest in CBOR: size, type and root. */
export const fileManifestBytesMax = 256;
/** A thumbnail: a picture of 512 pixels is 50 KiB. */
export const thumbnailBytesMax = 256 << 10;
/** Width and height of a thumbnail: what it takes when it is decoded is 4 MiB. */
export const thumbnailSideMax = 1024;
/** Pixels of a picture that is shown as one: 400 MiB when it is decoded. Larger ones are downloads. */
export const imagePixelsMax = 100_000_000;
/** Bytes of a picture that is gone through for what was written beside it: it is in memory for that, and no camera makes larger ones. */
export const bareBytesMax = 128 * 1024 * 1024;
/** Bytes at the beginning of a picture in which its size has to stand: a photograph has its own thumbnail and its profile before it. */
export const imageHeadBytesMax = fileChunkBytes;
/** Boxes, segments and blocks of a picture that are looked at to find its size. */
export const imagePartsMax = 512;

/** How long a ticket for uploads holds: an upload that takes longer asks for the next one. */
export const fileTicketMs = 3_600_000;
/** How long a grant for uploads holds at most. */
export const fileGrantMaxMs = 90 * 86_400_000;
/** An upload to which nothing has been added for so long is given up. */
export const fileUploadIdleMs = 3 * 86_400_000;
/** Uploads of one account that are under way: a folder of photographs at once, and more in line. */
export const fileUploadsMax = 256;
/** Files that one account holds, whatever their size: a row of 100 bytes each. */
export const filesPerAccountMax = 100_000;
/** Files in one answer of a list. */
export const filePageMax = 200;
/** Body of a request that says something about files: the hashes of all chunks of the largest one, as text. */
export const fileBodyBytesMax = 1 << 20;
/** Chunks that are in memory at once because somebody sends them; who comes then is told to come again. */
export const fileChunksArrivingMax = 64;
/** Of those, of one account: two browsers with the six connections that each has. */
export const fileArrivingPerAccountMax = 12;
/** Of those of an account, by grants that it gave: a friend never keeps it out. */
export const fileArrivingByGrantsMax = 6;
/** Chunks that were read last, checked: those who look at a film ask for parts of one again and again. */
export const fileChunksCachedMax = 32;
/** Requests for files of one address a second, on average and at once: a page of thumbnails, and a film besides. */
export const fileReadsPerSecond = 200;
export const fileReadsBurst = 2_000;
/** Changes to files of one account a second, on average and at once: chunks of a line of 200 MB/s. */
export const fileWritesPerSecond = 200;
export const fileWritesBurst = 1_000;
/** Rows and blobs that are removed before others have their turn: a millisecond. */
export const filePruneSlice = 32;
/** How often uploads that were given up, and what was read, are looked after. */
export const fileSweepMs = 60_000;
/** Files of which it is remembered, before it is written, that they were read; the others are written a sweep later. */
export const fileSeenMax = 10_000;
/** Chunks of an upload that are on their way at once: while one is written the next ones come. */
export const filePartsAtOnce = 3;
/** How long an answer about a file may take: a chunk on a line of 100 kbit/s. */
export const fileAnswerMs = 120_000;
/** How long a node waits for the next chunk of a body, or its end: a line of 50 kbit/s, and longer than `fileAnswerMs`, so that who sends gives up first. */
export const fileArrivalMs = 180_000;
/** How often a request about a file is made when the line breaks; with the pauses for a quarter of a minute. */
export const fileAttemptsMax = 6;
/** So long before its end a ticket is not used any more. */
export const fileTicketEarlyMs = 60_000;
