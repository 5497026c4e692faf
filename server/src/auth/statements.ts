/**
 * Statements of e-mail addresses: "this device of this user signed in as this address, by this method, now".
 * Whoever has verified a sign-in calls this; the user's other devices hear of it (SPEC M10).
 */

import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key, UserId } from 'copse/internal/base/ids.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { emailLabel, normalEmail, openingOf, type Label } from 'copse/internal/transparency/label.ts';
import type { SessionParts } from './gate.ts';
import { leavesBack } from './leaf-places.ts';
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
  for (const id of await holdersOf(parts, label)) reception.live.tellUser(id, told, except);
  return added.index;
}

/** Leaves of an address whose users are told of another one; who signed in before that looks when she connects. */
const TOLD_MAX = 64;

/** Users who have signed in with an address lately: a false statement concerns the true owner most. */
async function holdersOf({ grounds, names }: SessionParts, label: Label): Promise<ReadonlySet<UserId>> {
  const { tlog } = names.log;
  const { primitives } = grounds;
  const holders = new Set<UserId>();
  const [head] = await tlog.heads([label]);
  let count = 0;
  for await (const { leaf } of leavesBack(tlog, primitives, { label, from: head?.last ?? null })) {
    if (leaf.body.kind === 'statement') holders.add(userIdOf(primitives, leaf.body.user));
    if (++count >= TOLD_MAX) break;
  }
  return holders;
}
