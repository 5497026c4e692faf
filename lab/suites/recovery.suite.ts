/** The contract of recoveries and resets (`server/src/store/recovery.ts`, `recovery-resets.ts`), for every engine. */

import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { key, siteId, userId } from 'copse/internal/base/ids.ts';
import type { NewRecovery, Recoveries } from '../../server/src/store/recovery.ts';
import type { ResetRecord, Resets } from '../../server/src/store/recovery-resets.ts';

export interface RecoveryEngine {
  readonly name: string;
  open(): Promise<RecoveryStores>;
}

export interface RecoveryStores extends AsyncDisposable {
  readonly recoveries: Recoveries;
  readonly resets: Resets;
}

const T = 1_800_000_000_000;
const ada = userId('aaaaaaaaaaaaaaaa');
const bea = userId('bbbbbbbbbbbbbbbb');
const garden = siteId('11'.repeat(16));
const id = '01'.repeat(16);
const OWNER = '0a'.repeat(32);

const filled = (byte: number, size = 32): Uint8Array => new Uint8Array(size).fill(byte);

function recovery(part: Partial<NewRecovery> = {}): NewRecovery {
  return {
    id,
    owner: OWNER,
    card: filled(1, 4124),
    secrets: { seed: filled(2), tag: filled(3), share: filled(4) },
    madeMs: T,
    triesMax: 3,
    by: { kind: 'user', user: ada },
    atMs: T,
    perUserMax: 2,
    ...part,
  };
}

const guess = (of = id, part: { readonly decoysMax?: number; readonly atMs?: number } = {}) => ({
  id: of,
  atMs: T + 5,
  decoyTriesMax: 3,
  decoysMax: 10,
  ...part,
});

function reset(part: Partial<ResetRecord> = {}): ResetRecord {
  return {
    request: '0f'.repeat(16),
    user: ada,
    key: key(filled(7)),
    agree: filled(8),
    proof: filled(9, 64),
    device: key(filled(10)),
    deviceName: 'laptop',
    blessedMs: T + 1000,
    words: 'It is me.',
    createdMs: T,
    state: 'waiting',
    ...part,
  };
}

const room = (sinceMs: number, waitingMax: number) => ({ sinceMs, waitingMax, perUserMax: 3 });

export function recoverySuite(engine: RecoveryEngine): void {
  const it = (title: string, run: (stores: RecoveryStores) => Promise<void>): void =>
    void test(`${title} (${engine.name})`, async () => {
      await using stores = await engine.open();
      await run(stores);
    });
  countingCases(it);
  ownerCases(it);
  resetCases(it);
}

type It = (title: string, run: (stores: RecoveryStores) => Promise<void>) => void;

