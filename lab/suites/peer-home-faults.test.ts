/** The peer of a browser where something goes wrong: its disk is full, or the node fails a call and not the line. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageRow, PeerRemote } from 'copse/internal/api/peer.ts';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { peerPageBytesMax } from 'copse/internal/base/limits-peer.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { FakeEnv } from '../../server/src/tail/testing/fake-env.ts';
import { Browser, Disk, follow, posts, texts } from './peer-home-stage.ts';
import { peerStage, primitives, turns } from './peer-stage.ts';

type CallName = 'hello' | 'follow' | 'page' | 'listen';

/** The node fails one call so often. */
const failing =
  (name: CallName, times: number) =>
  (node: PeerRemote): Partial<PeerRemote> => {
    let left = times;
    const fails = (): boolean => left-- > 0;
    const busy = (): Promise<never> => Promise.reject(new Fault('tooMany'));
    return {
      hello: (request) => (name === 'hello' && fails() ? busy() : node.hello(request)),
      follow: (request) => (name === 'follow' && fails() ? busy() : node.follow(request)),
      page: (request) => (name === 'page' && fails() ? busy() : node.page(request)),
      listen: (request) => (name === 'listen' && fails() ? busy() : node.listen(request)),
    };
  };

const CALLS: readonly CallName[] = ['hello', 'follow', 'page', 'listen'];
for (const name of CALLS)
  test(`[Z53] a line whose first ${name} fails tells all the same what comes`, async () => {
    const env = new FakeEnv();
    await using stage = peerStage({ env });
    const [ada, bea] = [await stage.person(), await stage.person()];
    await follow(ada, bea);
    await using browser = new Browser(stage, ada.key);
    await browser.online(failing(name, 3));
    await bea.say({ text: 'one' });
    await env.advance(10_000);
    await bea.say({ text: 'two' });
    await turns(20);
    browser.offline();
    deepEqual(await texts(browser.tab().remote, [posts(bea.key)]), ['two', 'one']);
  });

test('[Z54] while the node does not tell what comes, it is asked', async () => {
  const env = new FakeEnv();
  await using stage = peerStage({ env });
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  const { message } = await bea.say({ text: 'before' });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  browser.offline();
  await bea.say({ text: 'after' });
  await bea.say({ kind: KIND.profile, text: '', content: Uint8Array.of(2) });
  await bea.say({ kind: KIND.edit, text: 'before, again', replies: [message.id] });
  await browser.online(failing('listen', Infinity));
  const { remote } = browser.tab();
  deepEqual(await texts(remote, [posts(bea.key)]), ['after', 'before, again']);
  const { row } = await remote.current({ from: bea.key, kind: KIND.profile, name: '' });
  equal(row === null ? null : readMessage(primitives, row.message).content[0], 2);
  const [got] = (await remote.get({ ids: [message.id] })).rows;
  equal(readMessage(primitives, must(got?.edit ?? null, 'an edit')).text, 'before, again');
});

test('[Z53] what somebody looks at is followed although the node fails once', async () => {
  const env = new FakeEnv();
  await using stage = peerStage({ env });
  const [ada, eve] = [await stage.person(), await stage.person()];
  await using browser = new Browser(stage, ada.key);
  let isBusy = false;
  await browser.online((node) => ({
    follow: (request) => (isBusy ? Promise.reject(new Fault('internal')) : node.follow(request)),
  }));
  const { remote, heard } = browser.tab();
  const { epoch, head } = await remote.hello({});
  isBusy = true;
  await remote.follow({ add: [posts(eve.key)], remove: [] });
  await remote.listen({ epoch, after: head });
  await env.advance(1_000);
  isBusy = false;
  await env.advance(10_000);
  await eve.say({ text: 'told' });
  await turns(20);
  deepEqual(heard, ['told']);
});

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

test('[Z54] whom one has left while the disk was full is not taken for whole when one follows her again', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'before' });
  const disk = new Disk();
  {
    await using browser = new Browser(stage, ada.key, { disk });
    await browser.online();
    disk.refuses = /home_covered/;
    await follow(ada);
    await turns(20);
    browser.offline();
    disk.refuses = null;
  }
  await bea.say({ text: 'meanwhile' });
  await using browser = new Browser(stage, ada.key, { disk });
  await browser.online();
  await follow(ada, bea);
  await turns(20);
  browser.offline();
  deepEqual(await texts(browser.tab().remote, [posts(bea.key)]), ['meanwhile', 'before']);
});

test('[Z54] what has no room here and what is here are answered together, in order, each within one answer', async () => {
  await using stage = peerStage({ bytesMax: 1 << 24 });
  const [ada, eve] = [await stage.person(), await stage.person()];
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk, bytesMax: 1 << 24 });
  const ids: Uint8Array[] = [];
  for (let n = 0; n < 40; n++) {
    const text = `water ${n} ${'x'.repeat(30_000)}`;
    ids.push((await (n % 2 === 0 ? ada : eve).say({ text })).message.id);
  }
  await browser.online();
  disk.isFull = true;
  const { remote } = browser.tab();
  const size = (rows: readonly MessageRow[]): number =>
    rows.reduce((sum, { message }) => sum + message.length, 0);
  const found: string[] = [];
  for (let rest = ids; rest.length > 0;) {
    const { rows } = await remote.get({ ids: rest });
    ok(rows.length > 0 && size(rows) <= peerPageBytesMax, `${rows.length} rows, ${size(rows)} bytes`);
    found.push(...rows.map(({ message }) => hex(readMessage(primitives, message).id)));
    const last = found.at(-1);
    rest = rest.slice(rest.findIndex((id) => hex(id) === last) + 1);
  }
  deepEqual(found, ids.map(hex));
});

test('[Z54] a search answers what waits and what the node has within one answer', async () => {
  await using stage = peerStage({ bytesMax: 1 << 24 });
  const [ada, eve] = [await stage.person(), await stage.person()];
  await using browser = new Browser(stage, ada.key, { bytesMax: 1 << 24 });
  const textOf = (n: number): string => `water ${n} ${'x'.repeat(30_000)}`;
  for (let n = 0; n < 25; n++) await eve.say({ text: textOf(n) });
  while (stage.store.indexWords(9));
  const waiting = await Promise.all(Array.from({ length: 20 }, (_, n) => ada.sign({ text: textOf(n) })));
  const { remote } = browser.tab();
  await remote.publish({ messages: waiting.map(({ bytes }) => bytes) });
  while (browser.store.indexWords(9));
  await browser.online((node) => ({
    publish: () => Promise.reject(new Fault('tooMany')),
    search: (request) => node.search(request),
  }));
  const { rows } = await remote.search({ words: 'water', before: null, rows: 100 });
  const bytes = rows.reduce((sum, { message }) => sum + message.length, 0);
  ok(rows.length > 20 && bytes <= peerPageBytesMax, `${rows.length} rows, ${bytes} bytes`);
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
