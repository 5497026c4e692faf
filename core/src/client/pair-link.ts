/**
 * What the picture on a new device says (SPEC D3). Behind the `#`, so that a camera that opens it in a browser
 * sends it to nobody:
 *
 *     <origin>/#pair=<base64url(node key 32 | pairing 16 | commitment 32 | token 16)>
 *
 * The commitment names the key of the new device, the token tells it that whoever answers has seen the picture.
 */

import { assert } from '../base/assert.ts';
import { base64url, concat, fromBase64url } from '../base/bytes.ts';
import { key, type Key } from '../base/ids.ts';

export interface PairLink {
  /** Where the node is. */
  readonly origin: string;
  readonly node: Key;
  readonly pairing: Uint8Array;
  readonly commitment: Uint8Array;
  readonly token: Uint8Array;
}

const SIZES = { node: 32, pairing: 16, commitment: 32, token: 16 } as const;
const BYTES = 96;
export const pairTokenBytes = SIZES.token;

export function pairLinkText({ origin, node, pairing, commitment, token }: PairLink): string {
  const bytes = concat(node, pairing, commitment, token);
  assert(bytes.length === BYTES, 'the parts of a link have fixed sizes');
  return `${origin.replace(/\/+$/, '')}/#pair=${base64url(bytes)}`;
}

/** The parts of a link, or null when the text is none. */
export function parsePairLink(text: string): PairLink | null {
  const [, origin, code] = /^(https?:\/\/[^/#?\s]+)\/?#pair=([\w-]+)$/.exec(text.trim()) ?? [];
  const bytes = fromBase64url(code ?? '');
  if (origin === undefined || bytes?.length !== BYTES) return null;
  let at = 0;
  const take = (size: number): Uint8Array => bytes.slice(at, (at += size));
  const node = key(take(SIZES.node));
  const [pairing, commitment, token] = [take(SIZES.pairing), take(SIZES.commitment), take(SIZES.token)];
  return { origin, node, pairing, commitment, token };
}
