import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  connectTo,
  peerStage,
  primitives,
  turns,
  type Connected,
} from '../../../../lab/suites/peer-stage.ts';
import { Clock } from '../../../../lab/suites/auth-stage.ts';
import { openPeerStore } from '../../../../server/src/store/peer.ts';
import { hex } from '../../base/bytes.ts';
import { FAULTS, Fault } from '../../base/fault.ts';
import {
  peerBufferedMax,
  peerCatchUpBufferedMax,
  peerClockAheadMs,
  peerInterestsMax,
  peerPageRowsMax,
  peerPruneMs,
  peerScanRowsMax,
} from '../../base/limits-peer.ts';
import type { Interest } from '../../api/peer.ts';
import { interest } from '../../client/neighbourhood/interest.ts';
import { KIND } from '../message/kinds.ts';
import { readMessage } from '../message/message.ts';

const fault = (code: keyof typeof FAULTS) => (thrown: unknown) =>
  thrown instanceof Fault && thrown.code === code;
const texts = ({ rows }: { rows: readonly { readonly message: Uint8Array }[] }): readonly string[] =>
  rows.map(({ message }) => readMessage(primitives, message).text);

test('[Z20] what nobody signed, what is from the future and what is none is refused, and the rest of its batch is kept', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const good = await ada.sign({ text: 'good' });
  const forged = (await ada.sign({ text: 'forged' })).bytes.slice();
  forged[forged.length - 1]! ^= 1;
  const early = await ada.sign({ timeMs: stage.env.wallMs() + peerClockAheadMs + 60_000 });
  const messages = [forged, early.bytes, Uint8Array.of(1, 2, 3), good.bytes];
  const { answers } = await ada.connection.session.publish({ messages });
  assert.deepEqual(
    answers.map((answer) => (answer.kind === 'refused' ? answer.fault : answer.kind)),
    [FAULTS.badProof.number, FAULTS.malformed.number, FAULTS.malformed.number, 'stored'],
  );
  assert.equal(stage.store.head(), 1);
  assert.equal(stage.peer.figures().refused, 3);
});

test('[Z21] what is answered as stored is in the store, each message once', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const { message, answer } = await ada.say({ text: 'once' });
  assert.deepEqual(answer, { kind: 'stored', seq: 1 });
  const again = await ada.connection.session.publish({ messages: [message.bytes, message.bytes] });
  assert.deepEqual(again.answers, [{ kind: 'known' }, { kind: 'known' }]);
  const twice = await ada.sign({ text: 'twice at once' });
  const { answers } = await ada.connection.session.publish({ messages: [twice.bytes, twice.bytes] });
  assert.deepEqual(answers.map(({ kind }) => kind).toSorted(), ['known', 'stored']);
  assert.deepEqual(texts(await ada.connection.session.get({ ids: [message.id, twice.id] })), [
    'once',
    'twice at once',
  ]);
});

test('[Z22] who has no account brings nothing, and reads', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const { message } = await ada.say({ text: 'public' });
  const stranger = connectTo(stage.peer, null);
  await assert.rejects(stranger.session.publish({ messages: [message.bytes] }), fault('forbidden'));
  assert.deepEqual(texts(await stranger.session.get({ ids: [message.id] })), ['public']);
  assert.equal((await stranger.session.hello()).standing, 'stranger');
});

