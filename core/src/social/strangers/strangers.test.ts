import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from '../../base/assert.ts';
import { key } from '../../base/ids.ts';
import { Fault, type FaultCode } from '../../base/fault.ts';
import { concat, hex } from '../../base/bytes.ts';
import {
  guestBytesMax,
  guestMs,
  keptAwayMax,
  knockBytesMax,
  knocksBytesMax,
  knocksPerUserMax,
  knocksSweepMs,
  reportsPerUserMax,
  workBitsMax,
  workBitsMin,
  workCrowd,
  workInvitationBits,
  workLoadBitsMax,
  workPriceMs,
  workUnitBytes,
} from '../../base/limits-work.ts';
import { nobody, strangersStage, type StrangersStage } from '../../../../lab/suites/strangers-stage.ts';
import { primitives } from '../../../../lab/suites/peer-stage.ts';
import { KIND } from '../message/kinds.ts';
import { readMessage } from '../message/message.ts';
import { Load, plainBits, Pricing } from './price.ts';
import type { NewKnock } from './store.ts';

const fault = (code: FaultCode) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;
const DAY_MS = 86_400_000;
const mine = { whose: 'mine', skip: 0, rows: knocksPerUserMax } as const;

/** A row as the machine would leave it, without the work. */
function rowFor(stage: StrangersStage, recipient: Uint8Array, bits: number): NewKnock {
  const { env } = stage;
  const atMs = env.wallMs();
  return {
    recipient: key(recipient),
    id: env.random(32),
    sender: nobody(env),
    bits,
    isInvitation: false,
    atMs,
    untilMs: atMs + DAY_MS,
    body: env.random(100),
  };
}

test('[Z71] the price is 18 bits for half a kilobyte and a day, one more for each doubling, and more for an account', () => {
  const letter = { days: 1, purpose: 'letter' } as const;
  assert.equal(plainBits({ ...letter, size: 1 }), workBitsMin);
  assert.equal(plainBits({ ...letter, size: workUnitBytes }), 18);
  assert.equal(plainBits({ ...letter, size: workUnitBytes + 1 }), 19);
  assert.equal(plainBits({ ...letter, size: 4 * workUnitBytes }), 20);
  assert.equal(plainBits({ ...letter, size: 4 * workUnitBytes, days: 2 }), 21);
  assert.equal(plainBits({ ...letter, size: workUnitBytes, days: 7 }), 21);
  assert.equal(plainBits({ size: 1, days: 1, purpose: 'invitation' }), 18 + workInvitationBits);
});

test('[Z71] a crowd makes it dearer and quiet cheaper, and what was said holds through the next stretch', () => {
  const load = new Load(0);
  for (let each = 0; each < 8 * workCrowd; each++) load.took(1);
  assert.deepEqual([load.bits(workPriceMs - 1), load.holdsMs(workPriceMs - 1)], [0, workPriceMs + 1]);
  assert.deepEqual([load.bits(workPriceMs), load.floor(workPriceMs)], [3, 0], 'said is 0, and taken');
  assert.deepEqual([load.bits(2 * workPriceMs), load.floor(2 * workPriceMs)], [2, 2]);
  assert.equal(load.bits(5 * workPriceMs), 0);
  assert.equal(load.bits(1e9 * workPriceMs), 0, 'a node that was never asked');
  for (let stretch = 0; stretch < 30; stretch++)
    for (let each = 0; each < 4 * workCrowd; each++) load.took((1e9 + stretch) * workPriceMs);
  assert.equal(load.bits((1e9 + 30) * workPriceMs), workLoadBitsMax);
});

test('[Z71] a price that was said is kept though it has risen, for what it was said for and as long as it said', async () => {
  await using stage = await strangersStage();
  const { env } = stage;
  const pricing = new Pricing(primitives, env);
  const asked = { to: nobody(env), size: 400, days: 2, purpose: 'letter' } as const;
  const empty = { count: 0, least: null };
  const crowded = { count: knocksPerUserMax, least: 27 };
  const said = pricing.price(asked, empty);
  assert.equal(said.bits, 19);
  assert.equal(pricing.least(asked, null, crowded), 28);
  assert.equal(pricing.least(asked, said, crowded), 19);
  assert.equal(pricing.least({ ...asked, size: 100 }, said, crowded), 19, 'less than was asked for');
  const elsewhere = [
    { ...asked, to: nobody(env) },
    { ...asked, size: 401 },
    { ...asked, days: 3 },
    { ...asked, purpose: 'invitation' as const },
  ];
  for (const other of elsewhere) assert.ok(pricing.least(other, said, crowded) >= 28);
  assert.equal(pricing.least(asked, { ...said, bits: 1 }, crowded), 28, 'made up');
  assert.equal(pricing.least(asked, { ...said, untilMs: said.untilMs + 1 }, crowded), 28, 'drawn out');
  assert.equal(new Pricing(primitives, env).least(asked, said, crowded), 28, 'of another node');
  env.advance(said.untilMs - env.wallMs());
  assert.equal(pricing.least(asked, said, crowded), 19);
  env.advance(1);
  assert.equal(pricing.least(asked, said, crowded), 28);
});

