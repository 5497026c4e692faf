/** The peer of a browser beside that of its node: read, write and search without it, and agree when it is back. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { peerApi, type Interest, type PeerRemote, type Published } from 'copse/internal/api/peer.ts';
import { must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { PeerHome } from 'copse/internal/browser/peer/home.ts';
import type { MarkKeep, Marks } from 'copse/internal/browser/peer/marks.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { linkPair } from 'copse/internal/link/link.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { PeerSession } from 'copse/internal/social/peer/session.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import { peerStage, primitives, turns, type PeerStage, type Person } from './peer-stage.ts';

/** What a browser keeps while it is closed. */
class Disk implements MarkKeep {
  marks: Marks = { epoch: null, at: 0, sent: 0 };
  read = (): Marks => this.marks;
  write = (marks: Marks): void => void (this.marks = marks);
}

interface Tab {
  readonly remote: PeerRemote;
  readonly heard: string[];
}

class Browser implements AsyncDisposable {
  readonly #stage: PeerStage;
  readonly #user: Key;
  readonly store: PeerStore;
  readonly home: PeerHome;
  readonly refused: Published[] = [];
  #session: PeerSession | null = null;

  constructor(stage: PeerStage, user: Key, disk = new Disk()) {
    this.#stage = stage;
    this.#user = user;
    this.store = openPeerStore({ path: ':memory:', primitives, env: stage.env });
    this.home = new PeerHome({
      env: stage.env,
      primitives,
      store: this.store,
      marks: disk,
      user,
      bytesMax: 1 << 20,
      soon: (task) => void setImmediate(task),
      onRefused: (_, answer) => this.refused.push(answer),
    });
  }

  async online(): Promise<void> {
    this.#session = this.#stage.peer.open({ user: this.#user, buffered: () => 0 }, this.home.upstream.events);
    await this.home.up(direct(peerApi, this.#session, this.#stage.env));
    await turns(20);
  }

  offline(): void {
    this.home.upstream.down();
    this.#session?.[Symbol.dispose]();
  }

  tab(): Tab {
    const [here, there] = linkPair();
    this.home.serve(there);
    const heard: string[] = [];
    const { remote } = dial(
      peerApi,
      here,
      {
        messages: ({ rows }) =>
          heard.push(...rows.map(({ message }) => readMessage(primitives, message).text)),
        caughtUp: () => {},
      },
      this.#stage.env,
    );
    return { remote, heard };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.home[Symbol.asyncDispose]();
  }
}

const posts = (who: Key): Interest => ({ relation: 'posts', key: who.slice(0, 16) });

async function texts(remote: PeerRemote, of: readonly Interest[]): Promise<readonly string[]> {
  const { rows } = await remote.page({ of: [...of], before: null, rows: 100 });
  return rows.map(({ message, edit }) => readMessage(primitives, edit ?? message).text);
}

async function follow(person: Person, ...whom: readonly Person[]): Promise<void> {
  const content = concat(...whom.map(({ key }) => key));
  await person.say({ kind: KIND.follows, text: '', content });
}

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

test('[Z53] what is written without the node is brought there once, also after the browser was closed', async () => {
  await using stage = peerStage();
  const ada = await stage.person();
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, disk);
  const { remote } = browser.tab();
  const written = await Promise.all(['a', 'b', 'c'].map((text) => ada.sign({ text })));
  const { answers } = await remote.publish({ messages: written.map(({ bytes }) => bytes) });
  ok(answers.every(({ kind }) => kind === 'stored'));
  const taken = await ada.sign({ kind: KIND.delete, text: '', replies: [must(written[0], 'one').id] });
  await remote.publish({ messages: [taken.bytes] });
  equal(stage.store.totals().messages, 0, 'the node knows nothing of it');
  await browser.online();
  const there = written.map(({ id }) => stage.store.get(id) !== null);
  deepEqual(there, [false, true, true]);
  equal(disk.marks.sent, browser.store.head());
  browser.offline();
  const before = stage.peer.figures().stored;
  await browser.online();
  equal(stage.peer.figures().stored, before, 'nothing is brought twice');
});

test('[Z53] what the node does not take is told, and the rest goes on', async () => {
  await using stage = peerStage({ bytesMax: 1_000 });
  const ada = await stage.person();
  await using browser = new Browser(stage, ada.key);
  const { remote } = browser.tab();
  const written = await Promise.all([ada.sign({ text: 'x'.repeat(2_000) }), ada.sign({ text: 'short' })]);
  await remote.publish({ messages: written.map(({ bytes }) => bytes) });
  await browser.online();
  deepEqual(
    browser.refused.map(({ kind }) => kind),
    ['full'],
  );
  ok(stage.store.knows(must(written[1], 'two').id));
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
  const disk = new Disk();
  await using browser = new Browser(stage, ada.key, disk);
  await browser.online();
  browser.offline();
  disk.marks = { ...disk.marks, epoch: new Uint8Array(16), at: 9_999 };
  await bea.say({ text: 'new' });
  await browser.online();
  const { remote } = browser.tab();
  deepEqual(await texts(remote, [posts(bea.key)]), ['new', 'kept']);
  equal(disk.marks.at, stage.store.head());
});
