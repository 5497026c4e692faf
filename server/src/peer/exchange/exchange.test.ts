import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from 'copse/internal/base/fault.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import type { Knock } from './connect.ts';
import { encodeAbout } from 'copse/internal/social/exchange/about.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { connectTo } from '../../../../lab/suites/peer-stage.ts';
import { liar } from '../../../../lab/suites/exchange-liar.ts';
import {
  has,
  numbered,
  sayAll,
  Street,
  until,
  type Resident,
} from '../../../../lab/suites/exchange-stage.ts';

const QUIET = { messages: () => {}, caughtUp: () => {} };

test('[Z83] whom a user here follows elsewhere is fetched, then heard live, and no more when nobody follows her', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await sayAll(ada, numbered(120));
  const reader = connectTo(south.peer, bob.key.publicKey);
  reader.session.follow({
    add: [{ relation: 'posts', key: ada.key.publicKey.slice(0, 16) }],
    remove: [],
  });
  await bob.follow(ada);
  assert.deepEqual(await has(south, ada, 120), numbered(120));
  reader.session.listen({ epoch: south.peer.options.store.epoch, after: south.peer.options.store.head() });
  await ada.say({ text: 'new' });
  await until(() => reader.rows.length === 1);
  assert.equal(south.exchange.figures().refused, 0);
  await bob.leave();
  await until(() => south.exchange.figures().nodes === 0 && north.peer.figures().followed === 0);
});

test('[Z83] where somebody publishes is learned from who follows her, and what she says herself counts more', async () => {
  await using street = new Street();
  const [north, south, west] = [await street.node(), await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await ada.say({ text: 'here' });
  const about = { name: 'Ada', notes: '', addresses: [north.address], verdict: 'known' } as const;
  await bob.say({ kind: KIND.about, name: hex(ada.key.publicKey), content: encodeAbout(about) });
  await bob.say({ kind: KIND.follows, content: ada.key.publicKey });
  assert.deepEqual(await has(south, ada, 1), ['here']);
  west.users.push(ada);
  await ada.publishesAt(west, north);
  await until(() => south.exchange.figures().nodes === 2, 'both places of hers are followed');
});

test('[Z84] nothing is missed and nothing is here twice, whichever node is stopped meanwhile', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await bob.follow(ada);
  await ada.say({ text: '0' });
  await has(south, ada, 1);
  let said = 1;
  for (let round = 0; round < 4; round++) {
    const node = round % 2 === 0 ? south : north;
    await node.stop();
    if (node === south) await sayAll(ada, numbered(30, said));
    node.start();
    if (node === north) await sayAll(ada, numbered(30, said));
    said += 30;
    assert.deepEqual(await has(south, ada, said), numbered(said));
  }
  const { messages } = south.peer.figures();
  // Hers, what she says of where she is, and two statements of his.
  assert.equal(messages, said + 1 + 2);
});

test('[Z84] whenever a node is killed, it goes on without a gap', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await sayAll(ada, numbered(150));
  await bob.follow(ada);
  let said = 150;
  // In the middle of fetching, of catching up, and of hearing live.
  for (const seen of [1, 101, 150, 160, 230]) {
    await until(() => south.posts(ada.key.publicKey).length >= seen);
    const talking = sayAll(ada, numbered(40, said));
    said += 40;
    await south.crash();
    await talking;
  }
  assert.deepEqual(await has(south, ada, said), numbered(said));
});

test('[Z84] a node whose messages were set back is fetched from again, and so is one that has lost its own', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await bob.follow(ada);
  await sayAll(ada, numbered(10));
  await has(south, ada, 10);
  await north.lose();
  await sayAll(ada, numbered(10, 10));
  assert.deepEqual(await has(south, ada, 20), numbered(20));
  await south.lose();
  await bob.follow();
  await ada.publishesAt(north);
  await bob.follow(ada);
  assert.deepEqual(await has(south, ada, 10), numbered(10, 10));
});

test('[Z84] nodes whose users follow one another in a circle have each message once', async () => {
  await using street = new Street();
  const nodes = [await street.node(), await street.node(), await street.node()];
  const people: Resident[] = [];
  for (const node of nodes) people.push(await node.resident());
  for (const one of people) await one.follow(...people.filter((other) => other !== one));
  for (const [at, one] of people.entries()) await sayAll(one, numbered(20, at * 20));
  for (const node of nodes)
    for (const [at, one] of people.entries())
      assert.deepEqual(await has(node, one, 20), numbered(20, at * 20));
  const heads = nodes.map((node) => node.peer.options.store.head());
  await nodes[0]!.restart();
  await people[1]!.say({ text: 'the last' });
  await has(nodes[0]!, people[1]!, 21);
  for (const [at, node] of nodes.entries()) {
    await has(node, people[1]!, 21);
    assert.equal(node.peer.options.store.head(), heads[at]! + 1, 'each node has one more');
  }
});

test('[Z83] two hundred people on five nodes are followed over five connections', async () => {
  await using street = new Street();
  const home = await street.node();
  const bob = await home.resident();
  const people: Resident[] = [];
  for (let at = 0; at < 5; at++) {
    const node = await street.node();
    people.push(...(await Promise.all(Array.from({ length: 40 }, () => node.resident()))));
  }
  await Promise.all(people.map((one) => one.say({ text: 'before' })));
  await bob.follow(...people);
  for (const one of people) await has(home, one, 1);
  await Promise.all(people.map((one) => one.say({ text: 'after' })));
  for (const one of people) assert.deepEqual(await has(home, one, 2), ['before', 'after']);
  const { nodes, connected, followed, refused } = home.exchange.figures();
  assert.deepEqual([nodes, connected, followed, refused], [5, 5, 200, 0]);
  assert.equal(street.dialled.length, 5);
});