test('[Z71] a queue that fills costs more, and no price is beyond what is ever asked', async () => {
  await using stage = await strangersStage();
  const pricing = new Pricing(primitives, stage.env);
  const asked = { to: nobody(stage.env), size: 1, days: 1, purpose: 'letter' } as const;
  const bits = (count: number, least: number | null): number => pricing.price(asked, { count, least }).bits;
  assert.deepEqual([bits(0, null), bits(24, null), bits(25, null), bits(38, null)], [18, 18, 19, 20]);
  assert.deepEqual([bits(50, 18), bits(50, 25), bits(50, 200)], [20, 26, workBitsMax]);
});

test('[Z72] a stranger knocks: it waits with the one whom it mentions, and nobody else finds it until she accepts', async () => {
  await using stage = await strangersStage();
  const [ada, bob] = [await stage.member(), await stage.member()];
  const zoe = await stage.stranger();
  const { kind, message } = await zoe.knock(ada.key);
  assert.equal(kind, 'waiting');
  const { count, rows } = await ada.session.requests(mine);
  assert.deepEqual([count, rows.map(({ message: bytes }) => hex(bytes))], [1, [hex(message.bytes)]]);
  assert.equal((await bob.session.requests(mine)).count, 0);
  assert.deepEqual([ada.mentions(), stage.peer.options.store.get(message.id)], [0, null]);
  await assert.rejects(
    bob.session.answer({ whose: 'mine', id: message.id, isAccepted: true }),
    fault('unknown'),
  );
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: true });
  assert.deepEqual([(await ada.session.requests(mine)).count, ada.mentions()], [0, 1]);
  assert.equal((await zoe.knock(ada.key, { message })).kind, 'known');
});

test('[Z72] what is declined is gone, and does not come again with any work', async () => {
  await using stage = await strangersStage();
  const ada = await stage.member();
  const zoe = await stage.stranger();
  const { message } = await zoe.knock(ada.key);
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: false });
  assert.equal((await ada.session.requests(mine)).count, 0);
  assert.equal((await zoe.knock(ada.key, { message })).kind, 'known');
  assert.deepEqual([(await ada.session.requests(mine)).count, ada.mentions()], [0, 0]);
});

test('[Z72] who asks for an account pays more, and admins of the node answer what is asked of the node', async () => {
  await using stage = await strangersStage();
  const [ada, bob] = [await stage.member('admin'), await stage.member()];
  const zoe = await stage.stranger();
  const { kind, message } = await zoe.knock(stage.node, { purpose: 'invitation' });
  assert.equal(kind, 'waiting');
  await assert.rejects(bob.session.requests({ ...mine, whose: 'node' }), fault('forbidden'));
  const { rows } = await ada.session.requests({ ...mine, whose: 'node' });
  assert.deepEqual(
    rows.map(({ purpose, bits }) => [purpose, bits]),
    [['invitation', 18 + workInvitationBits]],
  );
  await ada.session.answer({ whose: 'node', id: message.id, isAccepted: false });
  assert.equal((await ada.session.requests({ ...mine, whose: 'node' })).count, 0);
  const asked = { to: stage.node, size: 100, days: 1, purpose: 'letter' } as const;
  assert.equal((await zoe.session.price(asked)).price, null, 'the node reads no letters');
});

