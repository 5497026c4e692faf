/**
 * Cosignatures that peers bring (SPEC M4): only on checkpoints of this log that hold now, only by cosigners
 * whom the admin has named, and never in the place of the log's own signature.
 */

import { equal } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { clockSkewMs } from 'copse/internal/base/limits.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { cosignaturesOf, openCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import {
  readNote,
  signaturesBy,
  writeNote,
  type NamedKey,
  type Note,
  type NoteSignature,
} from 'copse/internal/transparency/note.ts';
import type { NodeLog } from './node-log.ts';

export interface CosignatureParts {
  readonly primitives: Primitives;
  readonly env: Env;
  readonly log: NodeLog;
}

/** Keeps the cosignatures of a note: `badProof` for a false one, `forbidden` when none is of a known cosigner. */
export async function takeCosignatures(parts: CosignatureParts, brought: string): Promise<void> {
  const { primitives, env, log } = parts;
  const { size, root, note } = await openCheckpoint(primitives, log.key, brought);
  if (size > log.note.size || !equal(root, await log.root(size))) {
    throw new Fault('fork', 'The checkpoint is signed by this node, and is not of its log.');
  }
  const cosigners = await log.tlog.cosigners();
  const found = await cosignaturesOf(primitives, note, cosigners);
  if (found.length === 0) throw new Fault('forbidden', 'No cosigner of this node has signed it.');
  const latestS = (env.wallMs() + clockSkewMs) / 1000;
  if (found.some(({ timeS }) => timeS > latestS))
    throw new Fault('malformed', 'a cosignature from the future');
  const witnessed = await log.tlog.note('witnessed');
  if (witnessed !== null && witnessed.size > size) return;
  const kept = await log.tlog.noteOf(size);
  const both = kept === null ? [note] : [note, readNote(kept.text)];
  const signatures = cosigners.flatMap((cosigner) => newestOf(primitives, both, cosigner));
  const own = signaturesBy(primitives, note, log.key).slice(0, 1);
  const text = writeNote({ text: note.text, signatures: [...own, ...signatures] });
  await log.putNote({ size, text, cosignatures: signatures.length });
}

/** One line per cosigner: what is brought stands before what was kept. */
function newestOf(primitives: Primitives, notes: readonly Note[], by: NamedKey): readonly NoteSignature[] {
  return notes.flatMap((note) => signaturesBy(primitives, note, by)).slice(0, 1);
}