test('[Z14] of whom nothing is shown nothing is found or told, and those behind her on a page are', async () => {
  const hidden = new Set<string>();
  await using stage = peerStage({
    hidden: {
      get size() {
        return hidden.size;
      },
      has: (author) => hidden.has(hex(author)),
      isSettled: true,
      settled: () => Promise.resolve(),
    },
  });
  const [ada, tom] = [await stage.person(), await stage.person()];
  const words = { mentions: [ada.key], text: 'before' };
  const atMs = stage.env.wallMs() - 60_000;
  await ada.say({ ...words, timeMs: atMs });
  const { message } = await tom.say({ ...words, text: 'noise' });
  for (let n = 0; n < 2 * peerPageRowsMax; n++)
    await tom.say({ ...words, text: `noise ${n}`, timeMs: atMs + 1 + n });
  await tom.say({ kind: KIND.profile, name: 'profile', text: 'Tom' });
  const reader = stage.person();
  const { session } = (await reader).connection;
  const page = (rows: number) => session.page({ of: [interest('mentions', ada.key)], before: null, rows });
  assert.equal((await page(peerPageRowsMax)).rows.length, peerPageRowsMax);
  const { epoch } = await session.hello();
  hidden.add(hex(tom.key));
  assert.deepEqual(texts(await page(peerPageRowsMax)), ['before'], 'who is behind all the noise is found');
  assert.deepEqual((await session.get({ ids: [message.id] })).rows, []);
  stage.store.indexWords(1_000);
  assert.deepEqual((await session.search({ words: 'noise', before: null, rows: 10 })).rows, []);
  assert.equal((await session.current({ from: tom.key, kind: KIND.profile, name: 'profile' })).row, null);
  const listener = (await reader).connect();
  listener.session.follow({ add: [interest('mentions', ada.key)], remove: [] });
  listener.session.listen({ epoch, after: 0 });
  await turns(40);
  assert.deepEqual(texts({ rows: listener.rows }), ['before']);
  assert.equal(listener.caughtUp.length, 1);
  await tom.say({ ...words, text: 'more' });
  assert.deepEqual(texts({ rows: listener.rows }), ['before']);
  hidden.clear();
  assert.equal((await session.get({ ids: [message.id] })).rows.length, 1);
});

test('[Z14] who is found behind all that is hidden is found by words too', async () => {
  const hidden = new Set<string>();
  const told = { isSettled: true, settled: () => Promise.resolve() };
  const has = (author: Uint8Array): boolean => hidden.has(hex(author));
  await using stage = peerStage({ hidden: { size: 1, has, ...told } });
  const [ada, tom] = [await stage.person(), await stage.person()];
  await ada.say({ text: 'a birch' });
  for (let n = 0; n < 25; n++) await tom.say({ text: `birch ${n}` });
  stage.store.indexWords(1_000);
  hidden.add(hex(tom.key));
  const { session } = ada.connection;
  assert.deepEqual(texts(await session.search({ words: 'birch', before: null, rows: 10 })), ['a birch']);
});

test('[Z14] nothing is told while it is not known whom to hide, and nothing is lost by that', async () => {
  const asked = Promise.withResolvers<void>();
  const hidden = { size: 0, isSettled: true, has: () => false, settled: () => asked.promise };
  await using stage = peerStage({ hidden });
  const ada = await stage.person();
  const listener = ada.connect();
  listener.session.follow({ add: [interest('posts', ada.key)], remove: [] });
  listener.session.listen({ epoch: stage.store.epoch, after: 0 });
  await turns();
  await ada.say({ text: 'one' });
  hidden.isSettled = false;
  await ada.say({ text: 'two' });
  await turns(20);
  assert.deepEqual(texts(listener), ['one']);
  hidden.isSettled = true;
  asked.resolve();
  await turns(20);
  assert.deepEqual(texts(listener), ['one', 'two']);
});

test('[Z14] who would have to be told what cannot be known is told nothing, and has to come again', async () => {
  const settled = (): Promise<void> => Promise.reject(new Fault('internal', 'the tree cannot be read'));
  await using stage = peerStage({ hidden: { size: 0, isSettled: false, has: () => false, settled } });
  const ada = await stage.person();
  const ends: Fault[] = [];
  const listener = connectTo(stage.peer, ada.key, (ended) => ends.push(ended));
  listener.session.follow({ add: [interest('posts', ada.key)], remove: [] });
  listener.session.listen({ epoch: stage.store.epoch, after: 0 });
  const { sessions } = stage.peer.figures();
  await turns(20);
  await ada.say({ text: 'one' });
  await turns(20);
  assert.deepEqual([texts(listener), stage.peer.figures().sessions], [[], sessions - 1]);
  assert.deepEqual(
    ends.map(({ code }) => code),
    ['closed'],
    'the connection ends, so that its caller comes back',
  );
  const again = { add: [interest('posts', ada.key)], remove: [] };
  assert.throws(() => listener.session.follow(again), fault('closed'));
  assert.throws(() => listener.session.listen({ epoch: stage.store.epoch, after: 0 }), fault('closed'));
  assert.equal(stage.peer.figures().followed, 0);
});

