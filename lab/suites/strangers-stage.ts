/** Strangers before a peer over SQLite in memory: for tests of how they reach its users. */

import { refOfInterest } from 'copse/internal/social/peer/interests.ts';
import { must } from 'copse/internal/base/assert.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { workStampMsMax } from 'copse/internal/base/limits-work.ts';
import type { Knocked, Purpose } from 'copse/internal/api/strangers.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { Grind, headOf, plainGrinder, WORK_ALGORITHM, type Stamp } from 'copse/internal/crypto/work.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import { Strangers, type StrangersOptions } from 'copse/internal/social/strangers/strangers.ts';
import type { StrangerSession } from 'copse/internal/social/strangers/session.ts';
import type { StrangerStore } from 'copse/internal/social/strangers/store.ts';
import { openPeerStores } from '../../server/src/store/peer.ts';
import { Clock } from './auth-stage.ts';
import { peerStage, primitives, type Connected, type PeerStage } from './peer-stage.ts';

export interface StrangersStage extends AsyncDisposable {
  readonly peer: Peer;
  readonly strangers: Strangers;
  readonly store: StrangerStore;
  readonly env: Clock;
  readonly node: Key;
  member(isAdmin?: 'admin'): Promise<Member>;
  stranger(): Promise<Outsider>;
}

export interface Member {
  readonly key: Key;
  readonly session: StrangerSession;
  readonly connection: Connected;
  sign(terms: Partial<MessageTerms>): Promise<Message>;
  say(terms: Partial<MessageTerms>): Promise<Message>;
  /** Messages that mention her, as everybody finds them. */
  mentions(): number;
}

export interface Outsider {
  readonly key: Key;
  readonly session: StrangerSession;
  letter(to: Key, terms?: Partial<MessageTerms>): Promise<Message>;
  /** Asks for the price, works and knocks. */
  knock(to: Key, options?: KnockOptions): Promise<Knocked & { readonly message: Message }>;
}

export interface KnockOptions {
  readonly message?: Message;
  readonly purpose?: Purpose;
  readonly days?: number;
  /** Works so much, whatever it costs. */
  readonly bits?: number;
  readonly isPriced?: boolean;
}

export interface StageOptions {
  readonly path?: string;
  readonly node?: Key;
}

export async function strangersStage({
  path = ':memory:',
  node,
}: StageOptions = {}): Promise<StrangersStage> {
  const env = new Clock();
  const { store, strangers: rows } = openPeerStores({ path, primitives, env });
  const at = peerStage({ env, store });
  const nodeKey = node ?? (await signKeyOf(primitives, env.random(32))).publicKey;
  const members: Key[] = [];
  const admins: Key[] = [];
  const among = (keys: readonly Key[]) => async (user: Key) => keys.some((each) => equal(each, user));
  const parts = { node: nodeKey, knows: among(members), isAdmin: among(admins) };
  const strangers = strangersAt(at, rows, parts);
  return {
    peer: at.peer,
    strangers,
    store: rows,
    env,
    node: nodeKey,
    async member(isAdmin) {
      const person = await at.person();
      members.push(person.key);
      if (isAdmin === 'admin') admins.push(person.key);
      return {
        key: person.key,
        session: strangers.open(person.key),
        connection: person.connection,
        sign: (terms) => person.sign(terms),
        say: async (terms) => (await person.say(terms)).message,
        mentions: () => mentionsOf(at.peer, person.key),
      };
    },
    async stranger() {
      return outsider(strangers, { env, node: nodeKey }, await signKeyOf(primitives, env.random(32)));
    },
    async [Symbol.asyncDispose]() {
      strangers[Symbol.dispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

/** Before a peer whose store is in one file with `rows`. */
export function strangersAt(
  { peer, store, env }: Pick<PeerStage, 'peer' | 'store' | 'env'>,
  rows: StrangerStore,
  who: Pick<StrangersOptions, 'node' | 'knows' | 'isAdmin'>,
): Strangers {
  const soon = (task: () => void): void => void setImmediate(task);
  return new Strangers({ store, strangers: rows, ingest: peer.ingest, primitives, env, soon, ...who });
}

function mentionsOf(peer: Peer, of: Key): number {
  const interest = { relation: 'mentions', key: of.slice(0, 16) } as const;
  const refs = [refOfInterest(interest)];
  return peer.options.store.page({ refs, before: null, rowsMax: 100, bytesMax: 1 << 20 }).length;
}

function outsider(
  strangers: Strangers,
  { env, node }: { readonly env: Env; readonly node: Key },
  { seed, publicKey }: SignKey,
): Outsider {
  const session = strangers.open(publicKey);
  const letter = (to: Key, terms: Partial<MessageTerms> = {}): Promise<Message> =>
    signMessage(primitives, seed, { kind: 1, timeMs: env.wallMs(), text: 'hello', mentions: [to], ...terms });
  return {
    key: publicKey,
    session,
    letter,
    async knock(to, options = {}) {
      const { purpose = 'letter', days = 1, isPriced = true } = options;
      const message = options.message ?? (await letter(to));
      const asked = { to, size: message.bytes.length, days, purpose };
      const price = isPriced ? must((await session.price(asked)).price, 'she is reached') : null;
      const bits = options.bits ?? must(price, 'what is not priced says how much').bits;
      const stamp = stampFor({ id: message.id, node, recipient: to }, bits, env);
      const knocked = await session.knock({ to, message: message.bytes, purpose, days, stamp, price });
      return { ...knocked, message };
    },
  };
}

/** Works. */
export function stampFor(
  of: Parameters<typeof headOf>[0],
  bits: number,
  env: Pick<Env, 'wallMs'>,
  forMs: number = workStampMsMax,
): Stamp {
  const expiresMs = env.wallMs() + forMs;
  const head = headOf(of, { bits, expiresMs });
  const grind = new Grind(plainGrinder(primitives), head, { bits, first: new Uint8Array(8) });
  for (;;) {
    const nonce = grind.step(1 << 16);
    if (nonce !== null) return { algorithm: WORK_ALGORITHM, bits, expiresMs, nonce };
  }
}

/** A key that nobody has. */
export function nobody(env: Pick<Env, 'random'>): Key {
  return key(env.random(32));
}
