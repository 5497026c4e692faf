/** A peer over SQLite in memory with the primitives of the server: for tests of what a peer promises. */

import { must } from 'copse/internal/base/assert.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { MessageRow, PeerEvents, Published } from 'copse/internal/api/peer.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import type { PeerSession } from 'copse/internal/social/peer/session.ts';
import type { Hidden } from 'copse/internal/social/peer/hidden.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';

export const primitives = nativePrimitives();

export interface PeerStage extends AsyncDisposable {
  readonly peer: Peer;
  readonly store: PeerStore;
  readonly env: Env;
  person(): Promise<Person>;
  /** The same person on this peer too. */
  join(person: Person): Person;
}

export interface Connected {
  readonly session: PeerSession;
  readonly rows: MessageRow[];
  /** Positions up to which everything was told. */
  readonly at: number[];
  readonly caughtUp: number[];
  /** Bytes that the connection says wait in it. */
  waiting: number;
}

export interface Person {
  readonly key: Key;
  readonly own: SignKey;
  readonly connection: Connected;
  connect(): Connected;
  sign(terms: Partial<MessageTerms>): Promise<Message>;
  /** Signs and brings; answers what became of it. */
  say(terms: Partial<MessageTerms>): Promise<{ readonly message: Message; readonly answer: Published }>;
}

export interface StageOptions {
  readonly env?: Env;
  /** Of each user. */
  readonly bytesMax?: number;
  /** Of the peer. */
  readonly bytesInAll?: number;
  readonly store?: PeerStore;
  readonly hidden?: Hidden;
}

export function peerStage({
  env = realEnv(),
  bytesMax = 1 << 20,
  bytesInAll = 1 << 30,
  store = openPeerStore({ path: ':memory:', primitives, env }),
  hidden,
}: StageOptions = {}): PeerStage {
  const friends: Key[] = [];
  const peer = new Peer({
    store,
    primitives,
    env,
    standing: async (user) =>
      friends.some((friend) => equal(friend, user)) ? { kind: 'friend', bytesMax } : { kind: 'stranger' },
    bytesMax: bytesInAll,
    ...(hidden === undefined ? {} : { hidden }),
    soon: (task) => void setImmediate(task),
  });
  return {
    peer,
    store,
    env,
    async person() {
      const key = await signKeyOf(primitives, env.random(32));
      friends.push(key.publicKey);
      return personOf(peer, env, key);
    },
    join({ own }) {
      friends.push(own.publicKey);
      return personOf(peer, env, own);
    },
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** A connection of somebody; of a stranger where `user` is null. */
export function connectTo(peer: Peer, user: Key | null, end: (fault: Fault) => void = () => {}): Connected {
  const connected = { rows: [], at: [], caughtUp: [], waiting: 0 } as Omit<Connected, 'session'>;
  const events: PeerEvents = {
    messages: ({ rows, at }) => {
      connected.rows.push(...rows);
      connected.at.push(at);
    },
    caughtUp: ({ at }) => void connected.caughtUp.push(at),
  };
  const session = peer.open({ user, buffered: () => connected.waiting, end }, events);
  return Object.assign(connected, { session });
}

function personOf(peer: Peer, env: Env, key: SignKey): Person {
  const connection = connectTo(peer, key.publicKey);
  const sign = (terms: Partial<MessageTerms>): Promise<Message> =>
    signMessage(primitives, key.seed, { kind: 1, timeMs: env.wallMs(), text: 'words', ...terms });
  return {
    key: key.publicKey,
    own: key,
    connection,
    connect: () => connectTo(peer, key.publicKey),
    sign,
    async say(terms) {
      const message = await sign(terms);
      const { answers } = await connection.session.publish({ messages: [message.bytes] });
      return { message, answer: must(answers[0], 'one message, one answer') };
    },
  };
}

/** What is ready runs. */
export async function turns(count = 4): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve));
}
