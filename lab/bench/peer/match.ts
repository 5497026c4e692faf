/** Finding who follows a message among a million keys that 100,000 connections follow, ten each; one thread. */

import { must } from 'copse/internal/base/assert.ts';
import { refOf, RELATION, refsOf } from 'copse/internal/social/message/refs.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { Matcher } from 'copse/internal/social/peer/matcher.ts';
import type { Bench, BenchOptions, Figure } from '../figure.ts';
import { figure, timed } from '../per-op.ts';
import { Crowd } from './crowd.ts';
import { once } from './figures.ts';
import { env, primitives } from './ground.ts';

const CONNECTIONS = 100_000;
const EACH = 10;
const MESSAGES = 2_000;
const FANS = 60;

export const peerMatchBench: Bench = {
  name: 'peer-match',
  async run(options) {
    const crowd = await Crowd.gather();
    const messages = (await crowd.messages(MESSAGES)).map((bytes) => readMessage(primitives, bytes));
    const all = messages.map((message) => refsOf(primitives, message));
    const matcher = new Matcher<object>();
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    const connections = Array.from({ length: CONNECTIONS }, () => ({}));
    for (const connection of connections)
      for (let n = 0; n < EACH; n++) matcher.add(refOf(RELATION.author, env.random(32)), connection);
    Bun.gc(true);
    const bytes = (process.memoryUsage.rss() - before) / (CONNECTIONS * EACH);
    const figures: Figure[] = [];
    const run = async (name: string): Promise<void> => {
      figures.push(await matched(name, { matcher, all, options }));
    };
    await run('a message that nobody follows, among a million keys');
    for (const author of crowd.keys)
      for (let n = 0; n < FANS; n++)
        matcher.add(refOf(RELATION.author, author), must(connections[(n * 997) % CONNECTIONS], 'one'));
    await run(`a message that ${FANS} follow`);
    const refs = await timed(options.quick ? 3 : 7, async () => {
      for (const message of messages) refsOf(primitives, message);
      return messages.length;
    });
    return [
      ...figures,
      figure('the keys of a message, found once for store and followers', 'µs', refs),
      once('a key that is followed', 'bytes', bytes),
    ];
  },
};

interface Scene {
  readonly matcher: Matcher<object>;
  readonly all: readonly (readonly Uint8Array[])[];
  readonly options: BenchOptions;
}

async function matched(name: string, { matcher, all, options }: Scene): Promise<Figure> {
  let found = 0;
  const of = await timed(options.quick ? 4 : 8, async () => {
    for (let round = 0; round < 10; round++)
      for (const refs of all) for (const _ of matcher.of(refs)) found += 1;
    return 10 * all.length;
  });
  // The first warms the compiler.
  return figure(name, 'µs', { ...of, us: of.us.slice(1) });
}
