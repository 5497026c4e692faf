/** The keys in an invitation: both are made from the seed that stands in its link (`links.ts`). */

import { exchangeKeyOf, type ExchangeKey } from '../crypto/agree.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { signKeyOf, type SignKey } from './identity.ts';

const INVITE_AGREE = domain('invite/agree');

/** One key signs, the other opens the envelope. */
export async function inviteKeys(
  primitives: Primitives,
  seed: Uint8Array,
): Promise<{ readonly sign: SignKey; readonly agree: ExchangeKey }> {
  return {
    sign: await signKeyOf(primitives, seed),
    agree: await exchangeKeyOf(primitives, deriveKey(primitives, seed, INVITE_AGREE)),
  };
}
