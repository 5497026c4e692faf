/**
 * Links that let somebody in. What matters stands behind the `#`, which browsers send to nobody:
 *
 *     <origin>/#join=<base64url(node key 32 | seed of the one-time key 32)>
 *     <origin>/#setup=<base64url(node key 32 | secret of the first start 32)>
 */

import { assert } from '../base/assert.ts';
import { base64url, concat } from '../base/bytes.ts';
import { KEY_BYTES, type NodeLink } from './link-parts.ts';

export function linkText({ kind, origin, node, seed }: NodeLink): string {
  assert(node.length === KEY_BYTES && seed.length === KEY_BYTES, 'a link has two keys');
  return `${origin.replace(/\/+$/, '')}/#${kind}=${base64url(concat(node, seed))}`;
}
