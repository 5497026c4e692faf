import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawItems } from '../../../../lab/suites/reconciling.ts';
import {
  connectTo,
  peerStage,
  primitives,
  type Connected,
  type Person,
  type PeerStage,
} from '../../../../lab/suites/peer-stage.ts';
import { hex } from '../../base/bytes.ts';
import { realEnv } from '../../base/env.ts';
import { Fault, type FaultCode } from '../../base/fault.ts';
import { key } from '../../base/ids.ts';
import {
  reconcileFillsMax,
  reconcileItemsBurst,
  reconcileMessageItems,
  reconcileSessionsPerPeerMax,
} from '../../base/limits-reconcile.ts';
import type { Compared } from '../../api/peer.ts';
import { interest } from '../../client/neighbourhood/interest.ts';
import { KIND } from '../message/kinds.ts';
import { Initiator } from '../reconcile/initiator.ts';
import { Snapshot } from '../reconcile/snapshot.ts';
import { Comparisons } from './comparisons.ts';

const fault = (code: FaultCode) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;
const EMPTY = { primitives, snapshot: new Snapshot([]) };
const nothing = (): Uint8Array => new Initiator(EMPTY).start();

function hers({ key: of }: { readonly key: Uint8Array }, fromMs = 0) {
  return (['posts', 'other'] as const).map((relation) => ({ of: interest(relation, of), fromMs }));
}

/** What somebody learns who has nothing. */
async function learned({ session }: Connected, of: readonly Compared[]): Promise<readonly string[]> {
  const asking = new Initiator(EMPTY);
  const need: string[] = [];
  let { number, message } = await session.compare({ of, message: asking.start() });
  for (;;) {
    const step = asking.on(message);
    need.push(...step.need.map(hex));
    if (step.message === null) break;
    ({ message } = await session.compareOn({ number, message: step.message }));
  }
  session.compareEnd({ number });
  return need.toSorted();
}

async function withAda(task: (stage: PeerStage, ada: Person, bob: Person) => Promise<void>): Promise<void> {
  await using stage = peerStage();
  await task(stage, await stage.person(), await stage.person());
}

test('[Z89] what some interests lead to is compared, from a time on for each, and what is for devices alone is not', async () => {
  await withAda(async (stage, ada, bob) => {
    const nowMs = stage.env.wallMs();
    const said = [];
    for (let n = 0; n < 300; n++) said.push((await ada.say({ timeMs: nowMs - 3_000 + n })).message);
    const about = { replies: [said[7]!.id], timeMs: nowMs };
    const edit = (await ada.say({ ...about, kind: KIND.edit, text: 'other words' })).message;
    const profile = (await ada.say({ kind: KIND.profile, timeMs: nowMs, text: '' })).message;
    await ada.say({ kind: KIND.state, name: 'inbox', text: '', timeMs: nowMs });
    await ada.say({ kind: 99, text: '', timeMs: nowMs });
    await bob.say({ text: 'of somebody else', timeMs: nowMs });
    const ids = (messages: readonly { readonly id: Uint8Array }[]): readonly string[] =>
      messages.map(({ id }) => hex(id)).toSorted();
    assert.deepEqual(await learned(bob.connection, hers(ada)), ids([...said, edit, profile]));
    const late = hers(ada, nowMs - 2_800);
    assert.deepEqual(await learned(bob.connection, late), ids([...said.slice(200), edit, profile]));
    // Of a message to which two interests lead, the earlier time counts, and it is there once.
    const mine = await bob.say({ text: 'hello', mentions: [ada.key], timeMs: nowMs });
    const both = [{ of: interest('mentions', ada.key), fromMs: 0 }, ...hers(bob, nowMs + 1)];
    assert.deepEqual(await learned(bob.connection, both), ids([mine.message]));
    await ada.say({ kind: KIND.delete, replies: [said[299]!.id], text: '', timeMs: nowMs + 1 });
    const left = await learned(bob.connection, hers(ada));
    assert.equal(left.includes(hex(said[299]!.id)), false, 'what was taken back');
    assert.equal(left.length, 300 + 2);
  });
});

test('[Z14, Z89] of whom nothing is shown nothing is named, whichever interest leads to it', async () => {
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
  const [ada, tom, bob] = [await stage.person(), await stage.person(), await stage.person()];
  const { message: first } = await ada.say({ text: 'a beginning' });
  const { message: answer } = await ada.say({ text: 'on it', replies: [first.id] });
  const { message: noise } = await tom.say({ text: 'noise', replies: [first.id] });
  const thread = [{ of: interest('thread', first.id), fromMs: 0 }];
  const ids = (...messages: readonly { readonly id: Uint8Array }[]) =>
    messages.map(({ id }) => hex(id)).toSorted();
  assert.deepEqual(await learned(bob.connection, thread), ids(answer, noise));
  hidden.add(hex(tom.key));
  assert.deepEqual(await learned(bob.connection, thread), ids(answer));
  assert.deepEqual(await learned(bob.connection, hers(tom)), []);
  assert.deepEqual(await learned(bob.connection, hers(ada)), ids(first, answer));
  // What this peer has itself it does not fetch again.
  using own = await stage.peer.comparisons.hold(hers(tom));
  assert.equal(own.snapshot.size, 1);
});

