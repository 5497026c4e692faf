/** What is passed between people about recoveries: the link by which somebody becomes a realm of a friend. */

import { base64url, concat, fromBase64url } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';

const KEY_BYTES = 32;

/** A node that is asked to be a realm: by its address when the user has an account there, by a grant otherwise. */
export interface RealmChoice {
  readonly url: string;
  readonly node: Key | null;
  /** Seed of the one-time key of a grant. */
  readonly grant: Uint8Array | null;
}

export function realmLink(url: string, node: Key, seed: Uint8Array): string {
  return `${url.replace(/\/+$/, '')}/#realm=${base64url(concat(node, seed))}`;
}

/** The node of an address or of the link of a grant; throws `malformed` for anything else. */
export function readRealm(text: string): RealmChoice {
  const match = /^(https?:\/\/[^/#?\s]+)\/?#realm=([\w-]+)$/.exec(text.trim());
  if (match === null) return { url: readOrigin(text), node: null, grant: null };
  const [, url = '', code = ''] = match;
  const bytes = fromBase64url(code);
  if (bytes?.length !== 2 * KEY_BYTES) throw new Fault('malformed', 'This link is not whole.');
  return { url, node: key(bytes.slice(0, KEY_BYTES)), grant: bytes.slice(KEY_BYTES) };
}

/** Scheme, host and port; throws `malformed` when the text has none. */
export function readOrigin(text: string): string {
  const url = /^(https?:\/\/[^/#?\s]+)/.exec(text.trim())?.[1];
  if (url === undefined) throw new Fault('malformed', 'A node has an address like https://example.org.');
  return url;
}
