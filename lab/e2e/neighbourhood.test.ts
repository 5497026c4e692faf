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
  neighbourhoodOf,
  openNeighbourhood,
  type Heard,
  type Neighbourhood,
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
    await until(() =>
      street.node.figures().some(({ name, value }) => name === 'peerFollowed' && value === '1'),
    );
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
