import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { key, userId, type Key } from 'copse/internal/base/ids.ts';
import type { Standing } from '../../store/accounts-tree.ts';
import { Heirs } from '../heirs.ts';
import { allowanceBy } from './allowance.ts';

const ADA = userId('aa'.repeat(8));
const [former, present] = [key(new Uint8Array(32).fill(1)), key(new Uint8Array(32).fill(2))];

test('[Z104] the room of an account is what it is worth now, and nothing once it is removed', async () => {
  let standing: Standing = {
    kind: 'friend',
    user: ADA,
    place: 1,
    name: 'Ada',
    bytes: 700,
    isAdmin: false,
  };
  let known: Key | null = present;
  const met: Key[] = [];
  const meet = async (who: Key): Promise<void> => void met.push(who);
  const bytesMax = 1_000;
  const allowance = allowanceBy({ keyOf: async () => known, standing: async () => standing, meet, bytesMax });
  equal(await allowance(ADA), 700);
  deepEqual(met, [present], 'what was under other keys goes over first');
  standing = { ...standing, bytes: 5_000 };
  equal(await allowance(ADA), 1_000);
  standing = { kind: 'removed', content: 'keep' };
  equal(await allowance(ADA), null);
  standing = { kind: 'stranger' };
  equal(await allowance(ADA), null);
  known = null;
  equal(await allowance(ADA), null);
});

test('[Z105] what was under former keys goes over once, before anything is counted, and again after a failure', async () => {
  const moved: string[] = [];
  let isBroken = true;
  const heirs = new Heirs({
    formers: async (of) => (of === present ? [former] : []),
    async inherit(from, to) {
      if (isBroken) throw new Error('the disk');
      moved.push(`${from[0]} to ${to[0]}`);
    },
  });
  await rejects(heirs.meet(present), /the disk/);
  isBroken = false;
  await Promise.all([heirs.meet(present), heirs.meet(present)]);
  await heirs.meet(present);
  await heirs.meet(former);
  deepEqual(moved, ['1 to 2']);
});