test('[Z85] a mention is brought to where she is reached, once, and nothing else of that node is taken', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob, cy] = [await north.resident(), await south.resident(), await south.resident()];
  // North knows south by somebody else; nobody there follows Bob.
  await ada.follow(cy);
  await bob.follow(ada);
  await until(() => north.exchange.figures().connected === 1 && south.exchange.figures().connected === 1);
  await bob.say({ text: 'hello', mentions: [ada.key.publicKey] });
  await bob.say({ text: 'to the wind' });
  assert.deepEqual(await has(north, bob, 1), ['hello']);
  await until(() => south.exchange.figures().waiting === 0);
  assert.equal(south.exchange.figures().brought, 1);
  using guest = north.peer.open({ user: null, device: south.key.publicKey, buffered: () => 0 }, QUIET);
  const other = await bob.sign({ text: 'for nobody there' });
  const { answers } = await guest.publish({ messages: [other.bytes] });
  assert.deepEqual(
    answers.map((answer) => (answer.kind === 'refused' ? answer.fault : answer.kind)),
    [FAULTS.forbidden.number],
  );
  assert.deepEqual(north.posts(bob.key.publicKey), ['hello']);
});

test('[Z85] what cannot be brought waits through a restart, and who is not known there knocks', async () => {
  const knocked: Uint8Array[] = [];
  const knock: Knock = (_remote, message) => {
    knocked.push(message);
    return Promise.resolve('taken');
  };
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node({ knock })];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await bob.follow(ada);
  await until(() => south.exchange.figures().connected === 1);
  await north.stop();
  const { bytes } = await bob.say({ text: 'are you there', mentions: [ada.key.publicKey] });
  await until(() => south.exchange.figures().waiting === 1);
  await south.restart();
  assert.equal(south.exchange.figures().waiting, 1);
  north.start();
  await until(() => south.exchange.figures().waiting === 0);
  assert.deepEqual(knocked.map(hex), [hex(bytes)]);
  assert.deepEqual(north.posts(bob.key.publicKey), []);
});

test('[Z84] what nobody signed or asked for stays out, and who shows it is left alone', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  const eve = await north.resident();
  const forged = (await ada.sign({ text: 'forged' })).bytes.slice();
  forged[forged.length - 1]! ^= 1;
  const foreign = (await eve.sign({ text: 'not asked for' })).bytes;
  const good = (await ada.sign({ text: 'good' })).bytes;
  const lies = Array.from({ length: 16 }, () => [forged, foreign, Uint8Array.of(1, 2, 3)]).flat();
  street.liars.set(hex(north.key.publicKey), (events) =>
    liar(events, {
      epoch: new Uint8Array(16).fill(1),
      rows: [good, ...lies].map((message, at) => ({ seq: 8 + at, message, edit: null })),
      pages: [{ seq: 3, message: good, edit: foreign }],
    }),
  );
  await bob.follow(ada);
  assert.deepEqual(await has(south, ada, 1), ['good']);
  await until(() => south.exchange.figures().connected === 0 && south.exchange.figures().refused >= 16);
  assert.deepEqual(south.posts(eve.key.publicKey), []);
  street.isLeftAlone();
});

test('[Z84] one that sends faster than is checked, and of another store each time, is asked again and repeats nothing', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  const large = (await ada.sign({ text: 'x'.repeat(30_000) })).bytes;
  let visits = 0;
  street.liars.set(hex(north.key.publicKey), (events) => {
    const epoch = new Uint8Array(16).fill(++visits);
    return liar(events, {
      epoch,
      rows: Array.from({ length: 300 }, (_, at) => ({ seq: 8 + at, message: large, edit: null })),
      pages: [{ seq: 3, message: large, edit: null }],
    });
  });
  await bob.follow(ada);
  await until(() => visits >= 3, 'it is asked again');
  await has(south, ada, 1);
  assert.equal(south.posts(ada.key.publicKey).length, 1);
});

test('[Z84] one that sends more than it has room for fills its own account alone', async () => {
  await using street = new Street();
  const guestBytes = 1 << 20;
  const [north, south] = [await street.node(), await street.node({ guestBytes, bytesMax: 4 << 20 })];
  const [ada, bob] = [await north.resident(), await south.resident()];
  const mine = await Promise.all(numbered(50).map((text) => bob.sign({ text })));
  await bob.bring(mine.map(({ bytes }) => bytes));
  await bob.follow(ada);
  const long = 'x'.repeat(16_000);
  for (let at = 0; at < 40; at++) await ada.say({ text: `${at} ${long}` });
  await until(() => south.posts(ada.key.publicKey).some((text) => text.startsWith('39 ')));
  const { bytes } = south.exchange.figures();
  assert.ok(bytes <= guestBytes / 8, `${bytes} bytes of another node`);
  assert.equal(south.posts(bob.key.publicKey).length, 50);
});

test('[Z86] when there is too little room, what came from other nodes goes before what users here brought', async () => {
  await using street = new Street();
  const [north, south] = [await street.node(), await street.node()];
  const [ada, bob] = [await north.resident(), await south.resident()];
  await bob.say({ text: 'the oldest' });
  await bob.follow(ada);
  await sayAll(ada, numbered(40));
  await has(south, ada, 40);
  const { bytes } = south.peer.figures();
  while (south.exchange.yield(bytes) > 0);
  assert.deepEqual(south.posts(ada.key.publicKey), []);
  assert.deepEqual(south.posts(bob.key.publicKey), ['the oldest']);
});
