/** Where a start goes on, and what is said to be kept (SPEC I25, I28). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { key, userId } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { knocksLog } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { Clock } from '../../../../lab/suites/auth-stage.ts';
import { turns } from '../../../../lab/suites/peer-stage.ts';
import type { FollowedRecord } from '../../store/news.ts';
import { Following } from './following.ts';
import type { NeighbourhoodDesk } from './source.ts';
import { deskOf, sourceWith } from './testing/desk.ts';

const primitives = nativePrimitives();
const env = new Clock();
const adas = key(new Uint8Array(32).fill(1));
const [epoch, another] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
const mention = await signMessage(primitives, new Uint8Array(32).fill(3), {
  kind: KIND.post,
  timeMs: env.wallMs(),
  text: 'come',
  mentions: [adas],
});

interface Begun {
  readonly followed: FollowedRecord | null;
  /** Of the store: its epoch, how many messages it has, all of which mention Ada, and how many strangers have knocked. */
  readonly here: { readonly epoch: Uint8Array; readonly head: number; readonly knocks: number };
  readonly more?: Partial<NeighbourhoodDesk>;
}

async function begin({ followed, here, more = {} }: Begun) {
  const lengths: number[] = [];
  const knocks: number[] = [];
  const rowsTo = (last: number) => (seq: number) => Array.from({ length: last - seq }, (_, n) => seq + n + 1);
  const source = sourceWith({
    env,
    store: {
      ...sourceWith({ env }).store,
      epoch: here.epoch,
      head: () => here.head,
      after: (seq) =>
        rowsTo(here.head)(seq).map((at) => ({ ...mention, seq: at, edit: null, payer: adas, atMs: 0 })),
    },
    strangers: {
      knows: () => false,
      last: () => here.knocks,
      after: (seq) => rowsTo(here.knocks)(seq).map((at) => ({ seq: at, recipient: adas, body: NO_BYTES })),
    },
    answering: async () => [userId('aa'.repeat(8))],
  });
  const desk = deskOf(({ log, length }) => void (log === knocksLog ? knocks : lengths).push(length));
  const following = new Following(source, { ...desk, followed: async () => followed, ...more });
  following.begin(Promise.resolve());
  await following.begun;
  await turns();
  return { following, lengths, knocks };
}

test('[I25, I28] a start goes on behind what is known of the same store, and says what is behind it', async () => {
  const followed = { epoch, seq: 3, knock: 1, base: 100 };
  const { following, lengths, knocks } = await begin({ followed, here: { epoch, head: 5, knocks: 2 } });
  assert.equal(following.base, 100);
  assert.deepEqual(
    lengths,
    [4, 5].map((seq) => seq + 1 + 100),
  );
  assert.deepEqual(knocks, [2 + 1 + 100], 'who knocked meanwhile');
});

test('[I25] another store, or an older state of it, is followed from its end on, above all that was known', async () => {
  const followed = { epoch, seq: 30, knock: 10, base: 100 };
  for (const here of [
    { epoch: another, head: 50, knocks: 50 },
    { epoch, head: 29, knocks: 10 },
    { epoch, head: 30, knocks: 9 },
  ]) {
    const { following, lengths, knocks } = await begin({ followed, here });
    assert.deepEqual([following.base, following.kept], [131, here.head]);
    assert.deepEqual([lengths, knocks], [[], []]);
  }
  const strangers = { epoch, seq: 3, knock: 40, base: 0 };
  const { following } = await begin({ followed: strangers, here: { epoch, head: 2, knocks: 0 } });
  assert.equal(following.base, 41, 'above the strangers, too');
});

test('[I25] up to where everything was said is noted when that is in the store, and not before', async () => {
  const noted: number[] = [];
  let written = (): void => {};
  const more = {
    note: ({ seq }: FollowedRecord) => void noted.push(seq),
    kept: () => new Promise<void>((resolve) => (written = resolve)),
  };
  const { following } = await begin({
    followed: { epoch, seq: 7, knock: 0, base: 0 },
    here: { epoch, head: 7, knocks: 0 },
    more,
  });
  following.stored([{ seq: 8, message: mention }]);
  await turns();
  assert.deepEqual([noted, following.kept], [[], 7]);
  written();
  await turns();
  assert.deepEqual([noted, following.kept], [[8], 8]);
  following.stored([{ seq: 8, message: mention }]);
  assert.equal(following.told, 1, 'once, whoever says it again');
});

test('[I24] what somebody has let in herself is no news to her', async () => {
  const told = async (isKnown: boolean): Promise<number> => {
    const strangers = { ...sourceWith({ env }).strangers, knows: () => isKnown };
    const following = new Following(
      sourceWith({ env, strangers }),
      deskOf(() => {}),
    );
    following.begin(Promise.resolve());
    await following.begun;
    following.stored([{ seq: 1, message: mention }]);
    return following.told;
  };
  assert.deepEqual([await told(true), await told(false)], [0, 1]);
});
