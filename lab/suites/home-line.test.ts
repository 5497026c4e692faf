/** The line of a tab to the messages that another tab of its browser has, while that one is suspended. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { peerApi, type PeerRemote } from 'copse/internal/api/peer.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { callMs, idleMs } from 'copse/internal/base/limits.ts';
import { homeOpenMs } from 'copse/internal/base/limits-peer.ts';
import { HomeLine } from 'copse/internal/browser/peer/home-line.ts';
import { PipeLink, type Pipe } from 'copse/internal/browser/peer/pipe-link.ts';
import { ASK, HERE, homeName, pairName, squareName } from 'copse/internal/browser/peer/words.ts';
import { arrivedOf, type PlaceLine } from 'copse/internal/client/neighbourhood/place-line.ts';
import { postOf } from 'copse/internal/client/neighbourhood/read.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { FakeEnv } from '../../server/src/tail/testing/fake-env.ts';
import { Browser, follow, posts, texts } from './peer-home-stage.ts';
import { connectTo, peerStage, primitives, turns, type PeerStage, type Person } from './peer-stage.ts';

const URL = 'http://node.test';

/** The lock of the messages goes to the tab that asked for it last. */
let lead: () => void = () => {};

/** Another tab holds the lock of the messages; files are lent. */
before(() => {
  const locks = {
    request: async (name: string, _: object, granted: () => Promise<void>) => {
      if (!name.endsWith('/home')) return granted();
      return new Promise<void>((resolve) => {
        lead = () => resolve(granted());
      });
    },
  };
  const storage = { getDirectory: async () => ({}) };
  for (const [name, value] of Object.entries({ locks, storage }))
    Object.defineProperty(navigator, name, { value, configurable: true });
});
after(() => {
  for (const name of ['locks', 'storage']) Reflect.deleteProperty(navigator, name);
});

/** What a tab that is suspended hears is there when it wakes up. */
class Sleeper {
  #missed: (() => void)[] = [];
  #isAsleep = false;

  hear(task: () => void): void {
    if (this.#isAsleep) this.#missed.push(task);
    else task();
  }

  sleep(): void {
    this.#isAsleep = true;
  }

  wake(): void {
    this.#isAsleep = false;
    for (const task of this.#missed.splice(0)) task();
  }

  pipe(channel: BroadcastChannel): Pipe {
    return {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
      postMessage: (message) => channel.postMessage(message),
      addEventListener: (type, listener) =>
        channel.addEventListener(type, (event) => this.hear(() => listener(event))),
      close: () => channel.close(),
    };
  }
}

/** The tab that has the messages, as its worker answers on the square. */
function leading(browser: Browser, sleeper: Sleeper, name: string): Disposable {
  const square = new BroadcastChannel(squareName(name));
  const ends: (() => void)[] = [];
  square.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
    sleeper.hear(() => {
      if (typeof data !== 'string' || !data.startsWith(ASK)) return;
      const channel = new BroadcastChannel(pairName(name, data.slice(ASK.length)));
      ends.push(browser.home.serve(new PipeLink(sleeper.pipe(channel))));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
      channel.postMessage(HERE);
    }),
  );
  return {
    [Symbol.dispose]() {
      for (const end of ends) end();
      square.close();
    },
  };
}

/** The worker of the tab itself, whose messages are open when it is said. */
class OwnWorker extends EventTarget implements Worker {
  readonly onmessage = null;
  readonly onmessageerror = null;
  readonly onerror = null;
  isTerminated = false;
  #port: MessagePort | null = null;

  postMessage(_: unknown, ports: unknown): void {
    const [port]: readonly unknown[] = Array.isArray(ports) ? ports : [];
    if (port instanceof MessagePort) this.#port = port;
  }

  terminate(): void {
    this.isTerminated = true;
  }

