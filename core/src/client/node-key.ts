/** What a node says of itself at `/node.json`, where a client may ask for its key at the first contact. */

import { fromBase64url } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { callMs } from '../base/limits.ts';
import { isStrictPublicKey } from '../crypto/sign.ts';

/** Enough for the few fields there are, and no more. */
const BODY_BYTES_MAX = 16 * 1024;

/** Throws `closed` when the node cannot be reached and `unknown` when something else answers. */
export async function askNodeKey(url: string): Promise<Key> {
  const body = await bodyOf(`${url}/node.json`);
  const found = readKey(body);
  if (found === null) throw new Fault('unknown', `There is no node at ${url}.`);
  return found;
}

async function bodyOf(address: string): Promise<string> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(callMs), cache: 'no-store' });
    if (!response.ok) throw new Fault('unknown', `${address} answers ${response.status}.`);
    const text = await response.text();
    if (text.length > BODY_BYTES_MAX) throw new Fault('tooLarge', address);
    return text;
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('closed', 'The node cannot be reached.', { cause: asFault(thrown) });
  }
}

function readKey(body: string): Key | null {
  try {
    const node: unknown = JSON.parse(body);
    if (typeof node !== 'object' || node === null || !('key' in node)) return null;
    const bytes = typeof node.key === 'string' ? fromBase64url(node.key) : null;
    return bytes !== null && isStrictPublicKey(bytes) ? key(bytes) : null;
  } catch {
    return null;
  }
}