test('[Z73] fifty wait for a user, those with the most work; of equal ones who came first stays', async () => {
  await using stage = await strangersStage();
  const ada = await stage.member();
  const first = Array.from({ length: knocksPerUserMax }, (_, at) =>
    rowFor(stage, ada.key, at === 7 ? 20 : 21),
  );
  assert.ok(stage.store.leave(first).every(({ kind }) => kind === 'waiting'));
  assert.deepEqual(stage.store.leave([rowFor(stage, ada.key, 20)]), [{ kind: 'crowded', bits: 20 }]);
  const better = rowFor(stage, ada.key, 21);
  assert.deepEqual(stage.store.leave([better, rowFor(stage, ada.key, 21)]), [
    { kind: 'waiting' },
    { kind: 'crowded', bits: 21 },
  ]);
  const most = rowFor(stage, ada.key, 30);
  stage.store.leave([most]);
  const rows = stage.store.queue(ada.key, { skip: 0, rows: 100, nowMs: stage.env.wallMs() });
  assert.equal(rows.length, knocksPerUserMax);
  const names = rows.map(({ id }) => hex(id));
  assert.equal(names[0], hex(most.id));
  assert.ok(!names.includes(hex(first[7]!.id)), 'least work');
  assert.ok(!names.includes(hex(better.id)), 'the last of those with the least');
  assert.ok(names.includes(hex(first[49]!.id)));
});

test('[Z73] where all queues together are full those with less work go, the price says so, and who finds no room takes nobody away', async () => {
  await using stage = await strangersStage();
  const { store } = stage;
  const [ada, bob] = [await stage.member(), await stage.member()];
  const body = new Uint8Array(knockBytesMax);
  const fill = (recipient: Uint8Array, bits: number): NewKnock => ({
    ...rowFor(stage, recipient, bits),
    body,
  });
  const most = knocksBytesMax / knockBytesMax;
  store.leave([fill(ada.key, 20), fill(ada.key, 24)]);
  for (let at = 2; at < most; at++) {
    if (store.count(bob.key) === 0) store.leave([fill(bob.key, 22)]);
    else store.leave([fill(nobody(stage.env), 22)]);
  }
  assert.equal(store.bytes, knocksBytesMax);
  assert.deepEqual([store.leastOf(bob.key, 100), store.leastOf(bob.key, 0)], [20, null]);
  const asked = { to: bob.key, size: 100, days: 1, purpose: 'letter' } as const;
  const zoe = await stage.stranger();
  assert.equal((await zoe.session.price(asked)).price?.bits, 21, 'more than the least of all');
  // It would need two, and of the second there is none with less work.
  assert.equal(store.leastOf(bob.key, knockBytesMax + 1), 22, 'the most of those who would have to go');
  const long = { ...fill(bob.key, 22), body: new Uint8Array(knockBytesMax + 1) };
  assert.deepEqual(store.leave([long]), [{ kind: 'crowded', bits: 22 }]);
  assert.deepEqual([store.bytes, store.count(ada.key)], [knocksBytesMax, 2], 'nobody went for it');
  assert.deepEqual(store.leave([fill(bob.key, 22)]), [{ kind: 'waiting' }]);
  assert.deepEqual([store.bytes, store.count(ada.key)], [knocksBytesMax, 1]);
});

test('[Z73] a disk that is full does not end the node: what is over is taken away later', async () => {
  await using stage = await strangersStage();
  const { store, env } = stage;
  const recipient = key(new Uint8Array(32).fill(5));
  store.leave([rowFor(stage, recipient, 20)]);
  const sweep = store.sweep.bind(store);
  store.sweep = () => {
    throw new Fault('full', 'no room on the disk');
  };
  env.jump(2 * DAY_MS);
  env.advance(knocksSweepMs);
  env.advance(knocksSweepMs);
  assert.equal(store.bytes, 100);
  store.sweep = sweep;
  env.advance(knocksSweepMs);
  assert.equal(store.bytes, 0);
});

