/** The neighbourhood in the process that keeps the accounts: the store of messages, the peer over it, its door. */

import { authInternal } from 'copse/internal/api/auth.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import type { Auth } from '../auth/auth.ts';
import { openPeerStore } from '../store/peer.ts';
import type { Figure } from './metrics.ts';
import { SHARD, type Ground } from './open-auth.ts';
import { PeerDoor } from './peer-door.ts';
import type { Settings } from './settings.ts';

export interface NodePeer {
  readonly door: PeerDoor;
  figures(): readonly Figure[];
}

export async function openPeer(
  owned: AsyncDisposableStack,
  settings: Settings,
  env: Env,
  { paths, primitives, node, auth }: Ground & { readonly auth: Auth },
): Promise<NodePeer> {
  const peer = owned.use(
    new Peer({
      store: openPeerStore({ path: paths.messages, primitives, env }),
      primitives,
      env,
      standing: async (user) =>
        (await auth.knows(user))
          ? { kind: 'friend', bytesMax: settings.userMessageBytes }
          : { kind: 'stranger' },
      bytesMax: settings.messageBytes,
      soon: (task) => void setImmediate(task),
    }),
  );
  const admit = auth.admitGuest.bind(auth);
  const door = new PeerDoor({ peer, admit, node, primitives, env });
  await followChanges(owned, env, { auth, door });
  return { door, figures: () => [...door.figures(), ...figuresOf(peer)] };
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
  const { messages, bytes, sessions, followed, stored, refused, pruned } = peer.figures();
  return [
    { name: 'peerMessages', unit: '', value: String(messages) },
    { name: 'peerBytes', unit: 'bytes', value: String(bytes) },
    { name: 'peerSessions', unit: '', value: String(sessions) },
    { name: 'peerFollowed', unit: '', value: String(followed) },
    { name: 'peerStoredTotal', unit: '', value: String(stored) },
    { name: 'peerRefusedTotal', unit: '', value: String(refused) },
    { name: 'peerPrunedTotal', unit: '', value: String(pruned) },
  ];
}
