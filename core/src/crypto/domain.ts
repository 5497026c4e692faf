/**
 * Domain separation (SPEC C2): every signature, MAC, hash and derived key starts with the label of its
 * purpose, so that bytes made for one purpose mean nothing for another. A label is declared once, as
 * `const BLESSING = domain('bless/device')` beside its only use; `domain.test.ts` reads the sources and
 * refuses a label that is declared twice.
 *
 * The prefix is `length of the text (1 byte) | "copse/1/" | label`. The length makes prefixes free of
 * one another: no label followed by content equals another label followed by other content.
 */

import { assert } from '../base/assert.ts';
import { concat, utf8 } from '../base/bytes.ts';

/** The version of all labels: another one makes every key, signature and id of copse another. */
const FAMILY = 'copse/1/';
const LABEL = /^[a-z0-9]+([-/][a-z0-9]+)*$/;

export interface Domain {
  readonly label: string;
  readonly prefix: Uint8Array;
}

/** The domain of a purpose, named in lower-case words such as `token/key`. */
export function domain(label: string): Domain {
  assert(LABEL.test(label), `a domain is named in lower-case words: ${label}`);
  const text = utf8(FAMILY + label);
  assert(text.length < 128, `the name of a domain is short: ${label}`);
  return { label, prefix: concat(Uint8Array.of(text.length), text) };
}

/** `data` as it is signed, authenticated or hashed in `within`. */
export function separated(within: Domain, ...data: readonly Uint8Array[]): Uint8Array {
  return concat(within.prefix, ...data);
}
