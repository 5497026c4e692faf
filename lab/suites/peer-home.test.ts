/** The peer of a browser beside that of its node: read, write and search without it, and agree when it is back. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerRemote } from 'copse/internal/api/peer.ts';
import { must } from 'copse/internal/base/assert.ts';
import { homeOutgoingMax } from 'copse/internal/base/limits-peer.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { Browser, Disk, follow, posts, texts } from './peer-home-stage.ts';
import { peerStage, primitives, turns } from './peer-stage.ts';

test('[Z53] what one follows, what mentions one and what one wrote elsewhere is there without the node', async () => {
  await using stage = peerStage();
  const [ada, bea, eve] = [await stage.person(), await stage.person(), await stage.person()];
  await follow(ada, bea);
  const said = await bea.say({ text: 'from bea' });
  await bea.say({ kind: KIND.edit, text: 'bea again', replies: [said.message.id] });
  await ada.say({ text: 'from another device' });
  await eve.say({ text: 'for ada', mentions: [ada.key] });
  await eve.say({ text: 'for nobody' });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  browser.offline();
  const { remote } = browser.tab();
  deepEqual(await texts(remote, [posts(bea.key)]), ['bea again']);
  deepEqual(await texts(remote, [posts(ada.key)]), ['from another device']);
  deepEqual(await texts(remote, [posts(eve.key)]), ['for ada']);
  while (browser.store.indexWords(9));
  const found = await remote.search({ words: 'again', before: null, rows: 9 });
  equal(found.rows.length, 1, 'and is searched');
});

test('[Z53] what comes later is told to the tabs, and what came while one was away, once', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote, heard } = browser.tab();
  const { epoch, head } = await remote.hello({});
  await remote.follow({ add: [posts(bea.key)], remove: [] });
  await remote.listen({ epoch, after: head });
  await bea.say({ text: 'one' });
  await turns(20);
  browser.offline();
  await bea.say({ text: 'two' });
  await browser.online();
  await bea.say({ text: 'three' });
  await turns(20);
  deepEqual(heard, ['one', 'two', 'three']);
});

test('[Z56] what is written without the node is brought there once, also after the browser was closed', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const disk = new Disk();
  const written = await Promise.all(['a', 'b', 'c'].map((text) => ada.sign({ text })));
  {
    await using browser = new Browser(stage, ada.key, { disk });
    const { remote } = browser.tab();
    const { answers } = await remote.publish({ messages: written.map(({ bytes }) => bytes) });
    ok(answers.every(({ kind }) => kind === 'stored'));
    const taken = await ada.sign({ kind: KIND.delete, text: '', replies: [must(written[0], 'one').id] });
    await remote.publish({ messages: [taken.bytes] });
    equal(stage.store.totals().messages, 0, 'the node knows nothing of it');
    deepEqual(await texts(remote, [posts(ada.key)]), ['c', 'b'], 'and here it is read');
  }
  await using browser = new Browser(stage, ada.key, { disk });
  equal(browser.outgoing().length, 4);
  await browser.online();
  deepEqual(
    written.map(({ id }) => stage.store.get(id) !== null),
    [false, true, true],
  );
  deepEqual(browser.outgoing(), []);
  browser.offline();
  const before = stage.peer.figures().stored;
  await browser.online();
  equal(stage.peer.figures().stored, before, 'nothing is brought twice');
});

test('[Z56] a worker that ends between keeping a message and storing it loses nothing', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk });
  const message = await ada.sign({ text: 'kept' });
  browser.keep.add([message]);
  await using next = new Browser(stage, ada.key, { disk });
  await turns(20);
  deepEqual(await texts(next.tab().remote, [posts(ada.key)]), ['kept']);
  await next.online();
  ok(stage.store.knows(message.id));
  deepEqual(next.outgoing(), []);
});

test('[Z56] what the node refuses later stays with the reason, until it is tried again or taken out', async () => {
  await using stage = peerStage({ bytesMax: 1_000 });
  const ada = await stage.person();
  await using browser = new Browser(stage, ada.key);
  const { remote, home } = browser.tab();
  const written = await Promise.all([ada.sign({ text: 'x'.repeat(2_000) }), ada.sign({ text: 'short' })]);
  await remote.publish({ messages: written.map(({ bytes }) => bytes) });
  await browser.online();
  deepEqual(browser.outgoing(), ['refused full']);
  const { id } = must(written[0], 'the long one');
  ok(stage.store.knows(must(written[1], 'two').id), 'the rest goes on');
  await home.again({ id });
  await turns(20);
  deepEqual(browser.outgoing(), ['refused full'], 'the node was asked again');
  equal((await texts(remote, [posts(ada.key)])).length, 2);
  await home.drop({ id });
  deepEqual(browser.outgoing(), []);
  deepEqual(await texts(remote, [posts(ada.key)]), ['short']);
});

test('[Z56] with the node at hand its answer is the answer, and what it refuses is not here', async () => {
  await using stage = peerStage({ bytesMax: 1_000 });
  const ada = await stage.person();
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote } = browser.tab();
  const written = await Promise.all([ada.sign({ text: 'x'.repeat(2_000) }), ada.sign({ text: 'short' })]);
  const { answers } = await remote.publish({ messages: written.map(({ bytes }) => bytes) });
  deepEqual(
    answers.map(({ kind }) => kind),
    ['full', 'stored'],
  );
  deepEqual(browser.outgoing(), []);
  deepEqual(await texts(remote, [posts(ada.key)]), ['short']);
});

test('[Z56] who writes before the node was met is answered by the node', async () => {
  await using stage = peerStage({ bytesMax: 1_000 });
  const ada = await stage.person();
  await using browser = new Browser(stage, ada.key, { isMet: false });
  const { remote } = browser.tab();
  const written = await Promise.all([ada.sign({ text: 'x'.repeat(2_000) }), ada.sign({ text: 'short' })]);
  const answered = remote.publish({ messages: written.map(({ bytes }) => bytes) });
  await turns(4);
  await browser.online();
  deepEqual(
    (await answered).answers.map(({ kind }) => kind),
    ['full', 'stored'],
  );
  deepEqual(browser.outgoing(), []);
});

test('[Z56] too many that wait are refused, and those before are kept', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  await using browser = new Browser(stage, ada.key);
  const { remote } = browser.tab();
  const written = await Promise.all(
    Array.from({ length: homeOutgoingMax + 1 }, (_, at) => ada.sign({ text: `${at}` })),
  );
  const some = written.slice(0, homeOutgoingMax).map(({ bytes }) => bytes);
  for (let from = 0; from < some.length; from += 256)
    await remote.publish({ messages: some.slice(from, from + 256) });
  const last = must(written.at(-1), 'the last');
  await rejects(remote.publish({ messages: [last.bytes] }), { code: 'full' });
  equal(browser.outgoing().length, homeOutgoingMax);
});

test('[Z54] what is not followed is asked of the node, and is here afterwards', async () => {
  await using stage = peerStage();
  const [ada, eve] = [await stage.person(), await stage.person()];
  const { message } = await eve.say({ text: 'one', tags: ['water'] });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote } = browser.tab();
  deepEqual(await texts(remote, [posts(eve.key)]), ['one']);
  await eve.say({ kind: KIND.edit, text: 'one, again', replies: [message.id] });
  await eve.say({ text: 'two' });
  deepEqual(await texts(remote, [posts(eve.key)]), ['two', 'one, again'], 'each time anew');
  while (stage.store.indexWords(9));
  const found = await remote.search({ words: 'again', before: null, rows: 9 });
  equal(found.rows.length, 1, 'the node is searched');
  browser.offline();
  deepEqual(await texts(remote, [posts(eve.key)]), ['two', 'one, again']);
  while (browser.store.indexWords(9));
  equal((await remote.search({ words: 'two', before: null, rows: 9 })).rows.length, 1);
  equal((await remote.get({ ids: [message.id] })).rows.length, 1);
});

test('[Z54] what was taken back meanwhile is gone here, too, when it is looked at', async () => {
  await using stage = peerStage();
  const [ada, eve] = [await stage.person(), await stage.person()];
  const { message } = await eve.say({ text: 'a secret' });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote } = browser.tab();
  equal((await remote.get({ ids: [message.id] })).rows.length, 1);
  browser.offline();
  await eve.say({ kind: KIND.delete, text: '', replies: [message.id] });
  equal((await remote.get({ ids: [message.id] })).rows.length, 1, 'nobody has said so yet');
  await browser.online();
  equal((await remote.get({ ids: [message.id] })).rows.length, 0);
});

test('[Z54, Z29] older pages come from the node where they are not here, without a gap and each once', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  const count = 1_250;
  for (let n = 0; n < count; n++) await bea.say({ text: `${n}`, timeMs: 1_000_000 + n });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote } = browser.tab();
  ok(browser.store.totals().messages < count, 'the first pages alone have come');
  const seen: string[] = [];
  for (let before: { timeMs: number; seq: number } | null = null; ;) {
    const page: Awaited<ReturnType<PeerRemote['page']>> = await remote.page({
      of: [posts(bea.key), posts(ada.key)],
      before,
      rows: 100,
    });
    const last = page.rows.at(-1);
    if (last === undefined) break;
    seen.push(...page.rows.map(({ message }) => readMessage(primitives, message).text));
    before = { timeMs: readMessage(primitives, last.message).timeMs, seq: last.seq };
  }
  deepEqual(
    seen,
    Array.from({ length: count }, (_, n) => `${count - 1 - n}`),
  );
});

test('[Z57] what was only looked at goes first, and what has no room is shown all the same', async () => {
  await using stage = peerStage();
  const [ada, bea, eve] = [await stage.person(), await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'of a friend' });
  for (let n = 0; n < 60; n++) await eve.say({ text: `${n} ${'x'.repeat(300)}`, timeMs: 1_000_000 + n });
  await using browser = new Browser(stage, ada.key, { bytesMax: 8_000 });
  await browser.online();
  const { remote } = browser.tab();
  const all = await texts(remote, [posts(eve.key)]);
  equal(all.length, 60);
  browser.offline();
  const kept = (await texts(remote, [posts(eve.key)])).length;
  ok(kept > 5 && kept < 30, `${kept} kept`);
  deepEqual(await texts(remote, [posts(bea.key)]), ['of a friend']);
});

test('[Z57] of those whom one follows the oldest goes, and what waits for the node does not', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  const long = 'x'.repeat(300);
  for (let n = 0; n < 60; n++) await bea.say({ text: `${n} ${long}`, timeMs: 1_000_000 + n });
  await using browser = new Browser(stage, ada.key, { bytesMax: 8_000 });
  await browser.online();
  browser.offline();
  const { remote } = browser.tab();
  const kept = await texts(remote, [posts(bea.key)]);
  ok(kept.length > 5 && kept.length < 30, `${kept.length} kept`);
  deepEqual(
    kept,
    Array.from(kept, (_, n) => `${59 - n} ${long}`),
  );
  const own = await Promise.all(
    Array.from({ length: 40 }, (_, n) => ada.sign({ text: `${n} ${long}`, timeMs: 2_000_000 + n })),
  );
  for (const { bytes } of own) await remote.publish({ messages: [bytes] });
  equal(browser.outgoing().length, own.length);
  ok((await texts(remote, [posts(ada.key)])).length < own.length, 'more than there is room for');
  await browser.online();
  deepEqual(browser.outgoing(), []);
  ok(own.every(({ id }) => stage.store.knows(id)));
});

test('[Z51, Z54] a browser without room shows and brings what the node has, and keeps what it had', async () => {
  await using stage = peerStage();
  const [ada, bea, eve] = [await stage.person(), await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'kept' });
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk });
  await browser.online();
  disk.isFull = true;
  const { remote, heard } = browser.tab();
  const { epoch, head } = await remote.hello({});
  await remote.follow({ add: [posts(bea.key)], remove: [] });
  await remote.listen({ epoch, after: head });
  const own = await ada.sign({ text: 'mine' });
  const { answers } = await remote.publish({ messages: [own.bytes] });
  deepEqual([answers[0]?.kind, stage.store.knows(own.id)], ['stored', true]);
  await eve.say({ text: 'of eve' });
  deepEqual(await texts(remote, [posts(eve.key)]), ['of eve']);
  await bea.say({ text: 'one' });
  await bea.say({ text: 'two' });
  await turns(20);
  deepEqual(heard, ['one', 'two'], 'and it is told as it happens');
  deepEqual(await texts(remote, [posts(bea.key)]), ['two', 'one', 'kept'], 'and shown to who asks again');
  browser.offline();
  deepEqual(await texts(remote, [posts(bea.key)]), ['kept']);
  await rejects(remote.publish({ messages: [(await ada.sign({ text: 'alone' })).bytes] }), { code: 'full' });
  disk.isFull = false;
  await browser.online();
  browser.offline();
  deepEqual(await texts(remote, [posts(bea.key)]), ['two', 'one', 'kept'], 'what was missed comes again');
});

test('[Z51] a new browser without room shows what the node has', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, { disk });
  disk.isFull = true;
  await bea.say({ text: 'before' });
  await browser.online();
  const { remote, heard } = browser.tab();
  deepEqual(await texts(remote, [posts(bea.key)]), ['before']);
  const { epoch, head } = await remote.hello({});
  await remote.follow({ add: [posts(bea.key)], remove: [] });
  await remote.listen({ epoch, after: head });
  await bea.say({ text: 'after' });
  await turns(20);
  deepEqual(heard, ['after']);
});

test('[Z53] whom one begins to follow here is there from then on', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await bea.say({ text: 'before' });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  const { remote } = browser.tab();
  const statement = await ada.sign({ kind: KIND.follows, text: '', content: bea.key.slice() });
  await remote.publish({ messages: [statement.bytes] });
  await turns(20);
  await bea.say({ text: 'after' });
  await turns(20);
  browser.offline();
  deepEqual(await texts(remote, [posts(bea.key)]), ['after', 'before']);
});

test('[Z53] a node with another store is asked anew, and nothing comes twice', async () => {
  await using stage = peerStage();
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'kept' });
  await using browser = new Browser(stage, ada.key);
  await browser.online();
  browser.offline();
  browser.keep.setMarks({ epoch: new Uint8Array(16), at: 9_999 });
  await bea.say({ text: 'new' });
  await browser.online();
  const { remote } = browser.tab();
  deepEqual(await texts(remote, [posts(bea.key)]), ['new', 'kept']);
  equal(browser.keep.marks.at, stage.store.head());
});
