import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  exchangeCarryAgeMs,
  exchangeGapMax,
  exchangeMissedMax,
} from 'copse/internal/base/limits-exchange.ts';
import { reconcilePeerFrameBytesMax } from 'copse/internal/base/limits-reconcile.ts';
import type { MessageRow, PeerRemote } from 'copse/internal/api/peer.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import type { Snapshot } from 'copse/internal/social/reconcile/snapshot.ts';
import { Responder } from 'copse/internal/social/reconcile/responder.ts';
import { liar } from '../../../../lab/suites/exchange-liar.ts';
import {
  has,
  numbered,
  sayAll,
  Street,
  until,
  type Resident,
  type StreetNode,
} from '../../../../lab/suites/exchange-stage.ts';
import { primitives } from '../../../../lab/suites/peer-stage.ts';
import { drawItems, setOf } from '../../../../lab/suites/reconciling.ts';
import { ExchangeStore } from '../../store/exchange.ts';
import { openDatabase } from '../../store/sqlite.ts';

interface Pair extends AsyncDisposable {
  readonly street: Street;
  readonly north: StreetNode;
  readonly south: StreetNode;
  readonly ada: Resident;
  readonly bob: Resident;
}

/** Two nodes whose users follow each other, so that each compares with the other. */
async function pair(options: { readonly guestBytes?: number } = {}): Promise<Pair> {
  const street = new Street();
  const [north, south] = [await street.node(), await street.node(options)];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await bob.follow(ada);
  await ada.follow(bob);
  const isUp = ({ exchange }: StreetNode): boolean => exchange.figures().connected === 1;
  await until(() => isUp(north) && isUp(south), 'they are connected');
  return { street, north, south, ada, bob, [Symbol.asyncDispose]: () => street[Symbol.asyncDispose]() };
}

/** The messages of north are lost, and those that are given are brought there again: the same in another store. */
async function beginsAnew({ north, south, ada, bob }: Pair, messages: readonly Uint8Array[]): Promise<void> {
  const place = must(
    south.peer.options.store.current(bob.key.publicKey, KIND.addresses, ''),
    'she has said where',
  );
  await south.stop();
  await north.lose();
  for (let from = 0; from < messages.length; from += 200) await ada.bring(messages.slice(from, from + 200));
  await ada.publishesAt(north);
  await ada.bring([place.bytes]);
  await ada.say({ kind: KIND.follows, content: bob.key.publicKey });
  await until(() => north.exchange.figures().nodes === 1, 'north follows again');
  south.start();
}

test('[Z91] of another store of a node only what is missing is fetched', async () => {
  await using at = await pair();
  const { north, south, ada } = at;
  const said: Uint8Array[] = [];
  for (const text of numbered(600)) said.push((await ada.sign({ text })).bytes);
  for (let from = 0; from < said.length; from += 200) await ada.bring(said.slice(from, from + 200));
  await has(south, ada, 600);
  const late = (await ada.sign({ text: 'late' })).bytes;
  await beginsAnew(at, [...said, late]);
  await has(south, ada, 601);
  await until(() => south.exchange.figures().missing > 0);
  const { missing, compared, comparedBytes, refused } = south.exchange.figures();
  // What she says of where she is, and whom she follows, is newer, too.
  assert.ok(missing >= 1 && missing <= 3, `${missing} were missing`);
  assert.ok(compared >= 500, `${compared} were compared`);
  assert.ok(comparedBytes < 12_000, `${comparedBytes} bytes`);
  assert.equal(refused, 0);
  assert.equal(north.posts(ada.key.publicKey).length, 601);
  const [other] = south.exchange.nodes();
  assert.deepEqual(
    [other?.isUp, other?.missing, other?.comparedBytes, hex(other?.node ?? new Uint8Array(0))],
    [true, missing, comparedBytes, hex(north.key.publicKey)],
  );
});

test('[Z91] after a long absence what is here is compared, also older messages that came late', async () => {
  await using at = await pair();
  const { north, south, ada } = at;
  await sayAll(ada, numbered(50));
  await has(south, ada, 50);
  await south.stop();
  const older = await ada.sign({ text: 'older', timeMs: 1_000 });
  await ada.bring([older.bytes]);
  await sayAll(ada, numbered(5, 50));
  await north.altered(({ messages }) => {
    using database = openDatabase(messages);
    database.execute(`UPDATE peer SET last_seq = last_seq + ${exchangeGapMax}`);
  });
  await until(() => north.exchange.figures().nodes === 1);
  south.start();
  assert.deepEqual(await has(south, ada, 56), ['older', ...numbered(55)]);
  assert.equal(south.exchange.figures().missing, 6);
  await ada.say({ text: 'and on' });
  await has(south, ada, 57);
});

