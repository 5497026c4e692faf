/**
 * Checkpoints of a log (C2SP tlog-checkpoint): origin, size and root as a note that the node has signed, and
 * cosignatures (C2SP tlog-cosignature v1) by which others say when they saw it (SPEC M3, M4).
 *
 * A node's log is `copse.log/<its key>`, whatever its address: another key has another log.
 */

import { base64url, concat, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { signatureBytes, signRaw, verifyRaw } from '../crypto/sign.ts';
import { hashBytes } from '../crypto/merkle.ts';
import {
  base64,
  fromBase64,
  isSignedBy,
  readNote,
  signatureLine,
  signaturesBy,
  type NamedKey,
  type Note,
} from './note.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface Cosignature {
  readonly by: NamedKey;
  /** When the cosigner saw it, in seconds since 1970. */
  readonly timeS: number;
}

/** Whose log a checkpoint is said to be. */
export function logKey(node: Key): NamedKey {
  return { name: `copse.log/${base64url(node)}`, kind: 'ed25519', key: node };
}

export function writeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** The checkpoint of a note's text; throws `malformed`. Further lines are nobody's here and refused. */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = '', count = '', coded = '', ...rest] = text.split('\n');
  const root = fromBase64(coded);
  const size = Number(count);
  const isWhole =
    origin !== '' &&
    /^(0|[1-9]\d*)$/.test(count) &&
    Number.isSafeInteger(size) &&
    root?.length === hashBytes &&
    rest.length === 1 &&
    rest[0] === '';
  if (!isWhole || root === null) throw new Fault('malformed', 'not a checkpoint');
  return { origin, size, root };
}

/** The note by which a node states its log. */
export async function signCheckpoint(
  primitives: Primitives,
  seed: Uint8Array,
  log: NamedKey,
  tree: Omit<Checkpoint, 'origin'>,
): Promise<string> {
  const text = writeCheckpoint({ origin: log.name, ...tree });
  return `${text}\n${signatureLine(primitives, log, await signRaw(primitives, seed, utf8(text)))}`;
}

export interface SignedCheckpoint extends Checkpoint {
  /** As it was received, cosignatures included. */
  readonly note: Note;
}

/** The checkpoint of this log in a note: `malformed` when it is none, `badProof` when it is not the log's. */
export async function openCheckpoint(
  primitives: Primitives,
  log: NamedKey,
  note: string,
): Promise<SignedCheckpoint> {
  const read = readNote(note);
  const checkpoint = readCheckpoint(read.text);
  if (checkpoint.origin !== log.name) throw new Fault('badProof', 'The checkpoint is of another log.');
  if (!(await isSignedBy(primitives, read, log))) throw new Fault('badProof', 'The log has not signed it.');
  return { ...checkpoint, note: read };
}

/** The line by which a cosigner says that it saw this checkpoint, and that it goes on from all it saw before. */
export async function cosign(
  primitives: Primitives,
  seed: Uint8Array,
  by: NamedKey,
  seen: { readonly text: string; readonly timeS: number },
): Promise<string> {
  const signature = await signRaw(primitives, seed, cosigned(seen.text, seen.timeS));
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(seen.timeS));
  return signatureLine(primitives, by, concat(time, signature));
}

const TIME_BYTES = 8;

function cosigned(text: string, timeS: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeS}\n${text}`);
}

/** What these cosigners have said of a note; `badProof` when a signature of one of them is false. */
export async function cosignaturesOf(
  primitives: Primitives,
  note: Note,
  cosigners: readonly NamedKey[],
): Promise<readonly Cosignature[]> {
  const found: Cosignature[] = [];
  for (const by of cosigners) {
    for (const { bytes } of signaturesBy(primitives, note, by)) {
      const timeS = await cosignedAt(primitives, by, note.text, bytes);
      if (timeS === null) throw new Fault('badProof', `The cosignature of ${by.name} is false.`);
      found.push({ by, timeS });
    }
  }
  return found;
}

async function cosignedAt(
  primitives: Primitives,
  by: NamedKey,
  text: string,
  bytes: Uint8Array,
): Promise<number | null> {
  if (by.kind !== 'cosignature' || bytes.length !== TIME_BYTES + signatureBytes) return null;
  const timeS = Number(new DataView(bytes.buffer, bytes.byteOffset, TIME_BYTES).getBigUint64(0));
  if (!Number.isSafeInteger(timeS)) return null;
  const holds = await verifyRaw(primitives, by.key, cosigned(text, timeS), bytes.subarray(TIME_BYTES));
  return holds ? timeS : null;
}
