/** What two devices show each other, and how far they are, when one hands a secret to the other (SPEC E6, D2). */

import { handOverBytesMax } from '../base/limits.ts';
import { nothing, struct, union } from '../wire/compound.ts';
import { bytes, fixed, type Of } from '../wire/shape.ts';
import { keyShape } from './model.ts';

export const partyShape = {
  device: keyShape,
  exchange: fixed(32).about('One-time X25519 key of the device.'),
  nonce: fixed(16),
} as const;

export const handOverStateShape = union({
  none: [1, nothing],
  waiting: [2, nothing],
  met: [3, struct(partyShape).about('The device that answered.')],
  given: [4, struct({ sealed: bytes(handOverBytesMax) })],
  denied: [5, nothing],
});
export type HandOverState = Of<typeof handOverStateShape>;
