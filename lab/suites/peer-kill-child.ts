/**
 * A process that puts messages as fast as it can and prints the ids of those that were stored, until it is killed.
 * Run by `peer-kill.test.ts`.
 */

import { writeSync } from 'node:fs';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import { castOf } from './peer-play.ts';

const [path = '', run = '0'] = process.argv.slice(2);
const primitives = nativePrimitives();
const store = openPeerStore({ path, primitives, env: realEnv() });
const { seeds, keys } = await castOf(primitives);
const [seed, payer] = [must(seeds[0], 'a seed'), must(keys[0], 'a key')];

for (let round = 0; ; round++) {
  const terms = Array.from({ length: 1 + (round % 9) }, (_, n) => ({
    kind: KIND.post,
    timeMs: 1_000 + round,
    text: `${run} ${round} ${n}`,
    tags: [`${n}`],
  }));
  const messages = await Promise.all(terms.map((each) => signMessage(primitives, seed, each)));
  // Four hundred messages have room: what is older falls out while the process is killed.
  const answers = store.put(
    messages.map((message) => ({ message, payer, bytesMax: 120_000, atMs: 1_000 + round })),
  );
  const stored = messages.filter((_, n) => answers[n]?.kind === 'stored');
  writeSync(1, stored.map(({ id }) => `${round} ${hex(id)}\n`).join(''));
  store.indexWords(4);
}
