/**
 * Where cold chunks lie: a folder, a bucket, or memory. A blob is never changed: its name is the SHA-256 of
 * its bytes in hex, as `sha256sum` prints it, so that whoever holds it can check it without copse.
 */

export interface BlobStore {
  /** What it is, for people. */
  readonly place: string;
  /** Resolves when the blob is there for good; putting it again changes nothing. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Null when there is none of this name; rejects when that cannot be told now. */
  get(name: string): Promise<Uint8Array | null>;
  /** Deleting what is not there is no fault. */
  delete(name: string): Promise<void>;
  /** An address of its own that holds until then; null: the node serves the blob itself. */
  address(name: string, untilMs: number): string | null;
}

const NAME = /^[0-9a-f]{64}$/;

export function isBlobName(text: string): boolean {
  return NAME.test(text);
}