test('[Z73] what waits is there after a restart, and over when its time is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-knocks-'));
  try {
    const path = join(folder, 'messages');
    const recipient = key(new Uint8Array(32).fill(5));
    let untilMs = 0;
    {
      await using stage = await strangersStage({ path });
      const row = rowFor(stage, recipient, 20);
      untilMs = row.untilMs;
      stage.store.leave([row]);
      stage.store.setReach(recipient, 'members');
    }
    await using stage = await strangersStage({ path });
    const queue = (nowMs: number): number =>
      stage.store.queue(recipient, { skip: 0, rows: 10, nowMs }).length;
    assert.deepEqual([queue(untilMs - 1), queue(untilMs), stage.store.bytes], [1, 0, 100]);
    assert.equal(stage.store.reach(recipient), 'members');
    stage.env.jump(untilMs - stage.env.wallMs());
    stage.env.advance(60_000);
    assert.deepEqual([queue(0), stage.store.bytes, stage.store.count(recipient)], [0, 0, 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('[Z74] who was accepted writes without work for a while, and within bounds', async () => {
  await using stage = await strangersStage();
  const [ada, bob] = [await stage.member(), await stage.member()];
  const zoe = await stage.stranger();
  const plain = async (to: typeof ada, text = 'again') => {
    const { bytes } = await zoe.letter(to.key, { text });
    const { key: whom } = to;
    const knock = { to: whom, message: bytes, purpose: 'letter', days: 1, stamp: null, price: null } as const;
    return zoe.session.knock(knock);
  };
  assert.equal((await plain(ada)).kind, 'work');
  const { message } = await zoe.knock(ada.key);
  assert.equal((await plain(ada)).kind, 'work', 'waiting is not accepted');
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: true });
  assert.equal((await plain(ada, 'thank you')).kind, 'delivered');
  assert.equal(ada.mentions(), 2);
  assert.equal((await plain(bob)).kind, 'work', 'of another user');
  const { guests } = await ada.session.reach();
  assert.deepEqual(
    guests.map(({ who, untilMs }) => [hex(who), untilMs]),
    [[hex(zoe.key), stage.env.wallMs() + guestMs]],
  );
  const long = 'x'.repeat(16_000);
  let written = 0;
  await assert.rejects(async () => {
    for (; written < guestBytesMax; written += long.length) await plain(ada, `${written} ${long}`);
  }, fault('full'));
  assert.ok(written > guestBytesMax / 2);
  stage.env.jump(guestMs + 1);
  assert.equal((await plain(ada)).kind, 'work');
});

test('[Z74] letters at once are within the bound together', async () => {
  await using stage = await strangersStage();
  const ada = await stage.member();
  const zoe = await stage.stranger();
  const { message } = await zoe.knock(ada.key);
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: true });
  const count = Math.ceil((1.5 * guestBytesMax) / 16_000);
  const letters = await Promise.all(
    Array.from({ length: count }, (_, at) => zoe.letter(ada.key, { text: `${at} ${'x'.repeat(15_900)}` })),
  );
  const plain = { to: ada.key, purpose: 'letter', days: 1, stamp: null, price: null } as const;
  await Promise.allSettled(letters.map(({ bytes }) => zoe.session.knock({ ...plain, message: bytes })));
  const { bytes } = must(stage.store.guest(ada.key, zoe.key, stage.env.wallMs()), 'she was accepted');
  assert.ok(bytes > guestBytesMax / 2 && bytes <= guestBytesMax, String(bytes));
});

test('[Z74] what guests bring counts for no member, and takes no room from one', async () => {
  await using stage = await strangersStage();
  const ada = await stage.member();
  await ada.say({ text: 'mine' });
  const { store } = stage.peer.options;
  const before = store.usage(ada.key);
  const zoe = await stage.stranger();
  const { message } = await zoe.knock(ada.key);
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: true });
  assert.deepEqual(store.usage(ada.key), before);
  assert.equal(store.usage(stage.strangers.guests.key).messages, 1);
});

test('[Z75] a user says who may knock, and it is kept to before anything is stored', async () => {
  await using stage = await strangersStage();
  const [ada, bob] = [await stage.member(), await stage.member()];
  const [zoe, friend, far] = [await stage.stranger(), await stage.stranger(), await stage.stranger()];
  await bob.say({ kind: KIND.follows, text: '', content: concat(friend.key) });
  await ada.say({ kind: KIND.follows, text: '', content: concat(bob.key, far.key) });
  await ada.session.setReach({ reach: 'friendsOfFriends' });
  await assert.rejects(zoe.knock(ada.key), fault('forbidden'));
  assert.equal((await friend.knock(ada.key)).kind, 'waiting', 'followed by whom she follows');
  assert.equal((await far.knock(ada.key)).kind, 'waiting', 'followed by her');
  for (const reach of ['members', 'nobody'] as const) {
    await ada.session.setReach({ reach });
    const message = await friend.letter(ada.key, { text: reach });
    await assert.rejects(friend.knock(ada.key, { message, bits: 18, isPriced: false }), fault('forbidden'));
    const asked = { to: ada.key, size: 100, days: 1, purpose: 'letter' } as const;
    assert.equal((await friend.session.price(asked)).price, null);
  }
  assert.equal((await ada.session.requests(mine)).count, 2);
  await assert.rejects(zoe.knock(nobody(stage.env), { bits: 18, isPriced: false }), fault('forbidden'));
});

