/**
 * The peers of the setting `cosign` (SPEC M16). Only the operator names them, and as with e-mail providers plain
 * http is for this machine alone; answers lead nowhere else, because redirects are refused (`log-source.ts`).
 */

import { fromBase64url } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { cosignersMax } from 'copse/internal/base/limits.ts';
import { isLoopback } from '../loopback.ts';

export interface Peer {
  /** Its origin. */
  readonly url: string;
  /** The key that it must have; null to keep to the one that is found first. */
  readonly node: Key | null;
}

/** Null when a text is none. */
export function peersOf(text: string): readonly Peer[] | null {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const peers = words.map(peerOf);
  const urls = new Set(peers.map((peer) => peer?.url));
  if (words.length > cosignersMax || urls.size < words.length) return null;
  return peers.every((peer) => peer !== null) ? peers : null;
}

function peerOf(word: string): Peer | null {
  const url = URL.parse(word);
  if (url === null || url.username !== '' || url.search !== '' || url.pathname !== '/') return null;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) return null;
  if (!word.includes('#')) return { url: url.origin, node: null };
  const bytes = fromBase64url(url.hash.slice(1));
  return bytes?.length === 32 ? { url: url.origin, node: key(bytes) } : null;
}
