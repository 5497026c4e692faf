/**
 * Opening a log of a site to those who have no right in it, as an admin of the site says (SPEC F11): its readers to
 * whoever shows a token or to everybody, and, of a plain one, its writers too.
 */

import { base64url, fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { struct } from 'copse/internal/wire/compound.ts';
import { fromJson, type Json } from 'copse/internal/wire/json.ts';
import { choice } from 'copse/internal/wire/shape.ts';
import type { Stream } from './stream.ts';

/** Who may, besides members with the right. */
const shareShape = struct({
  readers: choice('members', 'token', 'all'),
  writers: choice('members', 'token', 'all'),
});

/** Longest document that says so. */
export const shareBytesMax = 1_024;
const TOKEN_BYTES = 32;

export function shareOf({ state }: Stream): Json {
  return { readers: state.readers, writers: state.writers };
}

/** Says so durably. A token is made anew each time, so saying the same again ends the last one. */
export async function share(
  stream: Stream,
  body: Uint8Array,
  { env, primitives }: { readonly env: Env; readonly primitives: Primitives },
): Promise<Json> {
  const { readers, writers } = fromJson(shareShape, documentOf(body));
  if (writers !== 'members' && stream.isEntries)
    throw new Fault(
      'forbidden',
      'entries are taken from their devices alone; only plain logs can be open to writers',
    );
  const isByToken = readers === 'token' || writers === 'token';
  const token = isByToken ? base64url(env.random(TOKEN_BYTES)) : null;
  await stream.change({ readers, writers, token: token === null ? null : primitives.sha256(utf8(token)) });
  return { readers, writers, ...(token === null ? {} : { token }) };
}

function documentOf(body: Uint8Array): unknown {
  try {
    const document: unknown = JSON.parse(fromUtf8(body) ?? '');
    return document;
  } catch {
    throw new Fault('malformed', 'the body is JSON');
  }
}