test('[Z75] whom she keeps away is away, with what waits of her and with what she was allowed', async () => {
  await using stage = await strangersStage();
  const ada = await stage.member();
  const zoe = await stage.stranger();
  const { message } = await zoe.knock(ada.key);
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: true });
  await zoe.knock(ada.key);
  await ada.session.keepAway({ whom: zoe.key, isAway: true });
  const { guests, away } = await ada.session.reach();
  assert.deepEqual([guests.length, away.map(hex)], [0, [hex(zoe.key)]]);
  assert.equal((await ada.session.requests(mine)).count, 0);
  await assert.rejects(
    zoe.knock(ada.key, { message: await zoe.letter(ada.key, { text: 'new' }) }),
    fault('forbidden'),
  );
  await ada.session.keepAway({ whom: zoe.key, isAway: false });
  assert.equal(
    (await zoe.knock(ada.key, { message: await zoe.letter(ada.key, { text: 'new' }) })).kind,
    'waiting',
  );
  for (let at = 0; at < keptAwayMax; at++) stage.store.keepAway(ada.key, nobody(stage.env));
  await assert.rejects(ada.session.keepAway({ whom: zoe.key, isAway: true }), fault('full'));
});

test('[Z77] a report reaches the admins of the node with what was reported, and no more than have room', async () => {
  await using stage = await strangersStage();
  const [ada, bob] = [await stage.member('admin'), await stage.member()];
  const zoe = await stage.stranger();
  const { message } = await zoe.knock(bob.key);
  await bob.session.report({ about: zoe.key, id: message.id, why: 'rude' });
  await assert.rejects(bob.session.report({ about: ada.key, id: message.id, why: '' }), fault('malformed'));
  await assert.rejects(
    bob.session.report({ about: zoe.key, id: stage.env.random(32), why: '' }),
    fault('unknown'),
  );
  await assert.rejects(zoe.session.report({ about: bob.key, id: null, why: '' }), fault('forbidden'));
  await assert.rejects(bob.session.reports({ after: 0 }), fault('forbidden'));
  const { rows } = await ada.session.reports({ after: 0 });
  assert.deepEqual(
    rows.map(({ by, about, why, message: bytes }) => [
      hex(by),
      hex(about),
      why,
      readMessage(primitives, bytes!).text,
    ]),
    [[hex(bob.key), hex(zoe.key), 'rude', 'hello']],
  );
  for (let at = 1; at < reportsPerUserMax; at++)
    await bob.session.report({ about: zoe.key, id: null, why: '' });
  await assert.rejects(bob.session.report({ about: zoe.key, id: null, why: '' }), fault('full'));
  await assert.rejects(bob.session.settle({ number: rows[0]!.number }), fault('forbidden'));
  await ada.session.settle({ number: rows[0]!.number });
  await assert.rejects(ada.session.settle({ number: rows[0]!.number }), fault('unknown'));
  await bob.session.report({ about: zoe.key, id: null, why: 'room again' });
});

test('[Z78] an admin takes a post away, whoever wrote it, and nobody finds it again', async () => {
  await using stage = await strangersStage();
  const [ada, bob] = [await stage.member('admin'), await stage.member()];
  const zoe = await stage.stranger();
  const { message } = await zoe.knock(bob.key);
  await bob.session.answer({ whose: 'mine', id: message.id, isAccepted: true });
  await bob.session.report({ about: zoe.key, id: message.id, why: 'rude' });
  await assert.rejects(bob.session.takeAway({ id: message.id }), fault('forbidden'));
  await ada.session.takeAway({ id: message.id });
  await assert.rejects(ada.session.takeAway({ id: message.id }), fault('unknown'));
  await assert.rejects(bob.session.report({ about: zoe.key, id: message.id, why: '' }), fault('unknown'));
  // What was reported stays for who decides.
  const { rows } = await ada.session.reports({ after: 0 });
  assert.equal(rows[0]?.message?.length, message.bytes.length);
});

test('[Z72] who has no account asks for nothing of a member', async () => {
  await using stage = await strangersStage();
  const ada = await stage.member();
  const zoe = await stage.stranger();
  for (const session of [zoe.session, stage.strangers.open(null)]) {
    await assert.rejects(session.requests(mine), fault('forbidden'));
    await assert.rejects(session.reach(), fault('forbidden'));
    await assert.rejects(session.setReach({ reach: 'everybody' }), fault('forbidden'));
    await assert.rejects(session.keepAway({ whom: ada.key, isAway: true }), fault('forbidden'));
    await assert.rejects(session.requests({ ...mine, whose: 'node' }), fault('forbidden'));
    assert.equal(session.terms().bits, workBitsMin);
  }
});
