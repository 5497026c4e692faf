/** Streams of a real node: others' programs use them unchanged, and a killed node keeps what it acknowledged. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DurableStream, IdempotentProducer, stream } from '@durable-streams/client';
import { YjsProvider } from '@durable-streams/y-durable-streams';
import { YjsServer } from '@durable-streams/y-durable-streams/server';
import { must } from 'copse/internal/base/assert.ts';
import * as Y from 'yjs';
import { scratch } from './support/garden.ts';
import { startNode, type NodeChild } from './support/node.ts';

const OPEN = ['--streams', 'open', '--stream-rate', '0'];
const JSON_TYPE = 'application/json';

interface Counted {
  readonly of: string;
  readonly number: number;
}

async function isTrue(what: string, test_: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!test_()) {
    assert.ok(performance.now() < endMs, what);
    await pause(20);
  }
}

test('[F9] the client of the protocol makes, appends, follows and closes a stream', async () => {
  await using folder = await scratch();
  await using node = await startNode(`${folder.path}/data`, OPEN);
  const url = `${node.url}/v1/stream/rooms/one`;
  const room = await DurableStream.create({ url, contentType: JSON_TYPE });
  await room.append(JSON.stringify({ of: 'ada', number: 1 }));
  const live = await stream<Counted>({ url, offset: '-1', live: true });
  const seen: Counted[] = [];
  live.subscribeJson((batch) => {
    seen.push(...batch.items);
  });
  await isTrue('what was there before comes', () => seen.length === 1);
  const producer = new IdempotentProducer(room, 'bo', { autoClaim: true });
  for (let number = 1; number <= 500; number++) producer.append(JSON.stringify({ of: 'bo', number }));
  await producer.flush();
  await isTrue('what is appended later comes', () => seen.length === 501);
  assert.deepEqual(
    seen.slice(1).map(({ number }) => number),
    Array.from({ length: 500 }, (_, at) => at + 1),
  );
  await producer.close();
  const head = await room.head();
  assert.equal(head.exists, true);
  live.cancel();
});

test('[F9] documents of Yjs meet over streams, one editor after the other and at once', async () => {
  await using folder = await scratch();
  await using node = await startNode(`${folder.path}/data`, OPEN);
  const server = new YjsServer({ port: 0, dsServerUrl: node.url, compactionThreshold: 4_000 });
  await server.start();
  const editors: YjsProvider[] = [];
  const open = async (): Promise<Y.Text> => {
    const doc = new Y.Doc();
    const provider = new YjsProvider({ doc, baseUrl: `${server.url}/v1/yjs/house`, docId: 'page' });
    editors.push(provider);
    await isTrue('an editor is in step', () => provider.synced);
    return doc.getText('body');
  };
  try {
    const ada = await open();
    ada.insert(0, 'under ');
    const bo = await open();
    await isTrue('the second one has what was written', () => bo.toJSON() === 'under ');
    bo.insert(6, 'trees');
    for (let i = 0; i < 200; i++) ada.insert(0, '-');
    const text = `${'-'.repeat(200)}under trees`;
    await isTrue('both see both', () => ada.toJSON() === text && bo.toJSON() === text);
    const cai = await open();
    await isTrue('a third one too', () => cai.toJSON() === text);
  } finally {
    for (const each of editors) each.destroy();
    await server.stop();
  }
});

/** Appends numbers until told to stop, and repeats what was not acknowledged, as a producer does. */
async function writer(node: NodeChild, id: string, isOver: () => boolean): Promise<number> {
  let seq = 0;
  while (!isOver()) {
    const body = JSON.stringify({ of: id, number: seq, filler: 'x'.repeat(seq % 9 === 8 ? 150_000 : 50) });
    const headers = {
      'content-type': JSON_TYPE,
      'producer-id': id,
      'producer-epoch': '0',
      'producer-seq': String(seq),
    };
    const answer = await fetch(`${node.url}/v1/stream/killed`, { method: 'POST', headers, body }).catch(
      () => null,
    );
    if (answer?.ok === true) seq++;
    else await pause(20);
  }
  return seq;
}

/** Everything in a stream of JSON, page after page. */
async function all(url: string): Promise<readonly Counted[]> {
  const read: Counted[] = [];
  for (let offset: string | null = '-1'; offset !== null;) {
    const answer: Response = await fetch(`${url}?offset=${offset}`);
    const page: readonly Counted[] = JSON.parse(await answer.text());
    read.push(...page);
    offset = answer.headers.has('stream-up-to-date') ? null : answer.headers.get('stream-next-offset');
  }
  return read;
}

test('[F3] what a node acknowledged before it was killed is there once, and what is sent again too', async () => {
  await using folder = await scratch();
  await using node = await startNode(`${folder.path}/data`, OPEN);
  const url = `${node.url}/v1/stream/killed`;
  await fetch(url, { method: 'PUT', headers: { 'content-type': JSON_TYPE } });
  let isOver = false;
  const ids = ['ada', 'bo', 'cai', 'dee'];
  const writing = ids.map((id) => writer(node, id, () => isOver));
  for (let kill = 0; kill < 4; kill++) {
    await pause(200 + 130 * kill);
    await node.kill();
    await node.restart();
  }
  await pause(300);
  isOver = true;
  const acknowledged = await Promise.all(writing);
  const read = await all(url);
  for (const [at, id] of ids.entries()) {
    const numbers = read.filter(({ of }) => of === id).map(({ number }) => number);
    const count = must(acknowledged[at], 'each writer counts');
    assert.ok(count > 10, `${id} got ${count} through`);
    assert.deepEqual(
      numbers.slice(0, count),
      Array.from({ length: count }, (_, number) => number),
    );
    // The last one may have been on its way when all was over.
    assert.ok(numbers.length <= count + 1);
  }
});
