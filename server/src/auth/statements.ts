/**
 * Statements of e-mail addresses: "this device of this user signed in as this address, by this method, now".
 * Whoever has verified a sign-in calls this; the user's other devices hear of it (SPEC M10).
 */

import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { emailLabel, normalEmail, openingOf } from 'copse/internal/transparency/label.ts';
import type { SessionParts } from './gate.ts';
import type { LiveSession } from './live.ts';

export interface SignedInAs {
  readonly email: string;
  readonly user: Key;
  readonly device: Key;
  /** A word and the issuer: `oidc https://accounts.example`. */
  readonly method: string;
}

/** `except` is the session that knows already. Resolves with the index of the leaf when it stands under a signed checkpoint. */
export async function stateEmail(
  parts: SessionParts,
  signedIn: SignedInAs,
  except: LiveSession | null,
): Promise<number> {
  const { grounds, names, reception } = parts;
  const { primitives } = grounds;
  const { user, device, method } = signedIn;
  const email = must(normalEmail(signedIn.email), 'a provider answers an e-mail address');
  const label = emailLabel(primitives, openingOf(primitives, names.openings, email), email);
  const added = await names.log.add({ body: { kind: 'statement', user, device, method }, email: label });
  if (added.kind === 'taken') throw new Fault('internal', 'a statement is never taken');
  const told = { what: 'names', site: null } as const;
  reception.live.tellUser(userIdOf(primitives, user), told, except);
  return added.index;
}