  open(browser: Browser): void {
    ok(this.#port !== null, 'a tab that leads has a port to its worker');
    browser.home.serve(new PipeLink(this.#port));
    this.#port.start();
    this.dispatchEvent(new MessageEvent('message', { data: { kind: 'ready', isKept: true, isNew: false } }));
  }

  [Symbol.dispose](): void {
    this.#port?.close();
  }
}

class Scene implements AsyncDisposable {
  readonly env = new FakeEnv();
  readonly sleeper = new Sleeper();
  readonly stage: PeerStage = peerStage({ env: this.env });
  readonly #ends = new AsyncDisposableStack();
  /** Lines to the node itself that are open. */
  open = 0;
  /** How often the line was lost. */
  downs = 0;
  /** The other tab is closed. */
  close: () => void = () => {};
  /** Of the tab itself, once it has the lock. */
  worker: OwnWorker | null = null;
  /** It has the messages. */
  browser: Browser | null = null;

  /** `through` may spoil what the other tab asks of the node. */
  async line(user: Person, through: Parameters<Browser['online']>[0] = () => ({})): Promise<HomeLine> {
    const { env, stage } = this;
    const node = user.key;
    const browser = this.#ends.use(new Browser(stage, user.key));
    this.browser = browser;
    await browser.online(through);
    const other = this.#ends.use(leading(browser, this.sleeper, homeName(node, user.key)));
    this.close = () => other[Symbol.dispose]();
    const line = new HomeLine({
      env,
      primitives,
      url: URL,
      node,
      events: { messages: () => {}, caughtUp: () => {} },
      onUp: () => {},
      onDown: () => {
        this.downs += 1;
      },
      direct: () => this.#direct(user),
      user: user.own,
      spawn: () => {
        this.worker = this.#ends.use(new OwnWorker());
        return this.worker;
      },
    });
    this.#ends.defer(() => line.close());
    return line;
  }

  #direct(user: Person): PlaceLine {
    this.open += 1;
    const remote: PeerRemote = direct(peerApi, connectTo(this.stage.peer, user.key).session, this.env);
    const other = (): Promise<never> => Promise.reject(new Fault('internal', 'not asked for in these tests'));
    return {
      get: async () => remote,
      facet: other,
      hello: async () => remote.hello({}),
      storage: { get: () => ({ kind: 'none', why: null }), subscribe: () => () => {} },
      outgoing: { get: () => [], subscribe: () => () => {} },
      arrived: async () => null,
      again: other,
      drop: other,
      close: () => {
        this.open -= 1;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
    await this.stage[Symbol.asyncDispose]();
  }
}

/** What goes over a broadcast channel takes turns of the process. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setImmediate(resolve));
}

test('[Z55] while the tab with the messages is suspended the node is asked, and then that tab again', async () => {
  await using scene = new Scene();
  const { env, sleeper, stage } = scene;
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'before' });
  const line = await scene.line(ada);
  const remote = await line.get();
  deepEqual(await texts(remote, [posts(bea.key)]), ['before']);
  await until(() => line.storage.get().kind === 'kept');
  sleeper.sleep();
  await bea.say({ text: 'meanwhile' });
  const calls = Promise.all([texts(remote, [posts(bea.key)]), line.hello(), line.arrived([])]);
  await env.advance(13_000);
  const [asked, , arrived] = await calls;
  deepEqual([asked, arrived, scene.open], [['meanwhile', 'before'], [], 1]);
  equal(line.storage.get().kind, 'none');
  sleeper.wake();
  await until(() => line.storage.get().kind === 'kept');
  deepEqual(await line.arrived([]), []);
  equal(scene.open, 0);
});

test('[Z55] a tab that is opened while the one with the messages is suspended asks the node', async () => {
  await using scene = new Scene();
  const { env, sleeper, stage } = scene;
  const [ada, bea] = [await stage.person(), await stage.person()];
  await bea.say({ text: 'words' });
  sleeper.sleep();
  const line = await scene.line(ada);
  const asked = texts(await line.get(), [posts(bea.key)]);
  await env.advance(callMs - 1);
  deepEqual([await asked, scene.open], [['words'], 1]);
  // Nothing came from the messages of this browser, so that the places of rows are those of the node.
  equal(await line.arrived([]), null);
  sleeper.wake();
  await until(() => line.storage.get().kind === 'kept');
  equal(scene.open, 0);
});

test('[Z55] when nobody takes the messages over from a tab that was closed the node is asked', async () => {
  await using scene = new Scene();
  const { env, sleeper, stage } = scene;
  const line = await scene.line(await stage.person());
  await until(() => line.storage.get().kind === 'kept');
  sleeper.sleep();
  scene.close();
  await until(() => scene.downs > 0);
  await env.advance(callMs - 1);
  equal(line.storage.get().kind, 'none');
});

test('[Z55] a tab that is suspended is noticed although nobody asks it anything', async () => {
  await using scene = new Scene();
  const line = await scene.line(await scene.stage.person());
  await until(() => line.storage.get().kind === 'kept');
  scene.sleeper.sleep();
  await scene.env.advance(60_000);
  equal(line.storage.get().kind, 'none');
});

test('[Z55] that the node answers nothing in time is no reason to leave the tab with the messages', async () => {
  await using scene = new Scene();
  const late = (): Promise<never> => Promise.reject(new Fault('deadline'));
  const line = await scene.line(await scene.stage.person(), () => ({ pin: late }));
  await until(() => line.storage.get().kind === 'kept');
  const remote = await line.get();
  await rejects(remote.pin({ id: new Uint8Array(32), pinned: true }), { code: 'deadline' });
  equal(line.storage.get().kind, 'kept');
});

test('[Z52] a tab that takes the messages over waits for its worker to open them', async () => {
  await using scene = new Scene();
  const { env, sleeper, stage } = scene;
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'words' });
  const line = await scene.line(ada);
  await until(() => line.storage.get().kind === 'kept');
  // A beat to the former worker is due in a moment, and nothing is heard of that one, not even its end.
  await env.advance(idleMs / 3 - 1_000);
  sleeper.sleep();
  lead();
  await env.advance(homeOpenMs - 1);
  const { worker, browser } = scene;
  deepEqual([worker?.isTerminated, line.storage.get().kind], [false, 'kept']);
  ok(browser !== null);
  worker?.open(browser);
  deepEqual([await texts(await line.get(), [posts(bea.key)]), scene.open], [['words'], 0]);
});

test('[Z52] what was asked of a tab that was closed is answered by who takes the messages over', async () => {
  await using scene = new Scene();
  const { sleeper, stage } = scene;
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'words' });
  const line = await scene.line(ada);
  await until(() => line.storage.get().kind === 'kept');
  sleeper.sleep();
  const asked = texts(await line.get(), [posts(bea.key)]);
  await turns(1);
  lead();
  await turns(1);
  const { worker, browser } = scene;
  ok(browser !== null);
  worker?.open(browser);
  deepEqual(await asked, ['words']);
});

test('[Z55] a place that this browser has given a post is none at the node', async () => {
  await using scene = new Scene();
  const { env, sleeper, stage } = scene;
  const [ada, bea] = [await stage.person(), await stage.person()];
  await follow(ada, bea);
  await bea.say({ text: 'words' });
  const line = await scene.line(ada);
  const { rows } = await (await line.get()).page({ of: [posts(bea.key)], before: null, rows: 10 });
  const shown = await Promise.all(rows.map((row) => postOf(primitives, row)));
  sleeper.sleep();
  const arrived = arrivedOf(line, shown);
  await env.advance(13_000);
  deepEqual([await arrived, scene.open], [[null], 1]);
});

test('[Z56] what waits goes on waiting while the tab with the messages is suspended', async () => {
  await using scene = new Scene();
  const { env, sleeper, stage } = scene;
  const ada = await stage.person();
  const line = await scene.line(ada);
  await until(() => line.storage.get().kind === 'kept');
  scene.browser?.offline();
  const message = await ada.sign({ text: 'words' });
  await (await line.get()).publish({ messages: [message.bytes] });
  await until(() => line.outgoing.get().length === 1);
  sleeper.sleep();
  await env.advance(60_000);
  deepEqual([line.storage.get().kind, line.outgoing.get().map(({ id }) => id)], ['none', [hex(message.id)]]);
  await rejects(line.again(message.id), { code: 'closed' });
  await rejects(line.drop(message.id), { code: 'closed' });
  sleeper.wake();
  await until(() => line.storage.get().kind === 'kept');
  await line.drop(message.id);
  await until(() => line.outgoing.get().length === 0);
});
