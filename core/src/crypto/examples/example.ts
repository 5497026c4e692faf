/**
 * An example that a specification prints (SPEC C8) and the check that it holds under given primitives.
 * The tests run all of them in Bun with both implementations; the judge runs them in Node and in
 * Chromium too. Nothing in the product imports this folder.
 */

import { must } from '../../base/assert.ts';
import { fromHex, hex } from '../../base/bytes.ts';
import type { Primitives } from '../primitives.ts';

export interface Example {
  readonly name: string;
  readonly run: (primitives: Primitives) => Promise<readonly Outcome[]>;
}

/** What came out and what is printed, as hex. */
export type Outcome = readonly [actual: string, printed: string];

/** Bytes of a hex text that may be broken over lines. */
export function bytes(text: string): Uint8Array {
  return must(fromHex(text.replaceAll(/\s/gu, '')), 'an example is hex');
}

export function shown(result: Uint8Array | null): string {
  return result === null ? 'refused' : hex(result);
}