test('[Z26] a disk that is full ends neither the peer nor what it does behind everything else', async () => {
  const env = new Clock();
  const store = openPeerStore({ path: ':memory:', primitives, env });
  const full = (): never => {
    throw new Fault('full', 'no room on the disk');
  };
  await using stage = peerStage({ env, store, bytesInAll: 2_000 });
  const ada = await stage.person();
  for (let n = 0; n < 30; n++) await ada.say({ text: `words ${n}` });
  const prune = store.prune.bind(store);
  store.prune = full;
  env.advance(peerPruneMs);
  env.advance(peerPruneMs);
  assert.equal(stage.peer.figures().pruned, 0);
  store.prune = prune;
  env.advance(peerPruneMs);
  assert.ok(stage.peer.figures().pruned > 0);
});

test('[Z23] anybody with an account carries on what somebody else has signed, and it counts for who brought it', async () => {
  await using home = peerStage();
  await using elsewhere = peerStage();
  const ada = await home.person();
  const bob = await elsewhere.person();
  const { message } = await ada.say({ text: 'from afar' });
  const { answers } = await bob.connection.session.publish({ messages: [message.bytes] });
  assert.deepEqual(answers, [{ kind: 'stored', seq: 1 }]);
  const page = await bob.connection.session.page({
    of: [interest('posts', ada.key)],
    before: null,
    rows: 10,
  });
  assert.deepEqual(texts(page), ['from afar']);
  assert.equal(elsewhere.store.usage(bob.key).messages, 1);
  assert.equal(elsewhere.store.usage(ada.key).messages, 0);
});

test('[Z24] only who wrote a message pins it', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const bob = await stage.person();
  const { message } = await ada.say({});
  assert.throws(() => bob.connection.session.pin({ id: message.id, pinned: true }), fault('forbidden'));
  ada.connection.session.pin({ id: message.id, pinned: true });
  assert.throws(
    () => ada.connection.session.pin({ id: message.id.map(() => 7), pinned: true }),
    fault('forbidden'),
  );
});

test('[Z30] a message reaches those who follow one of its keys, once each, and nobody else', async () => {
  await using stage = peerStage();
  const [ada, bob, cy] = [await stage.person(), await stage.person(), await stage.person()];
  const { message: first } = await ada.say({ text: 'first' });
  const of: Interest[] = [
    interest('posts', ada.key),
    interest('mentions', bob.key),
    interest('replies', first.id),
  ];
  const [all, other] = [bob.connect(), cy.connect()];
  all.session.follow({ add: of, remove: [] });
  other.session.follow({ add: [interest('posts', cy.key)], remove: [] });
  for (const each of [all, other])
    each.session.listen({ epoch: stage.store.epoch, after: stage.store.head() });
  await turns();
  await ada.say({ text: 'three ways', mentions: [bob.key], replies: [first.id] });
  await ada.say({ kind: KIND.profile, text: 'a statement' });
  await cy.say({ text: 'mine' });
  assert.deepEqual([texts(all), texts(other)], [['three ways'], ['mine']]);
  all.session.follow({ add: [], remove: of });
  await ada.say({ text: 'unheard' });
  assert.deepEqual(texts(all), ['three ways']);
});

