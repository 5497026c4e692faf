/** The neighbourhood in the process that keeps the accounts: the store of messages, the peer over it, its door. */

import { authInternal } from 'copse/internal/api/auth.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { guestsKey, Strangers } from 'copse/internal/social/strangers/strangers.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import type { Auth } from '../auth/auth.ts';
import { openPeerStores } from '../store/peer.ts';
import type { Figure } from './metrics.ts';
import { SHARD, type Ground } from './open-auth.ts';
import { exchangeFigures, openExchange } from './open-exchange.ts';
import { PeerDoor } from './peer-door.ts';
import type { Settings } from './settings.ts';
import type { StreetPagesOptions } from './street-pages.ts';

export interface NodePeer {
  readonly door: PeerDoor;
  /** What everybody may read. */
  readonly street: Pick<StreetPagesOptions, 'peer' | 'primitives' | 'env'>;
  readonly strangers: Strangers;
  figures(): readonly Figure[];
}

export async function openPeer(
  owned: AsyncDisposableStack,
  settings: Settings,
  env: Env,
  ground: Ground & { readonly auth: Auth },
): Promise<NodePeer> {
  const { paths, primitives, node, auth } = ground;
  const { store, strangers: rows } = openPeerStores({ path: paths.messages, primitives, env });
  const knows = async (user: Key): Promise<boolean> => (await auth.standing(user)).kind === 'friend';
  const soon = (task: () => void): void => void setImmediate(task);
  // Half of what a message costs is its signature: the thread that stores and answers leaves it to others.
  const elsewhere = nativePrimitives({ threads: true });
  const peer = owned.use(
    new Peer({
      store,
      primitives: {
        ...primitives,
        ed25519Verify: (key, message, signature) => elsewhere.ed25519Verify(key, message, signature),
      },
      env,
      standing: async (user) => {
        const standing = await auth.standing(user);
        if (standing.kind !== 'friend') return { kind: 'stranger' };
        return { kind: 'friend', bytesMax: Math.min(standing.bytes, settings.userMessageBytes) };
      },
      bytesMax: settings.messageBytes,
      guests: guestsKey(primitives, node.publicKey),
      soon,
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
    }),
  );
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
