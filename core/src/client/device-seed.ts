/** The device before it has a user: signing in with e-mail begins with its key. */

import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { DEVICE, SECRET, secretBytes } from './identity.ts';
import type { Keep } from './keep.ts';

/** The seed of this device before it has a user; made when there is none. `taken` when somebody is signed in. */
export async function deviceSeedIn(env: Env, keep: Keep): Promise<Uint8Array> {
  if ((await keep.get(SECRET)) !== null) throw new Fault('taken', 'Somebody is signed in on this device.');
  const kept = await keep.get(DEVICE);
  if (kept !== null) return kept;
  const seed = env.random(secretBytes);
  await keep.write([{ name: DEVICE, value: seed, secret: true }], 'strict');
  return seed;
}