function countingCases(it: It): void {
  it('[P6] guesses count down, a right proof forgets them, one too many destroys the secrets', async (of) => {
    const { recoveries } = of;
    equal(await recoveries.register(recovery()), 'ok');
    for (const triesLeft of [2, 1]) {
      const answer = await recoveries.guess(guess());
      ok(answer.kind === 'open');
      equal(answer.triesLeft, triesLeft);
      deepEqual(answer.secrets?.seed, filled(2));
    }
    await recoveries.recovered(id, T + 9);
    equal((await recoveries.find(id))?.tries, 0);
    for (let n = 0; n < 3; n++) equal((await recoveries.guess(guess())).kind, 'open');
    const last = must(await recoveries.find(id), 'a row');
    notEqual(last.secrets, null, 'the last guess may still be proven right');
    deepEqual(await recoveries.guess(guess()), { kind: 'locked' });
    const gone = must(await recoveries.find(id), 'a row');
    equal(gone.secrets, null);
    equal(gone.recoveredMs, T + 9);
    await recoveries.recovered(id, T + 10);
    deepEqual(await recoveries.guess(guess()), { kind: 'locked' }, 'for ever');
  });

  it('[P6] a wrong proof after the last guess destroys the secrets at once', async ({ recoveries }) => {
    await recoveries.register(recovery());
    for (let left = 2; left >= 0; left--) {
      await recoveries.guess(guess());
      const refused = await recoveries.refuse(guess());
      deepEqual(refused, left === 0 ? { kind: 'locked' } : { kind: 'open', triesLeft: left });
    }
    equal((await recoveries.find(id))?.secrets, null);
    equal(await recoveries.isLocked(id), true);
  });

  it('[P6] guesses that come at once are all counted', async ({ recoveries }) => {
    await recoveries.register(recovery({ triesMax: 10 }));
    const answers = await Promise.all(Array.from({ length: 25 }, () => recoveries.guess(guess())));
    equal(answers.filter(({ kind }) => kind === 'open').length, 10);
    const left = answers.flatMap((answer) => (answer.kind === 'open' ? [answer.triesLeft] : []));
    deepEqual(new Set(left).size, 10);
  });

  it('[P7] an id that nobody registered counts down and locks like one that somebody did', async (of) => {
    const { recoveries } = of;
    await recoveries.register(recovery());
    const unknown = '02'.repeat(16);
    for (let n = 0; n < 5; n++) {
      const real = await recoveries.guess(guess());
      const decoy = await recoveries.guess(guess(unknown));
      equal(decoy.kind, real.kind);
      if (real.kind === 'open' && decoy.kind === 'open') equal(decoy.triesLeft, real.triesLeft);
      deepEqual(await recoveries.refuse(guess(unknown)), await recoveries.refuse(guess()));
      equal(await recoveries.isLocked(unknown), await recoveries.isLocked(id));
    }
    equal(await recoveries.find(unknown), null);
  });

  it('[P7] ids that nobody registered are forgotten, the oldest first, when there are many', async (of) => {
    const { recoveries } = of;
    const ids = Array.from({ length: 13 }, (_, n) => (0x20 + n).toString(16).repeat(16));
    for (const [n, one] of ids.entries()) {
      await recoveries.guess(guess(one, { atMs: T + n }));
      await recoveries.guess(guess(one, { atMs: T + n }));
    }
    const fresh = await recoveries.guess(guess(must(ids[0], 'an id'), { atMs: T + 99 }));
    deepEqual(fresh, { kind: 'open', triesLeft: 2, secrets: null }, 'forgotten');
    const known = await recoveries.guess(guess(must(ids[12], 'an id'), { atMs: T + 99 }));
    deepEqual(known, { kind: 'open', triesLeft: 0, secrets: null }, 'remembered');
  });
}

function ownerCases(it: It): void {
  it('[P8] users vouch for a few, a grant admits once, and nobody else registers', async ({ recoveries }) => {
    equal(await recoveries.register(recovery({ by: { kind: 'owner' } })), 'forbidden');
    for (const n of [1, 2]) equal(await recoveries.register(recovery({ id: `0${n}`.repeat(16) })), 'ok');
    equal(await recoveries.register(recovery({ id: '03'.repeat(16) })), 'full');
    const oneTime = hex(filled(5));
    const grant = { key: oneTime, by: bea, expiresMs: T + 100, atMs: T, openMax: 1 };
    equal(await recoveries.grant(grant), 'ok');
    equal(await recoveries.grant(grant), 'ok', 'repeated');
    equal(await recoveries.grant({ ...grant, by: ada }), 'taken');
    equal(await recoveries.grant({ ...grant, key: hex(filled(6)) }), 'full');
    const by = { kind: 'grant', key: oneTime } as const;
    const other = { id: '04'.repeat(16), owner: '0b'.repeat(32), by };
    equal(await recoveries.register(recovery({ ...other, atMs: T + 100 })), 'expired');
    equal(await recoveries.register(recovery({ ...other, by: { ...by, key: OWNER } })), 'forbidden');
    equal(await recoveries.register(recovery(other)), 'ok');
    equal(await recoveries.register(recovery({ ...other, id: '05'.repeat(16) })), 'used');
    const [row] = await recoveries.grants(bea, 10);
    deepEqual(row, { key: oneTime, by: bea, expiresMs: T + 100, usedMs: T });
  });

  it('[P9] an owner replaces and removes her own; older does not replace newer', async ({ recoveries }) => {
    await recoveries.register(recovery());
    for (let n = 0; n < 4; n++) await recoveries.guess(guess());
    equal((await recoveries.find(id))?.secrets, null, 'locked');
    equal(await recoveries.register(recovery({ owner: '0c'.repeat(32), madeMs: T + 9 })), 'taken');
    const newer = recovery({ madeMs: T + 9, card: filled(9, 4124), by: { kind: 'owner' } });
    equal(await recoveries.register(newer), 'ok', 'an owner needs nobody to renew what she has');
    equal(await recoveries.register(recovery()), 'stale');
    const row = must(await recoveries.find(id), 'a row');
    deepEqual(row.card, filled(9, 4124));
    deepEqual([row.tries, row.madeMs, row.askedMs], [0, T + 9, null]);
    deepEqual(row.secrets?.share, filled(4));
    equal(await recoveries.remove(id, '0c'.repeat(32)), false);
    equal(await recoveries.remove(id, OWNER), true);
    equal(await recoveries.find(id), null);
    equal(await recoveries.remove(id, OWNER), false);
  });
}