test('[Z89] strangers do not compare, and another node does when this one follows it', async () => {
  await withAda(async ({ peer }, ada, bob) => {
    const asking = { of: hers(ada), message: nothing() };
    const stranger = connectTo(peer, null);
    assert.equal((await stranger.session.hello()).compares, false);
    await assert.rejects(stranger.session.compare(asking), fault('forbidden'));
    await assert.rejects(stranger.session.compareOn({ number: 1, message: nothing() }), fault('forbidden'));
    const device = key(new Uint8Array(32).fill(5));
    const events = { messages: () => {}, caughtUp: () => {} };
    using node = peer.open({ user: null, device, buffered: () => 0 }, events);
    await assert.rejects(node.compare(asking), fault('forbidden'));
    peer.host({
      committed: () => {},
      yield: () => 0,
      payer: (who) => (hex(who) === hex(device) ? { key: device, bytesMax: 1 } : null),
      nodes: () => [],
    });
    assert.equal((await node.hello()).compares, true);
    const { number } = await node.compare(asking);
    // Another connection has no part in it.
    await assert.rejects(bob.connection.session.compareOn({ number, message: nothing() }), fault('unknown'));
    await assert.rejects(stranger.session.nodes(), fault('forbidden'));
    assert.deepEqual(await bob.connection.session.nodes(), { nodes: [] });
  });
});

test('[Z90] a connection has so many comparisons, which end with it, with a message that is none, and when it says so', async () => {
  await withAda(async ({ peer }, ada, bob) => {
    await ada.say({ text: 'words' });
    const { session } = bob.connect();
    const open = () => session.compare({ of: hers(ada), message: nothing() });
    const numbers = [];
    for (let n = 0; n < reconcileSessionsPerPeerMax; n++) numbers.push((await open()).number);
    await assert.rejects(open(), fault('full'));
    const [first = 0, second = 0] = numbers;
    const none = { number: first, message: Uint8Array.of(0x61, 0xff, 0xff) };
    await assert.rejects(session.compareOn(none), fault('malformed'));
    await assert.rejects(session.compareOn({ ...none, message: nothing() }), fault('unknown'));
    session.compareEnd({ number: second });
    const { comparisons, compared } = peer.figures();
    assert.deepEqual(
      [comparisons, compared],
      [reconcileSessionsPerPeerMax - 2, reconcileSessionsPerPeerMax - 2],
    );
    // One set after the other in a connection; what is not filled yet when it ends is not filled any more.
    const [running, waiting] = [open(), open()];
    await assert.rejects(waiting, fault('tooMany'));
    session[Symbol.dispose]();
    await assert.rejects(running, fault('closed'));
    assert.deepEqual([peer.figures().comparisons, peer.figures().compared], [0, 0]);
  });
});

/** Comparisons over a store of drawn items, with a clock that each look at it and each row moves on. */
function slow(count: number) {
  const items = drawItems(3, count, (n) => n).map(({ time, id }) => ({ seq: time + 1, timeMs: time, id }));
  const slices: number[] = [];
  let [nowMs, beganMs] = [0, 0];
  const comparisons = new Comparisons({
    store: {
      at: () => [],
      items: (_ref, { timeMs, seq }, rowsMax) => {
        const from = items.findIndex(
          (row) => row.timeMs > timeMs || (row.timeMs === timeMs && row.seq > seq),
        );
        const rows = from < 0 ? [] : items.slice(from, from + rowsMax);
        nowMs += 0.02 + rows.length * 0.002;
        return rows;
      },
    },
    primitives,
    env: { ...realEnv(), nowMs: () => (nowMs += 0.001) },
    soon: (task) => {
      slices.push(nowMs - beganMs);
      setImmediate(() => {
        beganMs = nowMs;
        task();
      });
    },
  });
  return { comparisons, slices };
}

const ONE = [{ of: interest('posts', new Uint8Array(32)), fromMs: 0 }];

test('[Z90] a set is filled in slices, one set after the other, and many that wait are refused', async () => {
  const { comparisons, slices } = slow(20_000);
  const sets = await Promise.allSettled(
    Array.from({ length: reconcileFillsMax + 3 }, () => comparisons.hold(ONE)),
  );
  const filled = sets.filter((each) => each.status === 'fulfilled');
  assert.equal(filled.length, reconcileFillsMax);
  assert.ok(slices.length > reconcileFillsMax * 20, `${slices.length} slices`);
  // The first one counts from the beginning of the clock.
  for (const spent of slices.slice(1)) assert.ok(spent < 2, `a slice of ${spent} ms`);
  assert.equal(comparisons.items, reconcileFillsMax * 20_000);
  for (const { value } of filled) {
    assert.equal(value.snapshot.size, 20_000);
    value[Symbol.dispose]();
    value[Symbol.dispose]();
  }
  assert.equal(comparisons.items, 0);
});

test('[Z90] one caller has so much filled and answered, over all connections', async () => {
  const { comparisons } = slow(1);
  const ask = async (caller: string): Promise<void> => {
    const connection = {};
    await comparisons.open({ connection, caller, of: ONE, message: nothing() });
    comparisons.leave(connection);
  };
  const most = reconcileItemsBurst / reconcileMessageItems;
  let answered = 0;
  await assert.rejects(async () => {
    for (; answered <= most; answered++) await ask('eve');
  }, fault('tooMany'));
  assert.ok(answered > most / 2, `${answered} answers`);
  await ask('ada');
});
