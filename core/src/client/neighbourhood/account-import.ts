/**
 * Brings an account file to a node (SPEC Z102): every message is checked and brought as it was signed, what is there
 * stays as it is, so that a file that was not brought whole is gone on with by bringing it again. What is refused
 * is told with the number of its record and leaves the rest alone.
 */

import { equal, hex } from '../../base/bytes.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { accountFileBatchBytes, accountFilePieceBytes } from '../../base/limits-account-file.ts';
import { peerBatchMax, peerPageRowsMax } from '../../base/limits-peer.ts';
import { readAccountFile, type NumberedRecord } from '../../social/account-file/account-file.ts';
import type { AccountHead } from '../../social/account-file/record.ts';
import { openMessage } from '../../social/message/message.ts';
import type { Files } from '../files.ts';
import type { AccountFileParts } from './account-export.ts';
import { pinnedAmong } from './account-pins.ts';
import { Tally, type Counts, type Refusal } from './account-tally.ts';
import { FileIntake } from './file-intake.ts';
import { requireKept } from './kept.ts';

export interface ImportOptions {
  /** `copse.files()`: brings the files that are in it; without it they are counted as missing. */
  readonly files?: Pick<Files, 'offer' | 'pin'>;
  /** Also the account of another key: its messages count for one's own, and it stays the other's. */
  readonly ofAnybody?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (records: number) => void;
}

export interface ImportReport {
  /** Whose account it is, and where and when the file was made. */
  readonly user: Key;
  readonly url: string;
  readonly madeMs: number;
  readonly records: number;
  readonly messages: Counts;
  readonly pins: Counts;
  readonly files: Counts;
  /** Files that the account held and whose bytes are not in the file, or that were not asked for. */
  readonly filesMissing: number;
  /** Why something was refused: the first of them. */
  readonly refusals: readonly Refusal[];
  /** Why the file was not read to its end; what came before has been taken. Null: it is whole. */
  readonly trouble: string | null;
}

export async function importAccount(
  parts: AccountFileParts,
  source: Blob | AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportReport> {
  const pieces = source instanceof Blob ? piecesOf(source) : source;
  const records = readAccountFile(parts.primitives, pieces);
  try {
    const first = await records.next();
    const head = first.done === true ? null : first.value.record;
    if (head?.kind !== 'head') throw new Fault('malformed', 'this is no account file');
    requireOwn(parts, head, options);
    const intake = new Intake(parts, head, options);
    const trouble = await takeAll(records, intake, options);
    return await intake.end(trouble);
  } finally {
    await records.return(undefined);
  }
}

async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += 16 * accountFilePieceBytes)
    yield new Uint8Array(await blob.slice(at, at + 16 * accountFilePieceBytes).arrayBuffer());
}

function requireOwn({ me }: AccountFileParts, { user }: AccountHead, options: ImportOptions): void {
  if (me === null) throw new Fault('forbidden', 'sign in to bring an account back');
  if (options.ofAnybody !== true && !equal(me, user))
    throw new Fault(
      'forbidden',
      'it is the account of another key; say so if its messages are to count for yours',
    );
}

/** Answers why the file could not be read to its end, or null. */
async function takeAll(
  records: AsyncGenerator<NumberedRecord>,
  intake: Intake,
  { signal, onProgress }: ImportOptions,
): Promise<string | null> {
  for (;;) {
    let next: IteratorResult<NumberedRecord>;
    try {
      next = await records.next();
    } catch (thrown) {
      return asFault(thrown).detail;
    }
    if (next.done === true) return null;
    if (signal?.aborted === true) throw new Fault('closed', 'the import was given up; done again it goes on');
    await intake.take(next.value);
    onProgress?.(next.value.number + 1);
  }
}

interface Waiting {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Gathers what is brought together. */
class Intake {
  readonly #parts: AccountFileParts;
  readonly #head: AccountHead;
  readonly #files: FileIntake;
  readonly #messages = new Tally('message');
  readonly #pins = new Tally('pin');
  #batch: Waiting[] = [];
  #batchBytes = 0;
  #pinning: Waiting[] = [];
  #records = 1;

  constructor(parts: AccountFileParts, head: AccountHead, { files }: ImportOptions) {
    this.#parts = parts;
    this.#head = head;
    this.#files = new FileIntake(files ?? null, parts.primitives);
  }

  async take({ number, record }: NumberedRecord): Promise<void> {
    this.#records = number + 1;
    switch (record.kind) {
      case 'message':
        return this.#message(number, record.bytes);
      case 'pin':
        return this.#pin(number, record.id);
      case 'file':
        return this.#files.begin(number, record);
      case 'chunk':
        return this.#files.chunk(number, record);
      case 'head':
      case 'standing':
      case 'operation':
      case 'other':
        // What another node has said is that node's to say.
        return;
    }
  }

  async end(trouble: string | null): Promise<ImportReport> {
    await this.#flushPins();
    await this.#flush();
    await this.#files.end();
    const tallies = [this.#messages, this.#pins, this.#files.tally];
    return {
      user: this.#head.user,
      url: this.#head.url,
      madeMs: this.#head.madeMs,
      records: this.#records,
      messages: this.#messages.counts(),
      pins: this.#pins.counts(),
      files: this.#files.tally.counts(),
      filesMissing: this.#files.missing,
      refusals: tallies.flatMap(({ refusals }) => refusals).toSorted((a, b) => a.record - b.record),
      trouble,
    };
  }

  async #message(number: number, bytes: Uint8Array): Promise<void> {
    const why = await this.#wrongWith(bytes);
    if (why !== null) return this.#messages.refuse(number, why);
    this.#batch.push({ number, bytes });
    this.#batchBytes += bytes.length;
    if (this.#batch.length >= peerBatchMax || this.#batchBytes >= accountFileBatchBytes) await this.#flush();
  }

  async #wrongWith(bytes: Uint8Array): Promise<string | null> {
    try {
      const message = await openMessage(this.#parts.primitives, bytes);
      if (message === null) return 'its user has not signed it';
      return equal(message.from, this.#head.user) ? null : 'it is of somebody else';
    } catch (thrown) {
      return asFault(thrown).detail;
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (batch.length === 0) return;
    const remote = await this.#parts.line.get();
    const { answers } = await remote.publish({ messages: batch.map(({ bytes }) => bytes) });
    for (const [at, { number }] of batch.entries()) {
      const answer = answers[at];
      if (answer?.kind === 'stored') this.#messages.taken += 1;
      else if (answer?.kind === 'known' || answer?.kind === 'overtaken') this.#messages.known += 1;
      else this.#messages.refuse(number, answer === undefined ? 'the node has not answered' : whyNot(answer));
    }
  }

  async #pin(number: number, id: Uint8Array): Promise<void> {
    this.#pinning.push({ number, bytes: id });
    if (this.#pinning.length >= peerPageRowsMax) await this.#flushPins();
  }

  async #flushPins(): Promise<void> {
    const pinning = this.#pinning;
    this.#pinning = [];
    if (pinning.length === 0) return;
    await this.#flush();
    const { line } = this.#parts;
    const there = await pinnedAmong(
      line,
      pinning.map(({ bytes }) => bytes),
    );
    for (const { number, bytes } of pinning) {
      if (there.has(hex(bytes))) this.#pins.known += 1;
      else
        await this.#pins.attempt(number, async () => {
          await (await line.get()).pin({ id: bytes, pinned: true });
        });
    }
  }
}

function whyNot(answer: Parameters<typeof requireKept>[0]): string {
  try {
    requireKept(answer);
    return '';
  } catch (thrown) {
    return asFault(thrown).message;
  }
}
