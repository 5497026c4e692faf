/** What a program is told as it happens, where the peer fails a call and not the line. */

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { peerApi, type PeerRemote } from 'copse/internal/api/peer.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Watching } from 'copse/internal/client/neighbourhood/watch.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { FakeEnv } from '../../server/src/tail/testing/fake-env.ts';
import { posts } from './peer-home-stage.ts';
import { peerStage, primitives } from './peer-stage.ts';

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
