/** The peer of a browser where something goes wrong: its disk is full, or the node fails a call and not the line. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { FakeEnv } from '../../server/src/tail/testing/fake-env.ts';
import { Browser, Disk, follow, posts, texts } from './peer-home-stage.ts';
import { peerStage, turns } from './peer-stage.ts';

test('[Z51] a disk that is full when it is tidied ends nothing, and is tidied later', async () => {
  const env = new FakeEnv();
  await using stage = peerStage({ env });
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  const { message } = await bea.say({ text: 'one' });
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk });
  await browser.online();
  const { seq } = must(browser.store.get(message.id), 'it is here');
  browser.store.forget(message.id);
  disk.isFull = true;
  await env.advance(61_000);
  ok(browser.keep.arrivedAt(seq) > 0);
  disk.isFull = false;
  await env.advance(61_000);
  equal(browser.keep.arrivedAt(seq), 0);
});

test('[Z51, Z56] what the node has taken is answered so, though nothing can be kept of it', async () => {
  const env = new FakeEnv();
  await using stage = peerStage({ env });
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk });
  let isFirst = true;
  await browser.online((node) => ({
    async publish(request) {
      const answer = await node.publish(request);
      if (isFirst) disk.refuses = /DELETE/;
      isFirst = false;
      return answer;
    },
  }));
  const { remote } = browser.tab();
  const timeMs = env.wallMs() + 1;
  const left = await ada.sign({ kind: KIND.follows, text: '', content: new Uint8Array(0), timeMs });
  const { answers } = await remote.publish({ messages: [left.bytes] });
  equal(answers[0]?.kind, 'stored');
  disk.refuses = null;
  await env.advance(10_000);
  deepEqual(browser.outgoing(), []);
  equal(stage.peer.figures().stored, 2, 'it is there once');
});

test('[Z56] what the node has taken meanwhile is not taken out', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote, home } = browser.tab();
  const { id, bytes } = await ada.sign({ text: 'there' });
  await remote.publish({ messages: [bytes] });
  await home.drop({ id });
  deepEqual(await texts(remote, [posts(ada.key)]), ['there']);
});

test('[Z56] what waits is told once for many changes, and no message is read for it', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk });
  const { remote, told } = browser.tab();
  const written = await Promise.all(Array.from({ length: 30 }, (_, n) => ada.sign({ text: `${n}` })));
  await Promise.all(written.map(({ bytes }) => remote.publish({ messages: [bytes] })));
  await turns(20);
  equal(browser.outgoing().length, written.length);
  ok(told() > 0 && told() < written.length, `told ${told()} times`);
  equal(disk.readBytes, 0);
});
