/**
 * Links that let somebody in as a user of a node (SPEC Z12). The seed of the account's key stands behind the `#`:
 *
 *     <origin>/#account=<base64url(node key 32 | seed 32)>
 */

import { base64url, concat, fromBase64url } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { KEY_BYTES } from './link-parts.ts';

export interface AccountLink {
  /** Where the node is: scheme, host and port. */
  readonly origin: string;
  readonly node: Key;
  /** Of the account's key. */
  readonly seed: Uint8Array;
}

const FORM = /^(https?:\/\/[^/#?\s]+)\/?#account=([\w-]+)$/;

export function accountLinkText({ origin, node, seed }: AccountLink): string {
  return `${origin.replace(/\/+$/, '')}/#account=${base64url(concat(node, seed))}`;
}

/** The parts of a link; `malformed` when the text is none. */
export function parseAccountLink(text: string): AccountLink {
  const [, origin, code = ''] = FORM.exec(text.trim()) ?? [];
  const bytes = fromBase64url(code);
  if (origin === undefined || bytes === null || bytes.length !== 2 * KEY_BYTES)
    throw new Fault('malformed', 'This is no link to an account; it may have been cut off.');
  return { origin, node: key(bytes.slice(0, KEY_BYTES)), seed: bytes.slice(KEY_BYTES) };
}
