/** Whether another person's key is to be relied on (SPEC M14). */

import { equal, match, notEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { person, primitives, type Person } from '../../../lab/suites/people.ts';
import { key } from '../base/ids.ts';
import { writeUserKey } from '../capability/user-key.ts';
import type { ChainLeaf } from '../transparency/chain.ts';
import { userLabel } from '../transparency/label.ts';
import { checkKeyChain, digitsOfKeys, isSameDigits } from './trust.ts';

const ada = await person('Ada');
const bea = await person('Bea');

/** A leaf by which the node says that this is the key of a user; `by` has signed it. */
async function keyChange(user: Person, generation: number, by: Person = user): Promise<ChainLeaf> {
  const object = await writeUserKey(
    primitives,
    { seed: by.user.seed },
    {
      user: user.user.key,
      generation,
      publicKey: new Uint8Array(32).fill(generation),
      link: new Uint8Array(generation === 1 ? 0 : 60),
      issuedMs: 1,
    },
  );
  const link = { label: userLabel(primitives, user.user.key), previous: null, count: 1 };
  const body = { kind: 'keyChange', user: user.user.key, object } as const;
  return { index: generation, link, leaf: { node: ada.device.key, links: [link], timeMs: 1, body } };
}

test('[M14] keys are stated by their user and go forward', async () => {
  const [one, two, three] = [await keyChange(bea, 1), await keyChange(bea, 2), await keyChange(bea, 3)];
  await checkKeyChain(primitives, bea.user.key, [three, two, one]);
  await checkKeyChain(primitives, bea.user.key, []);
  for (const chain of [
    [two, three, one],
    [two, two],
    [await keyChange(bea, 2, ada), one],
    [await keyChange(ada, 2), one],
  ])
    await rejects(checkKeyChain(primitives, bea.user.key, chain), { code: 'badProof' });
});

test('[M14] both people compare the same digits, other people others', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const digits = digitsOfKeys(primitives, key(a), key(b));
      match(digits, /^(\d{6} ){5}\d{6}$/);
      equal(digitsOfKeys(primitives, key(b), key(a)), digits);
      equal(isSameDigits(digits, digits.replaceAll(' ', '-')), true);
      equal(isSameDigits(digits, digits.slice(1)), false);
    }),
    { numRuns: 50 },
  );
  const digits = digitsOfKeys(primitives, ada.user.key, bea.user.key);
  notEqual(digitsOfKeys(primitives, ada.user.key, ada.device.key), digits);
});
