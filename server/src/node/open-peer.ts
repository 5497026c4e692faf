/** The neighbourhood in the process that keeps the accounts: the store of messages, the peer over it, its door. */

import { authInternal } from 'copse/internal/api/auth.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import type { Key, UserId } from 'copse/internal/base/ids.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { guestsKey, Strangers } from 'copse/internal/social/strangers/strangers.ts';
import type { Hidden } from 'copse/internal/social/peer/hidden.ts';
import { Peer, type Standing } from 'copse/internal/social/peer/peer.ts';
import type { Auth } from '../auth/auth.ts';
import type { Following } from '../notify/neighbourhood/following.ts';
import type { NeighbourhoodSource } from '../notify/neighbourhood/source.ts';
import { openPeerStores } from '../store/peer.ts';
import { Heirs } from './heirs.ts';
import { HiddenAuthors } from './hidden-authors.ts';
import type { Figure } from './metrics.ts';
import { SHARD, type Ground } from './open-auth.ts';
import { exchangeFigures, openExchange } from './open-exchange.ts';
import { PeerDoor } from './peer-door.ts';
import type { NodeNotify } from './open-notify.ts';
import type { Settings } from './settings.ts';
import type { StreetPagesOptions } from './street-pages.ts';

export interface NodePeer {
  readonly door: PeerDoor;
  /** What everybody may read. */
  readonly street: Pick<StreetPagesOptions, 'peer' | 'primitives' | 'env'>;
  readonly strangers: Strangers;
  figures(): readonly Figure[];
}

type PeerGround = Ground & { readonly auth: Auth; readonly notify: Pick<NodeNotify, 'follow'> };

export async function openPeer(
  owned: AsyncDisposableStack,
  settings: Settings,
  env: Env,
  ground: PeerGround,
): Promise<NodePeer> {
  const { paths, primitives, node, auth } = ground;
  let following: Following | null = null;
  const { store, strangers: rows } = openPeerStores({ path: paths.messages, primitives, env });
  const knows = async (user: Key): Promise<boolean> => (await auth.standing(user)).kind === 'friend';
  const soon = (task: () => void): void => void setImmediate(task);
  const heirs = new Heirs({
    formers: (user) => auth.standings.formers(user),
    inherit: async (from, to) => store.inherit(from, to),
  });
  const hidden = owned.use(await HiddenAuthors.open({ standings: auth.standings, store, env, soon }));
  const peer = owned.use(
    new Peer({
      store,
      hidden,
      primitives: checkedElsewhere(primitives),
      env,
      standing: (user) => standingOf(auth, settings, { user, heirs }),
      bytesMax: settings.messageBytes,
      guests: guestsKey(primitives, node.publicKey),
      soon,
      onStored: (stored) => following?.stored(stored),
    }),
  );
  const strangers = owned.use(
    new Strangers({
      store,
      strangers: rows,
      ingest: peer.ingest,
      primitives,
      env,
      soon,
      node: node.publicKey,
      knows,
      isAdmin: auth.isAdmin.bind(auth),
      onKnocked: () => following?.knocks.look(),
    }),
  );
  // Before anything comes in; what came before is found.
  following = openFollowing(owned, ground, { store, strangers: rows, hidden, env, soon });
  const admit = auth.admitGuest.bind(auth);
  const door = new PeerDoor({ peer, admit, strangers, node, primitives, env });
  await followChanges(owned, env, { auth, door });
  const exchange = settings.exchange ? owned.use(openExchange(settings, env, { ...ground, peer })) : null;
  const figures = (): readonly Figure[] => [
    ...door.figures(),
    ...figuresOf(peer),
    ...strangerFigures(strangers),
    ...(exchange === null ? [] : exchangeFigures(exchange)),
  ];
  const visitor = owned.use(peer.open({ user: null, buffered: () => 0 }, { messages() {}, caughtUp() {} }));
  return { door, strangers, street: { peer: visitor, primitives, env }, figures };
}

/** Half of what a message costs is its signature: the thread that stores and answers leaves it to others. */
function checkedElsewhere(primitives: Primitives): Primitives {
  const elsewhere = nativePrimitives({ threads: true });
  return {
    ...primitives,
    ed25519Verify: (key, message, signature) => elsewhere.ed25519Verify(key, message, signature),
  };
}

async function standingOf(
  auth: Auth,
  settings: Settings,
  { user, heirs }: { readonly user: Key; readonly heirs: Heirs },
): Promise<Standing> {
  const standing = await auth.standing(user);
  if (standing.kind !== 'friend') return { kind: 'stranger' };
  await heirs.meet(user);
  return { kind: 'friend', bytesMax: Math.min(standing.bytes, settings.userMessageBytes) };
}

type Followed = Pick<NeighbourhoodSource, 'store' | 'strangers' | 'env' | 'soon'>;

/** Says to notify whom messages concern; null where nobody is notified. */
function openFollowing(
  owned: AsyncDisposableStack,
  { auth, node, notify, primitives }: PeerGround,
  { hidden, ...followed }: Followed & { readonly hidden: Hidden },
): Following | null {
  if (notify.follow === null) return null;
  const isHidden = (author: Key): boolean => hidden.has(author);
  const answering = async (to: Key): Promise<readonly UserId[]> =>
    equal(to, node.publicKey) ? auth.admins() : [userIdOf(primitives, to)];
  return owned.use(notify.follow({ ...followed, primitives, isHidden, answering }));
}

/** Whose device or rights end is cut off here as well. */
async function followChanges(
  owned: AsyncDisposableStack,
  env: Env,
  { auth, door }: { readonly auth: Auth; readonly door: PeerDoor },
): Promise<void> {
  const events = {
    change: ({ change }: Parameters<Parameters<Auth['internal']>[0]['change']>[0]) => door.changed(change),
    beat: () => {},
    keys: () => {},
  };
  const internal = auth.internal(events);
  owned.use(internal);
  const remote = direct(authInternal, internal, env);
  // What changed before there was a connection ends none.
  for (let from = 0; ;) {
    const page = await remote.follow({ shard: SHARD, from });
    if (!page.more) return;
    from = page.seq;
  }
}

function figuresOf(peer: Peer): readonly Figure[] {
  const { messages, bytes, sessions, followed, stored, refused, pruned, comparisons, compared } =
    peer.figures();
  return [
    { name: 'peerMessages', unit: '', value: String(messages) },
    { name: 'peerBytes', unit: 'bytes', value: String(bytes) },
    { name: 'peerSessions', unit: '', value: String(sessions) },
    { name: 'peerFollowed', unit: '', value: String(followed) },
    { name: 'peerStoredTotal', unit: '', value: String(stored) },
    { name: 'peerRefusedTotal', unit: '', value: String(refused) },
    { name: 'peerPrunedTotal', unit: '', value: String(pruned) },
    { name: 'peerComparisons', unit: '', value: String(comparisons) },
    { name: 'peerComparedMessages', unit: '', value: String(compared) },
  ];
}

function strangerFigures(strangers: Strangers): readonly Figure[] {
  const { knocked, refused, waitingBytes, loadBits } = strangers.figures();
  return [
    { name: 'peerKnocksTotal', unit: '', value: String(knocked) },
    { name: 'peerKnocksRefusedTotal', unit: '', value: String(refused) },
    { name: 'peerKnocksWaiting', unit: 'bytes', value: String(waitingBytes) },
    { name: 'peerCrowdBits', unit: '', value: String(loadBits) },
  ];
}
