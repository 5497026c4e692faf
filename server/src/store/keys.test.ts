/** Both engines of keys run the contract suite, and answer alike whatever happens in which order. */

import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { must } from 'copse/internal/base/assert.ts';
import { newDevice } from '../../../lab/suites/people.ts';
import {
  ada,
  adaOn,
  adasPhone,
  begins,
  commits,
  envelopeFor,
  joins,
  PEOPLE,
  planted,
  publishes,
  puts,
  rekeyed,
  site,
  T,
} from '../../../lab/suites/keys-ground.ts';
import { keysSuite } from '../../../lab/suites/keys.suite.ts';
import { MemoryAccounts } from './accounts-memory.ts';
import { SqliteAccounts } from './accounts-sqlite.ts';
import type { Accounts } from './accounts.ts';

const memory = async () => new MemoryAccounts();
const sqlite = async () => SqliteAccounts.open({ path: ':memory:' });
keysSuite({ name: 'memory', open: memory });
keysSuite({ name: 'SQLite', open: sqlite });

type Step = (accounts: Accounts, above: Awaited<ReturnType<typeof planted>>) => Promise<unknown>;

const epochOf = async ({ sites }: Accounts): Promise<number> =>
  must(await sites.site(site), 'the garden').keyEpoch;

const whoever = fc.constantFrom(...PEOPLE);
const maker = fc.constantFrom(ada, adasPhone);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(whoever, fc.nat(9_999)).map(
    ([who, visit]): Step =>
      (to, above) =>
        joins(to, above, who, visit),
  ),
  whoever.map(
    (who): Step =>
      ({ keys }) =>
        publishes(keys, who),
  ),
  whoever.map(
    (who): Step =>
      ({ sites }) =>
        sites.leave(site, who.userId, T + 1),
  ),
  fc.constantFrom(...PEOPLE, adasPhone).map(
    (who): Step =>
      ({ people }) =>
        people.endDevice({ user: who.userId, device: who.deviceId, revoke: true, atMs: T + 1 }),
  ),
  fc.constantFrom(...PEOPLE, adasPhone).map(
    (who): Step =>
      ({ keys }) =>
        keys.putExchange(who.deviceId, new Uint8Array(1)),
  ),
  maker.map(
    (who): Step =>
      ({ people }) =>
        people.arrive(newDevice(who, T), 10),
  ),
  fc.tuple(maker, fc.boolean()).map(
    ([who, anew]): Step =>
      async (to) =>
        begins(to.keys, await epochOf(to), adaOn(who), anew),
  ),
  fc.tuple(maker, fc.subarray([...PEOPLE]), fc.nat(2)).map(
    ([who, given, part]): Step =>
      async (to) =>
        puts(
          to.keys,
          (await epochOf(to)) + 1,
          given.map(({ userId }) => userId),
          part,
          who,
        ),
  ),
  fc.tuple(maker, fc.nat(3)).map(
    ([who, parts]): Step =>
      async (to) =>
        commits(to, (await epochOf(to)) + 1, parts, who),
  ),
  fc.constant<Step>(async (to) => rekeyed(to, await epochOf(to))),
  whoever.map((who): Step => async (to) => {
    const epoch = await epochOf(to);
    return to.keys.addSiteEnvelopes(site, epoch, [await envelopeFor(to.keys, who.userId, epoch)]);
  }),
  fc.constant<Step>(async (to) => to.keys.forgetEnvelopes(site, (await epochOf(to)) - 1, 100)),
);

/** Everything that can be asked. */
async function everything({ keys }: Accounts): Promise<unknown> {
  const { epoch, set, due } = must(await keys.siteKey(site), 'the garden');
  const people = PEOPLE.map(async ({ userId }) => ({
    key: await keys.userKey(userId),
    devices: (await keys.devicesOf(userId)).toSorted((a, b) => (a.device < b.device ? -1 : 1)),
    envelopes: await Promise.all(
      [epoch - 1, epoch, epoch + 1].map((each) => keys.envelope(site, each, userId)),
    ),
    due: (await keys.due(userId, null, 10)).some(({ rotate }) => rotate),
  }));
  const missing = await keys.roster(site, true, null, 10);
  ok(missing.length === 0 || due !== null, 'whoever lacks the key is waited for');
  return {
    epoch,
    set,
    rotate: due?.rotate === true,
    making: await keys.making(site),
    roster: await keys.roster(site, false, null, 10),
    missing,
    sets: await keys.setsBelow(site, epoch, 10),
    people: await Promise.all(people),
  };
}

test('[K2, K3, K6] the engines answer alike, whatever happens in which order', async () => {
  let epochs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await using one = await memory();
      await using other = await sqlite();
      const above = [await planted(one), await planted(other)] as const;
      for (const to of [one, other]) for (const who of PEOPLE) await publishes(to.keys, who);
      for (const each of steps) {
        deepEqual(await each(other, above[1]), await each(one, above[0]));
        await Promise.all([one.grants.settled(), other.grants.settled()]);
        deepEqual(await everything(other), await everything(one));
      }
      epochs += await epochOf(one);
    }),
    { numRuns: 100 },
  );
  ok(epochs > 110, 'keys were changed on the way');
});