test('[Z91] a node that remembers nothing of its exchange compares what it has, and pages back from there', async () => {
  await using at = await pair();
  const { south, ada } = at;
  const old = await ada.sign({ text: 'old', timeMs: 500 });
  await sayAll(ada, numbered(40));
  await has(south, ada, 40);
  await south.stop();
  // Older than anything that is here: no comparison of what is here finds it.
  await ada.bring([old.bytes]);
  await sayAll(ada, numbered(3, 40));
  await south.altered(({ exchange }) => {
    for (const end of ['', '-wal', '-shm']) rmSync(`${exchange}${end}`, { force: true });
  });
  assert.deepEqual(await has(south, ada, 44), ['old', ...numbered(43)]);
  const { missing, taken } = south.exchange.figures();
  assert.deepEqual([missing, taken], [3, 4]);
});

test('[Z91] what has fallen out or was taken back here does not come back', async () => {
  await using at = await pair({ guestBytes: 1 << 20 });
  const { north, south, ada, bob } = at;
  const said: Uint8Array[] = [];
  for (let n = 0; n < 20; n++) said.push((await ada.sign({ text: `${n} ${'x'.repeat(9_000)}` })).bytes);
  await ada.bring(said);
  await until(() => south.posts(ada.key.publicKey).some((text) => text.startsWith('19 ')));
  const kept = south.posts(ada.key.publicKey).length;
  assert.ok(kept < 20, 'some have fallen out');
  // South has heard that she has taken one back; north has not.
  const gone = await ada.sign({ text: 'regretted' });
  await ada.bring([gone.bytes]);
  await until(() => south.peer.options.store.knows(gone.id));
  const back = await ada.sign({ kind: KIND.delete, replies: [gone.id] });
  await bob.bring([back.bytes]);
  const before = south.posts(ada.key.publicKey);
  await beginsAnew(at, [...said, gone.bytes]);
  await until(() => south.exchange.figures().compared > 0, 'they have compared');
  await ada.say({ text: 'on' });
  await until(() => south.posts(ada.key.publicKey).includes('on'));
  assert.deepEqual(
    south.posts(ada.key.publicKey).filter((text) => text !== 'on' && !before.includes(text)),
    [],
  );
  const { missing } = south.exchange.figures();
  assert.ok(missing <= 2, `${missing} were fetched`);
  assert.equal(north.posts(ada.key.publicKey).includes('regretted'), true);
});

test('[Z91] where positions go on nothing is compared, and what is behind the last one is all that comes', async () => {
  await using at = await pair();
  const { north, south, ada } = at;
  await sayAll(ada, numbered(50));
  await has(south, ada, 50);
  await south.altered(({ exchange }) => {
    using store = new ExchangeStore(exchange);
    assert.equal(store.cursor(north.key.publicKey)?.seq, north.peer.options.store.head());
  });
  await until(() => south.exchange.nodes()[0]?.isUp === true);
  await south.stop();
  await sayAll(ada, numbered(5, 50));
  south.start();
  assert.deepEqual(await has(south, ada, 55), numbered(55));
  const { compared, missing, taken } = south.exchange.figures();
  assert.deepEqual([compared, missing, taken], [0, 0, 5]);
});

test('[Z93] what a node has lost of what was brought to it within a day is brought again', async () => {
  await using at = await pair();
  const { north, south, ada } = at;
  // Nobody at north follows her: what is there of her was brought.
  const cleo = await south.resident();
  const question = await ada.say({ text: 'who has the key' });
  await has(south, ada, 1);
  const said = { mentions: [ada.key.publicKey], replies: [question.id] };
  const timeMs = Date.now() - exchangeCarryAgeMs - 60_000;
  const { bytes } = await cleo.say({ ...said, text: 'long ago', timeMs });
  await ada.bring([bytes]);
  await cleo.say({ ...said, text: 'I have' });
  assert.deepEqual(await has(north, cleo, 2), ['long ago', 'I have']);
  await until(() => south.exchange.figures().waiting === 0);
  await beginsAnew(at, [question.bytes]);
  await has(north, cleo, 1);
  await until(() => south.exchange.figures().waiting === 0);
  assert.deepEqual(north.posts(cleo.key.publicKey), ['I have']);
});

