/** Takes apart what `links.ts` makes; every start of an application may be given a link. */

import { fromBase64url } from '../base/bytes.ts';
import { key, type Key } from '../base/ids.ts';

export const KEY_BYTES = 32;

export interface NodeLink {
  readonly kind: 'join' | 'setup';
  /** Where the node is: scheme, host and port. */
  readonly origin: string;
  readonly node: Key;
  /** Of the one-time key, or the secret of the first start. */
  readonly seed: Uint8Array;
}

/** The parts of a link, or null when the text is none. */
export function parseLink(text: string): NodeLink | null {
  const match = /^(https?:\/\/[^/#?\s]+)\/?#(join|setup)=([\w-]+)$/.exec(text.trim());
  const [, origin, kind, code] = match ?? [];
  const bytes = fromBase64url(code ?? '');
  if (origin === undefined || bytes === null || bytes.length !== 2 * KEY_BYTES) return null;
  return {
    kind: kind === 'join' ? 'join' : 'setup',
    origin,
    node: key(bytes.slice(0, KEY_BYTES)),
    seed: bytes.slice(KEY_BYTES),
  };
}
