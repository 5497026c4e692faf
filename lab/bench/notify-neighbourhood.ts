/**
 * What a message of the neighbourhood costs notify, of the thread that everybody waits for: where nobody listens, where
 * it concerns nobody who does, and where it mentions somebody who does. The message is in the store already.
 */

import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, key } from 'copse/internal/base/ids.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import type { Stored } from 'copse/internal/social/peer/ingest.ts';
import { mentionOfHer, neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { News } from '../../server/src/notify/news/news.ts';
import { NeighbourhoodSeat } from '../../server/src/notify/neighbourhood/seat.ts';
import { MemoryNews } from '../../server/src/store/news-memory.ts';
import { openPeerStores } from '../../server/src/store/peer.ts';
import type { Figure } from './figure.ts';
import { threadMs } from './thread-time.ts';

const primitives = nativePrimitives();
const LISTENERS = 1_000;
const BATCH = 64;
/** The clock of the thread ticks every 4 ms. */
const ROUNDS = 20;

const keyAt = (n: number) => {
  const bytes = new Uint8Array(32).fill(7);
  new DataView(bytes.buffer).setUint32(0, n);
  return key(bytes);
};

export async function neighbourhoodFigures(folder: string, count: number): Promise<readonly Figure[]> {
  const env = realEnv();
  const { store, strangers } = openPeerStores({ path: join(folder, 'messages.sqlite'), primitives, env });
  const seed = new Uint8Array(32).fill(3);
  const author = key(await primitives.ed25519PublicKey(seed));
  let at = 0;
  const made = async (terms: (n: number) => Partial<MessageTerms>): Promise<readonly Stored[]> => {
    const messages: Message[] = [];
    for (let n = 0; n < count; n++) {
      const timeMs = env.wallMs() - 600_000 + ++at;
      const said = { kind: KIND.post, text: `${at}`, timeMs, ...terms(n) };
      messages.push(await signMessage(primitives, seed, said));
    }
    const puts = store.put(
      messages.map((message) => ({ message, payer: author, bytesMax: 1 << 30, atMs: message.timeMs })),
    );
    return messages.flatMap((message, n) => {
      const put = puts[n];
      return put?.kind === 'stored' ? [{ seq: put.seq, message }] : [];
    });
  };
  const [post] = await made(() => ({}));
  const answered = must(post, 'a post').message.id;
  const plain = await made(() => ({}));
  const elsewhere = await made((n) => ({ mentions: [keyAt(LISTENERS + n)] }));
  const answers = await made(() => ({ replies: [answered] }));
  const mentions = await made((n) => ({ mentions: [keyAt(n % LISTENERS)] }));
  const cost = async (name: string, stored: readonly Stored[], listeners: number): Promise<Figure> => {
    let sum = 0;
    for (let round = 0; round < ROUNDS; round++) sum += await once(stored, listeners);
    const value = sum / ROUNDS;
    return { name, unit: 'µs', value, spread: [value, value], cpuPerOp: value, rivals: {}, rssMb: null };
  };
  const once = async (stored: readonly Stored[], listeners: number): Promise<number> => {
    const news = new News({
      env,
      quietUntil: () => null,
      hasQuietHours: () => false,
      onClear() {},
      onDue() {},
    });
    for (let n = 0; n < listeners; n++) {
      const user = userIdOf(primitives, keyAt(n));
      const device = deviceId(n.toString(16).padStart(16, 'd'));
      news.join(user, device, neighbourhoodOf(user), ['*']);
      news.tags(device, neighbourhoodOf(user), [mentionOfHer]);
    }
    const kept = new MemoryNews();
    const from = must(stored[0], 'a message').seq - 1;
    await kept.commit({ followed: { epoch: store.epoch, seq: from, knock: 0, base: 0 } });
    const seat = new NeighbourhoodSeat({
      news,
      store: kept,
      kept: async () => {},
      read: async () => {},
      changed() {},
    });
    const { epoch } = store;
    const found = {
      get: store.get.bind(store),
      at: store.at.bind(store),
      current: store.current.bind(store),
    };
    const messages = { epoch, head: () => from, after: () => [], ...found };
    const soon = (task: () => void): void => void setImmediate(task);
    const source = { store: messages, strangers, primitives, env, soon, answering: async () => [] };
    using following = seat.follow(source, Promise.resolve());
    await following.begun;
    const beganMs = threadMs();
    for (let i = 0; i < stored.length; i += BATCH) following.stored(stored.slice(i, i + BATCH));
    const tookUs = ((threadMs() - beganMs) * 1000) / stored.length;
    for (let turns = 0; !news.tick() && turns < 1_000; turns++);
    return tookUs;
  };
  const figures = [
    await cost('a message of the neighbourhood, nobody listens', plain, 0),
    await cost('one that mentions nobody, somebody listens', plain, LISTENERS),
    await cost('one that mentions somebody who does not listen', elsewhere, LISTENERS),
    await cost('one that answers somebody who does not listen', answers, LISTENERS),
    await cost('one that mentions somebody who listens', mentions, LISTENERS),
  ];
  await store[Symbol.asyncDispose]();
  return figures;
}
