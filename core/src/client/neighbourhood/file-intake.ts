/** The files of an account file, one at a time as they come: what the node has of them is not brought again (SPEC Z102). */

import { equal, hex } from '../../base/bytes.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { AccountChunk, AccountFile } from '../../social/account-file/record.ts';
import type { FileOffer, Files } from '../files.ts';
import { Tally } from './account-tally.ts';

interface Coming {
  readonly number: number;
  readonly file: AccountFile;
  readonly digests: readonly Uint8Array[];
  readonly offer: FileOffer;
  readonly missing: Set<number>;
  readonly isKnown: boolean;
}

const DIGEST_BYTES = 32;

export class FileIntake {
  readonly tally = new Tally('file');
  readonly #files: Pick<Files, 'offer' | 'pin'> | null;
  readonly #primitives: Primitives;
  #coming: Coming | null = null;
  missing = 0;

  constructor(files: Pick<Files, 'offer' | 'pin'> | null, primitives: Primitives) {
    this.#files = files;
    this.#primitives = primitives;
  }

  async begin(number: number, file: AccountFile): Promise<void> {
    await this.end();
    const files = this.#files;
    if (files === null || (file.digests.length === 0 && file.size > 0)) {
      this.missing += 1;
      return;
    }
    await this.#within(number, async () => {
      const coming = await offered(files, number, file);
      if (coming.missing.size > 0) this.#coming = coming;
      else await this.#finish(coming);
    });
  }

  async chunk(number: number, chunk: AccountChunk): Promise<void> {
    const coming = this.#coming;
    if (coming === null || !equal(chunk.address, coming.file.address) || !coming.missing.has(chunk.at))
      return;
    await this.#within(number, async () => {
      const wanted = coming.digests[chunk.at];
      if (wanted === undefined || !equal(this.#primitives.sha256(chunk.bytes), wanted))
        throw new Fault('corrupt', `chunk ${chunk.at} is not what the file says`);
      await coming.offer.put(chunk.at, chunk.bytes);
      coming.missing.delete(chunk.at);
      if (coming.missing.size > 0) return;
      this.#coming = null;
      await this.#finish(coming);
    });
  }

  /** What follows is of no file that has begun. */
  async end(): Promise<void> {
    const coming = this.#coming;
    this.#coming = null;
    if (coming !== null) this.tally.refuse(coming.number, `${coming.missing.size} of its chunks are missing`);
  }

  async #finish({ file, offer, isKnown }: Coming): Promise<void> {
    await offer.finish();
    if (file.isPinned) await this.#files?.pin(offer.address);
    if (isKnown) this.tally.known += 1;
    else this.tally.taken += 1;
  }

  /** A file that cannot be had leaves the others alone. */
  async #within(number: number, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (thrown) {
      this.#coming = null;
      this.tally.judge(number, asFault(thrown));
    }
  }
}

async function offered(files: Pick<Files, 'offer'>, number: number, file: AccountFile): Promise<Coming> {
  const { size, type, name, held, digests: all } = file;
  const digests = Array.from({ length: all.length / DIGEST_BYTES }, (_, at) =>
    all.slice(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES),
  );
  const offer = await files.offer({ size, type, name, kind: held, digests });
  if (offer.address !== hex(file.address)) throw new Fault('malformed', 'its chunks are not of its address');
  const missing = new Set(offer.missing);
  return { number, file, digests, offer, missing, isKnown: missing.size === 0 };
}
