/**
 * What a message of the neighbourhood costs notify, of the thread that everybody waits for: where nobody listens, where
 * it concerns nobody who does, and where it mentions somebody who does. The message is in the store already.
 */

import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, key } from 'copse/internal/base/ids.ts';
import { peerCommitMax } from 'copse/internal/base/limits-peer.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import type { Stored } from 'copse/internal/social/peer/ingest.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { NeighbourhoodSeat } from '../../server/src/notify/neighbourhood/seat.ts';
import { News } from '../../server/src/notify/news/news.ts';
import { MemoryNews } from '../../server/src/store/news-memory.ts';
import { openPeerStores } from '../../server/src/store/peer.ts';
import type { Figure } from './figure.ts';
import { threadMs } from './thread-time.ts';

const primitives = nativePrimitives();
const env = realEnv();
const LISTENERS = 1_000;
const BATCH = 64;
/** The clock of the thread ticks every 4 ms. */
const ROUNDS = 20;
const SEED = new Uint8Array(32).fill(3);

const keyAt = (n: number) => {
  const bytes = new Uint8Array(32).fill(7);
  new DataView(bytes.buffer).setUint32(0, n);
  return key(bytes);
};

type Stores = ReturnType<typeof openPeerStores>;
type Terms = (n: number) => Partial<MessageTerms>;

export async function neighbourhoodFigures(folder: string, count: number): Promise<readonly Figure[]> {
  const stores = openPeerStores({ path: join(folder, 'messages.sqlite'), primitives, env });
  const made = (terms: Terms) => written(stores, count, terms);
  const plain = await made(() => ({}));
  const answered = must(plain[0], 'a post').message.id;
  const elsewhere = await made((n) => ({ mentions: [keyAt(LISTENERS + n)] }));
  const answers = await made(() => ({ replies: [answered] }));
  const mentions = await made((n) => ({ mentions: [keyAt(n % LISTENERS)] }));
  const figures = [
    await cost('a message of the neighbourhood, nobody listens', { stores, stored: plain, listeners: 0 }),
    await cost('one that mentions nobody, somebody listens', { stores, stored: plain }),
    await cost('one that mentions somebody who does not listen', { stores, stored: elsewhere }),
    await cost('one that answers somebody who does not listen', { stores, stored: answers }),
    await cost('one that mentions somebody who listens', { stores, stored: mentions }),
  ];
  await stores.store[Symbol.asyncDispose]();
  return figures;
}

async function written({ store }: Stores, count: number, terms: Terms): Promise<readonly Stored[]> {
  const payer = key(await primitives.ed25519PublicKey(SEED));
  const stored: Stored[] = [];
  while (stored.length < count) {
    const messages: Message[] = [];
    for (let n = stored.length; messages.length < peerCommitMax; n++) {
      const said = { kind: KIND.post, text: `${store.head()} ${n}`, timeMs: env.wallMs(), ...terms(n) };
      messages.push(await signMessage(primitives, SEED, said));
    }
    const puts = store.put(
      messages.map((message) => ({ message, payer, bytesMax: 1 << 30, atMs: message.timeMs })),
    );
    for (const [n, message] of messages.entries()) {
      const put = puts[n];
      if (put?.kind === 'stored') stored.push({ seq: put.seq, message });
    }
  }
  return stored;
}

interface Told {
  readonly stores: Stores;
  readonly stored: readonly Stored[];
  readonly listeners?: number;
}

async function cost(name: string, { stores, stored, listeners = LISTENERS }: Told): Promise<Figure> {
  let sumMs = 0;
  for (let round = 0; round < ROUNDS; round++) sumMs += await followed(stores, stored, listeners);
  const value = (sumMs * 1_000) / (ROUNDS * stored.length);
  return { name, unit: 'µs', value, spread: [value, value], cpuPerOp: value, rivals: {}, rssMb: null };
}

/** How long it takes to follow all of them, with what is told swept behind each batch and not counted. */
async function followed(
  { store, strangers }: Stores,
  stored: readonly Stored[],
  listeners: number,
): Promise<number> {
  const news = listened(listeners);
  const kept = new MemoryNews();
  const head = must(stored[0], 'a message').seq - 1;
  const { epoch } = store;
  await kept.commit({ followed: { epoch, seq: head, knock: 0, base: 0 } });
  const nothing = async (): Promise<void> => {};
  const seat = new NeighbourhoodSeat({ news, store: kept, kept: nothing, read: nothing, changed() {} });
  const found = { get: store.get.bind(store), at: store.at.bind(store), current: store.current.bind(store) };
  const messages = { epoch, head: () => head, after: () => [], ...found };
  const soon = (task: () => void): void => void setImmediate(task);
  const isHidden = (): boolean => false;
  const source = { store: messages, strangers, isHidden, primitives, env, soon, answering: async () => [] };
  using following = seat.follow(source, Promise.resolve());
  await following.begun;
  let sumMs = 0;
  for (let i = 0; i < stored.length; i += BATCH) {
    const beganMs = threadMs();
    following.stored(stored.slice(i, i + BATCH));
    sumMs += threadMs() - beganMs;
    while (!news.tick());
  }
  return sumMs;
}

function listened(listeners: number): News {
  const never = (): null => null;
  const news = new News({
    env,
    quietUntil: never,
    hasQuietHours: () => false,
    onClear() {},
    onDue() {},
  });
  for (let n = 0; n < listeners; n++) {
    const user = userIdOf(primitives, keyAt(n));
    const device = deviceId(n.toString(16).padStart(8, '0').padStart(16, 'd'));
    news.join(user, device, neighbourhoodOf(user), ['*']);
  }
  return news;
}
