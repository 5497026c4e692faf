/** One message after the other, each until it is at somebody who follows its author: from the call to the push. */

import type { PeerEvents } from 'copse/internal/api/peer.ts';
import { interest } from 'copse/internal/client/neighbourhood/interest.ts';
import type { Crowd } from './crowd.ts';
import { env, type Caller, type PeerGround } from './ground.ts';

const PER_CALL = 1_000;

export interface Delivered {
  readonly ms: readonly number[];
  /** Of the node, per message. */
  readonly cpuUs: number;
}

export async function deliver(ground: PeerGround, crowd: Crowd, count: number): Promise<Delivered> {
  let arrived: () => void = () => {};
  const events: PeerEvents = { messages: ({ rows }) => rows.forEach(() => arrived()), caughtUp: () => {} };
  using reader = await ground.connect(events);
  using writer = await ground.connect();
  await follow(
    reader,
    crowd.keys.map((author) => interest('posts', author)),
  );
  const messages = await crowd.messages(count);
  const ms: number[] = [];
  const before = ground.cpuSeconds();
  for (const message of messages) {
    const beganMs = performance.now();
    const isHere = new Promise<number>((resolve) => {
      arrived = () => resolve(performance.now() - beganMs);
    });
    await writer.remote.publish({ messages: [message] });
    ms.push(await isHere);
  }
  return { ms, cpuUs: ((ground.cpuSeconds() - before) * 1e6) / count };
}

async function follow({ remote }: Caller, interests: readonly ReturnType<typeof interest>[]): Promise<void> {
  for (let from = 0; from < interests.length; from += PER_CALL)
    await remote.follow({ add: interests.slice(from, from + PER_CALL), remove: [] });
  const { epoch, head } = await remote.hello({});
  await remote.listen({ epoch, after: head });
}

/** Connections that follow keys of which nothing comes: `each` on every one. */
export async function idle(
  ground: PeerGround,
  connections: number,
  each: number,
): Promise<Disposable & { readonly count: number }> {
  const callers: Caller[] = [];
  for (let n = 0; n < connections; n++) {
    const caller = await ground.connect();
    const keys = Array.from({ length: each }, () => interest('posts', env.random(32)));
    await follow(caller, keys);
    callers.push(caller);
  }
  return {
    count: connections * each,
    [Symbol.dispose]() {
      for (const caller of callers) caller[Symbol.dispose]();
    },
  };
}
