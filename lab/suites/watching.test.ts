/** What a program is told as it happens, where the peer fails a call and not the line, and where another takes its place. */

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { peerApi, type PeerEvents, type PeerRemote } from 'copse/internal/api/peer.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Watching } from 'copse/internal/client/neighbourhood/watch.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { FakeEnv } from '../../server/src/tail/testing/fake-env.ts';
import { posts } from './peer-home-stage.ts';
import { peerStage, primitives, turns } from './peer-stage.ts';

for (const name of ['hello', 'follow', 'listen'] as const)
  for (const isFirst of [true, false])
    test(`[Z31] a watch that ${isFirst ? 'is there' : 'begins'} when ${name} fails is told all that comes`, async () => {
      const env = new FakeEnv();
      await using stage = peerStage({ env });
      const [ada, bea] = [await stage.person(), await stage.person()];
      const watching = new Watching(env, primitives);
      const session = stage.peer.open({ user: ada.key, buffered: () => 0 }, watching.events);
      const node = direct(peerApi, session, env);
      let left = 2;
      const busy = (): Promise<never> => Promise.reject(new Fault('tooMany'));
      const failing = (each: string): boolean => each === name && left-- > 0;
      const remote: PeerRemote = {
        ...node,
        hello: (request) => (failing('hello') ? busy() : node.hello(request)),
        follow: (request) => (failing('follow') ? busy() : node.follow(request)),
        listen: (request) => (failing('listen') ? busy() : node.listen(request)),
      };
      const heard: string[] = [];
      if (!isFirst) watching.up(remote);
      using watch = watching.add([posts(bea.key)], (each) =>
        heard.push(each.kind === 'post' ? each.post.text : each.kind),
      );
      if (isFirst) watching.up(remote);
      await env.advance(5_000);
      await watch.ready;
      await bea.say({ text: 'one' });
      await env.advance(5_000);
      deepEqual(heard, ['one']);
    });

/** Checks nothing before it is opened. */
function gated(): { readonly checks: Primitives; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const checks: Primitives = {
    ...primitives,
    ed25519Verify: async (...of) => {
      await opened;
      return primitives.ed25519Verify(...of);
    },
  };
  return { checks, open: () => open() };
}

test('[Z55] what the node told last hides nothing of what the browser tells in numbers of its own', async () => {
  const env = new FakeEnv();
  await using node = peerStage({ env });
  await using home = peerStage({ env });
  const [ada, bea, cat] = [await node.person(), await node.person(), await home.person()];
  const { checks, open } = gated();
  const watching = new Watching(env, checks);
  let told = 0;
  const events: PeerEvents = {
    ...watching.events,
    messages: (message) => {
      told += message.rows.length;
      watching.events.messages(message);
    },
  };
  const lineTo = ({ peer }: typeof node): PeerRemote =>
    direct(peerApi, peer.open({ user: ada.key, buffered: () => 0 }, events), env);
  const heard: string[] = [];
  watching.up(lineTo(node));
  using watch = watching.add([posts(bea.key), posts(cat.key)], (each) =>
    heard.push(each.kind === 'post' ? each.post.text : each.kind),
  );
  await watch.ready;
  for (const text of ['one', 'two', 'three']) await bea.say({ text });
  await until(() => told === 3);
  watching.up(lineTo(home));
  await until(() => heard.includes('gap'));
  open();
  await cat.say({ text: 'here' });
  await until(() => heard.includes('here'));
  deepEqual([heard[0], heard.at(-1)], ['gap', 'here']);
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turns(1);
}
