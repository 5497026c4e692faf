/** The neighbourhood over real sockets: the SDK as an application uses it, against a whole node. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileKeep, openCopse, type Copse } from 'copse';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  interest,
  KIND,
  neighbourhoodOf,
  noMarks,
  openNeighbourhood,
  type Heard,
  type Key,
  type Neighbourhood,
  type Watch,
  type WorkProgress,
} from 'copse/neighbourhood';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';

interface Neighbour {
  readonly copse: Copse;
  readonly place: Neighbourhood;
  readonly key: NonNullable<Neighbourhood['me']>;
}

interface Street {
  node: RunningNode;
  restart(): Promise<void>;
  neighbour(name: string): Promise<Neighbour>;
}

async function withStreet(task: (street: Street) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-street-'));
  await using owned = new AsyncDisposableStack();
  owned.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const start = (port: number): Promise<RunningNode> =>
    composeNode(
      readSettings({ flags: { data: join(scratch, 'node'), port }, environment: {}, file: {} }),
      realEnv(),
    );
  const street: Street = {
    node: await start(0),
    async restart() {
      const { port } = street.node;
      await street.node[Symbol.asyncDispose]();
      street.node = await start(port);
    },
    async neighbour(name) {
      const keep = await fileKeep(join(scratch, name), { machineKeyPath: join(scratch, 'machine.key') });
      const copse = await openCopse(street.node.url, { name, keep });
      owned.defer(() => copse.close());
      const place = await neighbourhoodOf(copse);
      owned.use(place);
      assert.notEqual(place.me, null);
      return { copse, place, key: place.me! };
    },
  };
  owned.defer(() => street.node[Symbol.asyncDispose]());
  await task(street);
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (holds()) return;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  assert.fail('it did not come to that');
}

test('[Z6] neighbours post, answer, edit, mention, follow, find and take back', async () => {
  await withStreet(async (street) => {
    const [ada, bob] = [await street.neighbour('Ada'), await street.neighbour('Bob')];
    const first = await ada.place.post({ text: 'The pump is broken', tags: ['Water'] });
    const answer = await bob.place.reply(first.id, { text: 'I have a spare one', mentions: [ada.key] });
    assert.deepEqual([answer.answers, answer.thread], [first.id, first.id]);
    const deeper = await ada.place.reply(answer.id, { text: 'Wonderful' });
    assert.deepEqual([deeper.answers, deeper.thread], [answer.id, first.id]);
    await ada.place.edit(first.id, { text: 'The pump was broken', tags: ['Water'] });
    await bob.place.follow(ada.key);
    const feed = await bob.place.feed();
    assert.deepEqual(
      feed.posts.map(({ text, isEdited }) => [text, isEdited]),
      [
        ['Wonderful', false],
        ['I have a spare one', false],
        ['The pump was broken', true],
      ],
    );
    assert.deepEqual(
      (await ada.place.mentions(ada.key)).posts.map(({ id }) => id),
      [answer.id],
    );
    const answers = await ada.place.answers(first.id);
    assert.deepEqual(
      answers.posts.map(({ id }) => id),
      [answer.id],
    );
    assert.deepEqual(
      (await ada.place.thread(first.id)).posts.map(({ id }) => id),
      [deeper.id, answer.id],
    );
    assert.deepEqual(
      (await bob.place.tagged('water')).posts.map(({ id }) => id),
      [first.id],
    );
    const shared = await bob.place.share(first.id, 'read this');
    assert.equal(shared.shares, first.id);
    await bob.place.takeBack(answer.id);
    assert.equal(await ada.place.get(answer.id), null);
    await ada.place.setProfile({ name: 'Ada', about: 'Pumps' });
    assert.deepEqual(await bob.place.profile(ada.key), { name: 'Ada', about: 'Pumps' });
    await bob.place.unfollow(ada.key);
    assert.deepEqual(await bob.place.follows(), []);
  });
});

test('[Z31] what comes is heard at once, and goes on behind a restart of the node', async () => {
  await withStreet(async (street) => {
    const [ada, bob] = [await street.neighbour('Ada'), await street.neighbour('Bob')];
    const heard: Heard[] = [];
    const texts = (): readonly string[] =>
      heard.map((each) => (each.kind === 'post' ? each.post.text : each.kind));
    using watch = bob.place.watch([interest('posts', ada.key)], (each) => void heard.push(each));
    assert.equal(watch.interests.length, 1);
    await watch.ready;
    await ada.place.post({ text: 'one' });
    await until(() => heard.length === 1);
    await street.restart();
    await ada.place.post({ text: 'two' });
    await until(() => heard.length === 2);
    assert.deepEqual(texts(), ['one', 'two']);
  });
});

test('[Z22] a stranger reads and writes nothing', async () => {
  await withStreet(async (street) => {
    const ada = await street.neighbour('Ada');
    const { id } = await ada.place.post({ text: 'for everybody' });
    const { url, key: node } = ada.copse.node;
    using stranger = await openNeighbourhood({ url, node, secret: null });
    assert.equal((await stranger.get(id))?.text, 'for everybody');
    await assert.rejects(stranger.post({ text: 'me too' }), (thrown) => thrown instanceof Fault);
    using unknown = await openNeighbourhood({ url, node, secret: new Uint8Array(32).fill(7) });
    assert.equal((await unknown.hello()).standing, 'stranger');
    await assert.rejects(
      unknown.post({ text: 'me too' }),
      (thrown) => thrown instanceof Fault && thrown.code === 'forbidden',
    );
  });
});

test('[Z6] the key that a node shows is the one that was expected', async () => {
  await withStreet(async (street) => {
    const ada = await street.neighbour('Ada');
    const { url } = ada.copse.node;
    using wrong = await openNeighbourhood({ url, node: ada.key, secret: null });
    await assert.rejects(wrong.hello(), (thrown) => thrown instanceof Fault && thrown.code === 'wrongPeer');
    assert.notEqual(hex(ada.key), hex(ada.copse.node.key));
  });
});

test('[Z34] who speaks by a blessing at the peer becomes no device of her user', async () => {
  await withStreet(async (street) => {
    const ada = await street.neighbour('Ada');
    assert.equal((await ada.place.hello()).standing, 'friend');
    const devices = await ada.copse.devices();
    assert.deepEqual(
      devices.map(({ device }) => device),
      [ada.copse.device],
    );
  });
});

test('[U39] answers, shares and pictures of several posts are counted at once, once per person', async () => {
  await withStreet(async (street) => {
    const [ada, bob] = [await street.neighbour('Ada'), await street.neighbour('Bob')];
    const first = await ada.place.post({ text: 'one' });
    const second = await ada.place.post({ text: 'two' });
    for (const { place } of [ada, bob]) await place.react(first.id, '👍');
    await bob.place.react(first.id, '👍');
    await bob.place.react(first.id, '🌳');
    const answer = await bob.place.reply(first.id, { text: 'an answer' });
    await ada.place.reply(answer.id, { text: 'one more' });
    const shared = await bob.place.share(first.id);
    const marks = await bob.place.marks([first.id, second.id]);
    const { reactions, ...rest } = marks.get(first.id)!;
    assert.deepEqual(rest, { answers: 2, shares: 1, shared: shared.id });
    assert.deepEqual(
      reactions.map(({ picture, count, mine }) => [picture, count, mine !== null]),
      [
        ['👍', 2, true],
        ['🌳', 1, true],
      ],
    );
    assert.deepEqual(marks.get(second.id), noMarks);
    const mine = reactions.find(({ picture }) => picture === '🌳')!.mine!;
    await bob.place.takeBack(mine);
    assert.deepEqual(
      (await bob.place.marks([first.id])).get(first.id)!.reactions.map(({ picture }) => picture),
      ['👍'],
    );
    const all = await bob.place.getAll([first.id, 'f'.repeat(64), second.id, answer.id]);
    assert.deepEqual([...all.keys()], [first.id, second.id, answer.id]);
  });
});

test('[U41] what devices of one user share is read by them and by nobody else', async () => {
  await withStreet(async (street) => {
    const [ada, bob] = [await street.neighbour('Ada'), await street.neighbour('Bob')];
    assert.equal(await ada.place.shared('marks'), null);
    await ada.place.setShared('marks', new TextEncoder().encode('secret words'));
    await ada.place.setShared('marks', new TextEncoder().encode('other words'));
    using again = await neighbourhoodOf(ada.copse);
    const opened = await again.shared('marks');
    assert.equal(new TextDecoder().decode(opened!), 'other words');
    const seen = await bob.place.current(ada.key, KIND.state, 'marks');
    assert.doesNotMatch(new TextDecoder('latin1').decode(seen!.bytes), /words/);
    // Under another name it does not open: what was shared as one thing is not taken for another.
    await ada.place.publish({ kind: KIND.state, name: 'lists', content: seen!.content });
    assert.equal(await ada.place.shared('lists'), null);
  });
});

test('[Z31] who has closed a watch is told nothing more, and another one of the same goes on', async () => {
  await withStreet(async (street) => {
    const [ada, bob] = [await street.neighbour('Ada'), await street.neighbour('Bob')];
    const heard: string[] = [];
    const hear = (name: string) => (each: Heard) => {
      if (each.kind === 'post') heard.push(`${name} ${each.post.text}`);
    };
    const first = bob.place.watch([interest('posts', ada.key)], hear('first'));
    using second = bob.place.watch([interest('posts', ada.key)], hear('second'));
    await Promise.all([first.ready, second.ready]);
    await ada.place.post({ text: 'one' });
    await until(() => heard.length === 2);
    first[Symbol.dispose]();
    await ada.place.post({ text: 'two' });
    await until(() => heard.length === 3);
    assert.deepEqual(heard.toSorted(), ['first one', 'second one', 'second two']);
    second[Symbol.dispose]();
    await until(() =>
      street.node.figures().some(({ name, value }) => name === 'peerFollowed' && value === '0'),
    );
  });
});

test('[Z31] who watches anew because of what she hears is told of it once', async () => {
  await withStreet(async (street) => {
    const [ada, bob] = [await street.neighbour('Ada'), await street.neighbour('Bob')];
    using watches = new DisposableStack();
    let heard = 0;
    const again = (): Watch =>
      watches.use(
        bob.place.watch([interest('posts', ada.key)], () => {
          heard += 1;
          assert.ok(heard < 10);
          again();
        }),
      );
    await again().ready;
    await ada.place.post({ text: 'one' });
    await until(() => heard === 1);
    await ada.place.post({ text: 'two' });
    await until(() => heard === 3);
  });
});

/** What is long and shall stay for a week costs work of a minute: it says how far it is, and stops. */
async function givesUp({ doorstep }: Neighbourhood, to: Key): Promise<void> {
  const stop = new AbortController();
  const told: WorkProgress[] = [];
  const onProgress = (progress: WorkProgress): void => {
    told.push(progress);
    stop.abort();
  };
  const long = { text: 'x'.repeat(14 << 10) };
  await assert.rejects(doorstep.knock(to, long, { days: 7, onProgress, signal: stop.signal }), {
    code: 'closed',
  });
  assert.deepEqual(
    told.map(({ bits, progress }) => [bits, progress > 0 && progress < 1]),
    [[26, true]],
  );
}