function resetCases(it: It): void {
  it('[P12] requests wait for a while and in bounds, and are decided once', async ({ resets }) => {
    equal(await resets.ask(reset(), room(T - 10, 2)), 'ok');
    equal(await resets.ask(reset(), room(T - 10, 2)), 'taken');
    equal(await resets.ask(reset({ request: '1f'.repeat(16), createdMs: T + 1 }), room(T - 10, 2)), 'ok');
    equal(await resets.ask(reset({ request: '2f'.repeat(16) }), room(T - 10, 2)), 'full');
    equal(
      await resets.ask(reset({ request: '2f'.repeat(16), createdMs: T + 5 }), room(T + 1, 2)),
      'ok',
      'the old is gone',
    );
    const waiting = await resets.waiting(T + 1, 10);
    deepEqual(
      waiting.map(({ createdMs }) => createdMs),
      [T + 1, T + 5],
    );
    deepEqual(waiting[0], reset({ request: '1f'.repeat(16), createdMs: T + 1 }));
    equal(await resets.refuse('1f'.repeat(16), bea, T), true);
    equal(await resets.refuse('1f'.repeat(16), bea, T), false);
    equal(await resets.approve('1f'.repeat(16), bea, bea, T), false);
    equal((await resets.request('1f'.repeat(16)))?.state, 'refused');
    equal(await resets.request('0f'.repeat(16)), null);
  });

  it('[P12] requests for one user leave room for those of others', async ({ resets }) => {
    for (const n of [1, 2, 3])
      equal(await resets.ask(reset({ request: `${n}f`.repeat(16) }), room(0, 9)), 'ok');
    equal(await resets.ask(reset({ request: '4f'.repeat(16) }), room(0, 9)), 'full');
    equal(await resets.ask(reset({ request: '5f'.repeat(16), user: bea }), room(0, 9)), 'ok');
  });

  it('[P12] one takes the place of a user, once, and what a crash left to do is known', async ({
    resets,
  }) => {
    await resets.ask(reset(), room(0, 9));
    await resets.ask(reset({ request: '1f'.repeat(16) }), room(0, 9));
    equal(await resets.successor(ada), null);
    equal(await resets.approve('0f'.repeat(16), bea, bea, T), true);
    equal(await resets.approve('1f'.repeat(16), userId('cc'.repeat(8)), bea, T), false);
    equal(await resets.successor(ada), bea);
    equal((await resets.claimOf(bea))?.request, '0f'.repeat(16));
    deepEqual(await resets.unfinished(), [{ was: ada, user: bea, request: '0f'.repeat(16) }]);
    await resets.finish(ada);
    deepEqual(await resets.unfinished(), []);
  });

  it('[P12] a membership waits until it is left an invitation and given up', async ({ resets }) => {
    const pending = { site: garden, user: bea, was: ada, permissions: 3, sealed: null };
    await resets.addPending(pending);
    await resets.addPending({ ...pending, permissions: 31 });
    deepEqual(await resets.pendingsOfSite(garden, 9), [pending]);
    deepEqual(await resets.pendingsOf(ada, 9), []);
    equal(await resets.readmit(garden, ada, filled(1)), false);
    equal(await resets.readmit(garden, bea, filled(1)), true);
    deepEqual(await resets.pendingsOf(bea, 9), [{ ...pending, sealed: filled(1) }]);
    await resets.dropPending(garden, bea);
    deepEqual(await resets.pendingsOfSite(garden, 9), []);
  });
}
