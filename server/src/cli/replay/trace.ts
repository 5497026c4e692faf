/**
 * Editing traces: keystroke histories of real documents in the format of josephg/editing-traces,
 * `{startContent, endContent, txns: [{patches: [[position, removed, inserted], …]}]}`, gzipped or not,
 * positions in code points. Traces of several authors typing at once need merging and are refused.
 */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Fault } from 'copse/internal/base/fault.ts';
import { isRecord, parseJson } from '../../node/json.ts';

export type Patch = readonly [position: number, removed: number, inserted: string];

export interface Trace {
  readonly start: string;
  readonly end: string;
  readonly transactions: readonly (readonly Patch[])[];
}

const BYTES_MAX = 256 * 1024 * 1024;
const GZIP_MAGIC = 0x1f;

export function readTrace(path: string): Trace {
  const raw = readBytes(path);
  const bytes = raw[0] === GZIP_MAGIC ? unpack(path, raw) : raw;
  const parsed = parseJson(new TextDecoder().decode(bytes));
  if (parsed === undefined) throw new Fault('malformed', `${path} is not JSON`);
  return checkTrace(path, parsed);
}

function unpack(path: string, packed: Uint8Array): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: BYTES_MAX });
  } catch (cause) {
    const isLarge = cause instanceof RangeError;
    const what = isLarge ? `unpacks to more than ${BYTES_MAX} bytes` : 'is not a whole gzip file';
    throw new Fault(isLarge ? 'tooLarge' : 'malformed', `${path} ${what}`, { cause });
  }
}

function readBytes(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new Fault('unknown', `${path} cannot be read`, { cause });
  }
}

function checkTrace(path: string, value: unknown): Trace {
  if (!isRecord(value) || !Array.isArray(value['txns']))
    throw new Fault('malformed', `${path} is not an editing trace`);
  const { startContent: start, endContent: end, txns } = value;
  if (txns.some((txn) => isRecord(txn) && 'parents' in txn)) {
    throw new Fault('usage', `${path} has authors typing at once; take its linear form (…_flat).`);
  }
  if (typeof start !== 'string' || typeof end !== 'string')
    throw new Fault('malformed', `${path} has no contents`);
  return { start, end, transactions: txns.map((txn, i) => patchesOf(path, txn, i)) };
}

function patchesOf(path: string, txn: unknown, index: number): readonly Patch[] {
  const patches = isRecord(txn) ? txn['patches'] : undefined;
  if (!Array.isArray(patches)) throw new Fault('malformed', `transaction ${index} of ${path} has no patches`);
  return patches.map((patch: unknown) => {
    if (!isPatch(patch))
      throw new Fault('malformed', `transaction ${index} of ${path} has a patch of another form`);
    return patch;
  });
}

/** Whether a value is `[position, removed, inserted]`. */
export function isPatch(value: unknown): value is Patch {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [position, removed, inserted]: readonly unknown[] = value;
  return Number.isSafeInteger(position) && Number.isSafeInteger(removed) && typeof inserted === 'string';
}
