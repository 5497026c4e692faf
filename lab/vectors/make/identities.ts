/** Keys from secrets and ids from keys (SPEC A3, A8, C7). */

import { hex } from 'copse/internal/base/bytes.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { deviceIdOf, siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { explainPhrase, phraseOf } from 'copse/phrase';
import { device, siteRoot, user } from './cast.ts';
import { primitives, seedOf } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

export async function identities(): Promise<VectorFile> {
  return {
    path: 'identities.json',
    about:
      'A user is a secret of 32 bytes, which 24 words hold; her keys follow from it. Ids follow from public keys. `refusal` says why a phrase is none.',
    valid: [
      await person('a secret of zeros', new Uint8Array(32)),
      await person('a secret of ones', new Uint8Array(32).fill(255)),
      await person('a secret', seedOf('user secret')),
      {
        name: 'the id of a user',
        kind: 'user',
        key: hex(user.publicKey),
        id: userIdOf(primitives, user.publicKey),
      },
      {
        name: 'the id of a device',
        kind: 'device',
        key: hex(device.publicKey),
        id: deviceIdOf(primitives, device.publicKey),
      },
      {
        name: 'the id of a site',
        kind: 'site',
        key: hex(siteRoot.publicKey),
        id: siteIdOf(primitives, siteRoot.publicKey),
      },
    ],
    invalid: wrongPhrases(),
  };
}

async function person(name: string, secret: Uint8Array): Promise<Vector> {
  const keys = await userKeysOf(primitives, secret);
  return {
    name,
    kind: 'secret',
    secret: hex(secret),
    phrase: phraseOf(secret),
    signSeed: hex(keys.sign.seed),
    signKey: hex(keys.sign.publicKey),
    agreeSecret: hex(keys.agree.secret),
    agreeKey: hex(keys.agree.publicKey),
    id: keys.id,
  };
}

function wrongPhrases(): readonly Vector[] {
  const words = phraseOf(seedOf('user secret')).split(' ');
  const wrong = (name: string, phrase: readonly string[]): Vector => {
    const text = phrase.join(' ');
    return { name, phrase: text, refusal: explainPhrase(text).kind };
  };
  const [first = '', second = '', ...rest] = words;
  return [
    wrong('two words changed places', [second, first, ...rest]),
    wrong('another last word', [...words.slice(0, -1), 'zoo']),
    wrong('a word that is not in the list', [...words.slice(0, -1), 'copse']),
    wrong('23 words', words.slice(0, -1)),
    wrong('12 words', words.slice(0, 12)),
    wrong('no word', []),
  ];
}