interface Lie {
  readonly compare: (message: Uint8Array) => Uint8Array;
  readonly get?: (ids: readonly Uint8Array[]) => readonly MessageRow[];
}

/** South has one message of Ada, and then meets a node that compares as it likes; what south has of her in the end. */
async function meets(make: (good: MessageRow, set: Snapshot) => Lie): Promise<Street> {
  const street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  const { id, bytes, timeMs } = await ada.sign({ text: 'good' });
  await bob.bring([bytes]);
  const good = { seq: 3, message: bytes, edit: null };
  let isAsked = false;
  const lie = make(good, setOf([{ id, time: timeMs }]).snapshot());
  street.liars.set(hex(north.key.publicKey), (events) => {
    const remote: PeerRemote = liar(events, { epoch: new Uint8Array(16).fill(1), rows: [], pages: [] });
    return {
      ...remote,
      hello: async (request) => ({ ...(await remote.hello(request)), compares: true }),
      compare: async ({ message }) => {
        isAsked = true;
        return { number: 1, message: lie.compare(message) };
      },
      compareOn: async ({ message }) => ({ message: lie.compare(message) }),
      get: async ({ ids }) => ({ rows: [...(lie.get?.(ids) ?? [])] }),
    };
  });
  await bob.follow(ada);
  await until(() => isAsked, 'it is met');
  await until(() => south.exchange.figures().connected === 0, 'it is left');
  assert.deepEqual(south.posts(ada.key.publicKey), ['good']);
  return street;
}

/** What answers truly of a set that is made up. */
function madeUp(good: Snapshot, count: number): (message: Uint8Array) => Uint8Array {
  const items = drawItems(5, count, (n) => good.at(0).time + 1 + n);
  const snapshot = setOf([good.at(0), ...items]).snapshot();
  const responder = new Responder({ primitives, snapshot }, { frameBytesMax: reconcilePeerFrameBytesMax });
  return (message) => responder.on(message);
}

const fingerprint = (upper: readonly number[]): Uint8Array =>
  Uint8Array.from([0x61, ...upper, 1, ...new Uint8Array(16).fill(9)]);

test('[Z92] a node that names messages and shows none of them is left alone', async () => {
  await using street = await meets((_good, set) => ({ compare: madeUp(set, exchangeMissedMax + 100) }));
  street.isLeftAlone();
});

test('[Z92] a node that comes to no end is left alone', async () => {
  // Up to infinity everything differs, whatever is asked.
  await using street = await meets(() => ({ compare: () => fingerprint([0, 0]) }));
  street.isLeftAlone();
});

test('[Z92] a node that speaks of what nobody asked about, or of nothing that can be read, is left alone', async () => {
  const answers = [fingerprint([3, 0]), Uint8Array.of(0x61, 0xff), new Uint8Array(32_000).fill(0x61)];
  for (const answer of answers) {
    await using street = await meets(() => ({ compare: () => answer }));
    street.isLeftAlone();
  }
});

test('[Z92] a node that shows others than those that it was asked for is left alone, and nothing of it is kept', async () => {
  await using street = await meets((good, set) => ({
    compare: madeUp(set, 20),
    get: () => Array.from({ length: 20 }, () => good),
  }));
  street.isLeftAlone();
});

test('[Z92] an answer that is larger than may be ends the connection', async () => {
  await using _ = await meets(() => ({ compare: () => new Uint8Array(300_000).fill(0x61) }));
});

test('[Z91] a node that refuses in the middle is asked for pages', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  const [first, second] = [await ada.sign({ text: 'first' }), await ada.sign({ text: 'second' })];
  await bob.bring([first.bytes]);
  let pages = 0;
  street.liars.set(hex(north.key.publicKey), (events) => {
    const row = { seq: 3, message: second.bytes, edit: null };
    const remote = liar(events, { epoch: new Uint8Array(16).fill(1), rows: [], pages: [] });
    return {
      ...remote,
      hello: async (request) => ({ ...(await remote.hello(request)), compares: true }),
      compare: () => Promise.reject(new Fault('full')),
      page: async () => ({ rows: pages++ === 0 ? [row] : [] }),
    };
  });
  await bob.follow(ada);
  assert.deepEqual(await has(south, ada, 2), ['first', 'second']);
  assert.equal(south.exchange.figures().missing, 0);
});