test('[Z72] a stranger knocks with work at a whole node, is accepted, and writes without', async () => {
  await withStreet(async (street) => {
    const ada = await street.neighbour('Ada');
    const { url, key: node } = ada.copse.node;
    using zoe = await openNeighbourhood({ url, node, secret: new Uint8Array(32).fill(7) });
    assert.equal((await zoe.doorstep.terms()).bits, 18);
    await givesUp(zoe, ada.key);
    const knocked = await zoe.doorstep.knock(ada.key, { text: 'May I?' }, { days: 1 });
    assert.equal(knocked.kind, 'waiting');
    assert.deepEqual((await ada.place.mentions(ada.key)).posts, []);
    const [knock] = await ada.place.doorstep.requests();
    assert.equal(knock?.post.text, 'May I?');
    await ada.place.doorstep.accept(knock.post.id);
    assert.equal((await zoe.doorstep.knock(ada.key, { text: 'Thank you' })).kind, 'delivered');
    assert.deepEqual(
      (await ada.place.mentions(ada.key)).posts.map(({ text }) => text),
      ['Thank you', 'May I?'],
    );
    const answer: { readonly work: { readonly bits: number } } = JSON.parse(
      await (await fetch(`${url}/node.json`)).text(),
    );
    assert.equal(answer.work.bits, 18);
  });
});

test('[Z70] who works for too little, or stops, has sent nothing', async () => {
  await withStreet(async (street) => {
    const ada = await street.neighbour('Ada');
    const { url, key: node } = ada.copse.node;
    using zoe = await openNeighbourhood({ url, node, secret: new Uint8Array(32).fill(7) });
    await assert.rejects(
      zoe.doorstep.knock(ada.key, { text: 'cheap' }, { bitsMax: 10 }),
      (thrown) =>
        thrown instanceof Fault && thrown.code === 'full' && /\d+ bits .* until/.test(thrown.message),
    );
    const signal = AbortSignal.abort();
    await assert.rejects(
      zoe.doorstep.knock(ada.key, { text: 'never mind' }, { signal }),
      (thrown) => thrown instanceof Fault && thrown.code === 'closed',
    );
    await ada.place.doorstep.setReach('nobody');
    await assert.rejects(
      zoe.doorstep.knock(ada.key, { text: 'hello' }, { onProgress: () => assert.fail('work for nothing') }),
      (thrown) => thrown instanceof Fault && thrown.code === 'forbidden',
    );
    assert.deepEqual(await ada.place.doorstep.requests(), []);
  });
});
