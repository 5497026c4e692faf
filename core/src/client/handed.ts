/** What one device of a user gives to a new one: her secret, and the later keys to which envelopes are sealed. */

import { handedGenerationsMax } from '../base/limits.ts';
import { nameShape } from '../api/model.ts';
import { list, struct } from '../wire/compound.ts';
import { decode, encode, fixed, uint, type Of } from '../wire/shape.ts';
import type { Account } from './account.ts';
import { secretBytes, type Identity } from './identity.ts';

const handedShape = struct({
  secret: fixed(secretBytes),
  name: nameShape.about('How she calls herself, to show whose account it is.'),
  generations: list(
    struct({ generation: uint(0xffff_ffff), secret: fixed(secretBytes) }),
    handedGenerationsMax,
  ),
});
export type HandedParts = Of<typeof handedShape>;

/** What a new device gets, and the key of the device that gives it. */
export function handing({ identity, account }: Giver): {
  readonly device: Uint8Array;
  readonly handed: Uint8Array;
} {
  return { device: identity.deviceKey.publicKey, handed: packHanded(identity, account.profile.name) };
}

interface Giver {
  readonly identity: Identity;
  readonly account: Account;
}

function packHanded({ secret, ring }: Identity, name: string): Uint8Array {
  // The first comes from the secret. All or none: with a hole the older ones would never be asked for.
  const later = ring.all().filter(({ generation }) => generation > 1);
  const generations = later.length > handedGenerationsMax ? [] : later;
  return encode(handedShape, {
    secret,
    name,
    generations: generations.map(({ generation, key }) => ({ generation, secret: key.secret })),
  });
}

/** A copy: it outlives the message. */
export function unpackHanded(bytes: Uint8Array): HandedParts {
  const { secret, name, generations } = decode(handedShape, bytes);
  return {
    secret: secret.slice(),
    name,
    generations: generations.map((each) => ({ ...each, secret: each.secret.slice() })),
  };
}
