/**
 * Links that let somebody in. What matters stands behind the `#`, which browsers send to nobody:
 *
 *     <origin>/#join=<base64url(node key 32 | seed of the one-time key 32)>
 *     <origin>/#setup=<base64url(node key 32 | secret of the first start 32)>
 */

import { assert } from '../base/assert.ts';
import { base64url, concat, fromBase64url } from '../base/bytes.ts';
import { key, type Key } from '../base/ids.ts';

const KEY_BYTES = 32;

export interface NodeLink {
  readonly kind: 'join' | 'setup';
  /** Where the node is: scheme, host and port. */
  readonly origin: string;
  readonly node: Key;
  /** Of the one-time key, or the secret of the first start. */
  readonly seed: Uint8Array;
}

export function linkText({ kind, origin, node, seed }: NodeLink): string {
  assert(node.length === KEY_BYTES && seed.length === KEY_BYTES, 'a link has two keys');
  return `${origin.replace(/\/+$/, '')}/#${kind}=${base64url(concat(node, seed))}`;
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
