/** The bounds of account files (SPEC Z100 to Z103), with their reasons as in `limits.ts`. */

import { fileChunkBytes } from './limits-files.ts';

/** A record: the largest holds a chunk of a file, its address and its place. */
export const accountFileRecordBytesMax = fileChunkBytes + 1_024;
/** Arrays inside one another in a record: those above an account, and each of them. */
export const accountFileDepthMax = 3;
/** Origin of a node. */
export const accountFileUrlBytesMax = 512;
/** What is written is handed on in pieces of this size, so that ten thousand small records are a hundred writes. */
export const accountFilePieceBytes = 64 * 1024;
/** Messages that are brought in one call: half of a protocol message, whatever their sizes. */
export const accountFileBatchBytes = 512 * 1024;
/** Operations on an account that its file tells: the newest, some 3 MB. */
export const accountFileOperationsMax = 10_000;
/** Accounts among which that of somebody else is looked for. */
export const accountFileTreeMax = 10_000;
/** Records of which a report says why they were refused; of more it says how many. */
export const accountFileRefusalsMax = 100;