test('[Z31] what is here is told first, then what comes, without a gap and nothing twice, whatever happens meanwhile', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('say' as const),
        who: fc.nat(2),
        count: fc.integer({ min: 1, max: 90 }),
      }),
      fc.record({
        kind: fc.constant('slow' as const),
        bytes: fc.constantFrom(peerCatchUpBufferedMax + 1, peerBufferedMax + 1),
      }),
      fc.record({ kind: fc.constant('fast' as const) }),
      fc.record({ kind: fc.constant('again' as const) }),
      fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 3 }) }),
    ),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      await using stage = peerStage({ bytesMax: 1 << 30 });
      const people = [await stage.person(), await stage.person(), await stage.person()];
      const reader = people[2]!;
      const said: string[] = [];
      let connected: Connected = reader.connect();
      const heard: string[] = [];
      let cursor = 0;
      const begin = (): void => {
        const followed = people.slice(0, 2).map(({ key }) => interest('posts', key));
        connected.session.follow({ add: followed, remove: [] });
        connected.session.listen({ epoch: stage.store.epoch, after: cursor });
      };
      begin();
      for (const step of plan) {
        if (step.kind === 'say') {
          const person = people[step.who]!;
          const batch = Array.from({ length: step.count }, (_, at) => `${said.length + at} of ${step.who}`);
          const messages = await Promise.all(batch.map((text) => person.sign({ text })));
          await person.connection.session.publish({ messages: messages.map(({ bytes }) => bytes) });
          said.push(...batch);
        } else if (step.kind === 'slow') connected.waiting = step.bytes;
        else if (step.kind === 'fast') {
          connected.waiting = 0;
          connected.session.drained();
        } else if (step.kind === 'turns') await turns(step.count);
        else {
          heard.push(...texts(connected));
          cursor = connected.at.at(-1) ?? cursor;
          connected.session[Symbol.dispose]();
          connected = reader.connect();
          begin();
        }
      }
      connected.waiting = 0;
      connected.session.drained();
      await turns(40);
      heard.push(...texts(connected));
      assert.deepEqual(
        heard,
        said.filter((text) => !text.endsWith('of 2')),
      );
      if (connected.caughtUp.length > 0) assert.equal(connected.caughtUp.at(-1)! <= stage.store.head(), true);
    }),
    { numRuns: 40 },
  );
});

test('[Z32] a long stretch is found by its keys, a short one by reading it, and both tell the same', async () => {
  await using stage = peerStage({ bytesMax: 1 << 30 });
  const [ada, bob] = [await stage.person(), await stage.person()];
  for (let at = 0; at <= peerScanRowsMax + 200; at += 200) {
    const person = at % 400 === 0 ? ada : bob;
    const batch = await Promise.all(
      Array.from({ length: 200 }, (_, n) => person.sign({ text: `${at + n}` })),
    );
    await person.connection.session.publish({ messages: batch.map(({ bytes }) => bytes) });
  }
  const tellsOf = async (after: number): Promise<readonly string[]> => {
    const connected = bob.connect();
    connected.session.follow({ add: [interest('posts', ada.key)], remove: [] });
    connected.session.listen({ epoch: stage.store.epoch, after });
    await turns(200);
    assert.deepEqual(connected.caughtUp, [stage.store.head()]);
    return texts(connected);
  };
  const long = await tellsOf(0);
  const short = await tellsOf(stage.store.head() - peerScanRowsMax);
  assert.equal(long.length, 200 * 6);
  assert.deepEqual(long.slice(-short.length), short);
});

test('[Z33] positions of another store are refused, and so is more than one connection may follow', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const { session } = ada.connection;
  assert.throws(() => session.listen({ epoch: new Uint8Array(16), after: 0 }), fault('stale'));
  assert.throws(() => session.listen({ epoch: stage.store.epoch, after: 1 }), fault('stale'));
  const many = (from: number, count: number): Interest[] =>
    Array.from({ length: count }, (_, at) =>
      interest('tag', new Uint8Array(new Uint32Array([from + at, 0, 0, 0]).buffer)),
    );
  for (let at = 0; at < peerInterestsMax; at += 1_000) session.follow({ add: many(at, 1_000), remove: [] });
  assert.throws(() => session.follow({ add: many(peerInterestsMax, 1), remove: [] }), fault('full'));
  assert.deepEqual(session.follow({ add: many(0, 1), remove: [] }), { count: peerInterestsMax });
  session[Symbol.dispose]();
  assert.equal(stage.peer.figures().followed, 0);
});
