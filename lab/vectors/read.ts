/** Reading vectors back, and what tests say when one does not hold. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';

export interface Vectors<V, I> {
  readonly about: string;
  readonly valid: readonly (V & { readonly name: string })[];
  readonly invalid: readonly (I & { readonly name: string })[];
}

/** The text of a file of vectors. */
export function textOf(path: string): string {
  return readFileSync(join(import.meta.dirname, path), 'utf8');
}

/** The vectors of a file; the caller says what its fields are. */
export function read<V, I = { readonly bytes: string; readonly fault: string }>(path: string): Vectors<V, I> {
  const vectors: Vectors<V, I> = JSON.parse(textOf(path));
  assert.ok(vectors.valid.length > 0, `${path} has vectors`);
  assert.ok(vectors.invalid.length > 0, `${path} has invalid ones`);
  return vectors;
}

export function unhex(text: string): Uint8Array {
  return must(fromHex(text), 'bytes are stated in hex');
}

/** The code of the fault that `decode` throws. */
export function faultOf(decode: () => unknown): string {
  try {
    decode();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
  return 'none';
}

/** As `faultOf`, for what is checked later; an answer of null is a proof that does not hold. */
export async function faultOfLater(open: () => Promise<unknown>): Promise<string> {
  try {
    return (await open()) === null ? 'badProof' : 'none';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
}
