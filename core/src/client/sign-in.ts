/** What a fresh session with auth begins with: the user is recognised, or signs up once (SPEC A1, A2). */

import { Fault } from '../base/fault.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import { admitting, prove } from '../capability/possession.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Account } from './account.ts';
import type { Identity } from './identity.ts';
import { inviteKeys } from './invite.ts';
import { NO_PROFILE } from './profile-changes.ts';

/** What a user brings who signs up. */
export interface Admission {
  readonly name: string;
  readonly deviceName: string;
  readonly setup: Uint8Array | null;
  /** Seed of an invitation's one-time key. */
  readonly invitation: Uint8Array | null;
}

export interface SignInParts {
  readonly primitives: Primitives;
  readonly identity: Identity;
  readonly account: Account;
  readonly admission: Admission;
  readonly auth: AuthBasics;
}

/** Throws `unknown` when the node has forgotten a user who had signed up. */
export async function signIn(parts: SignInParts): Promise<void> {
  const { account, auth, admission } = parts;
  if (!(await isKnown(auth))) {
    if (account.isSignedUp) throw new Fault('unknown', 'This node does not know this user.');
    await signUp(parts);
  } else if (!account.isSignedUp && admission.deviceName !== '') {
    await auth.renameDevice({ device: parts.identity.device, name: admission.deviceName });
  }
  const { admin, profile, version } = await auth.whoami({});
  await account.update({ isSignedUp: true, isAdmin: admin, profile, version });
}

/** A device whose user the node does not know has a stranger's session. */
async function isKnown(auth: AuthBasics): Promise<boolean> {
  try {
    await auth.whoami({});
    return true;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'forbidden') return false;
    throw thrown;
  }
}

async function signUp(parts: SignInParts): Promise<void> {
  const { auth, identity, account, admission } = parts;
  await auth.signup({
    user: identity.user.sign.publicKey,
    blessing: await identity.blessing(account.node),
    deviceName: admission.deviceName,
    profile: { ...NO_PROFILE, name: admission.name },
    admission: await admissionOf(parts),
  });
}

async function admissionOf({ primitives, identity, account, admission }: SignInParts) {
  if (admission.setup !== null) return { kind: 'setup', secret: admission.setup } as const;
  if (admission.invitation === null) return { kind: 'open' } as const;
  const { sign } = await inviteKeys(primitives, admission.invitation);
  const claim = admitting({ user: identity.user.sign.publicKey, node: account.node });
  return {
    kind: 'invitation',
    key: sign.publicKey,
    proof: await prove(primitives, sign.seed, claim),
  } as const;
}
