/**
 * A node without a tail: accounts, the app and all calls of auth, for tails in other processes (SPEC A18). Who
 * connects to its own `/tail` is sent to where the shard map says.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { diskFloorBytes } from 'copse/internal/base/limits.ts';

import { AuthDoor } from './auth-door.ts';
import {
  announced,
  httpEnds,
  nodeFigures,
  openListener,
  openPages,
  running,
  type Life,
  type RunningNode,
} from './compose.ts';
import { NodeWitness } from './cosign/open.ts';
import { freeBytes } from './data-directory.ts';
import { openFiles } from './files/open.ts';
import type { Door } from './listen.ts';
import type { Figure } from './metrics.ts';
import { openAuth, openGround } from './open-auth.ts';
import { openNotify } from './open-notify.ts';
import { openPeer } from './open-peer.ts';
import { Process } from './process-figures.ts';
import type { Settings } from './settings.ts';
import { ownTailKey } from './shards/tail-key.ts';

export async function composeAuth(settings: Settings, env: Env): Promise<RunningNode> {
  await using owned = new AsyncDisposableStack();
  const ground = await openGround(owned, settings, env);
  const { paths, primitives, node } = ground;
  const tailKey = await ownTailKey(paths.directory, node.publicKey, { primitives, env });
  const machine = new Process(env);
  const witness = owned.use(new NodeWitness());
  const figures = (): readonly Figure[] => [
    ...nodeFigures(machine, settings),
    ...[auth, door, peer, notify, witness].flatMap((part) => part.figures()),
  ];
  const http = httpEnds(primitives, env);
  const origin = (): string => http.origins[0] ?? '';
  const notify = await openNotify(owned, settings, env, { ...ground, origin });
  const { auth, email } = await openAuth(owned, settings, env, { ...ground, figures, notify, origin });
  const tails = {
    key: tailKey.sign.publicKey,
    internal: auth.internal.bind(auth),
    notify: notify.forTails,
  };
  const door = new AuthDoor({ auth, node, primitives, env, tails });
  const peer = await openPeer(owned, settings, env, { ...ground, auth, notify });
  const life: Life = { draining: false };
  const { directory } = paths;
  const { strangers } = peer;
  const why = (): string | null => notReady(life, directory);
  const street = { ...peer.street, origin };
  const pages = openPages(settings, env, { auth, node, strangers, figures, notReady: why, street });
  const files = await openFiles(owned, settings, env, { ...ground, auth, http, life });
  const within = { auth, primitives, life, http, streams: null, blobs: null, files };
  const ends = { pages, door, peer: peer.door, tail: elsewhere, ...within };
  const listener = openListener(settings, env, ends);
  owned.defer(() => listener.stop());
  const url = announced(settings, env, listener.port);
  email.listening(url);
  await witness.begin(settings, { path: paths.witness, node: node.publicKey, env, primitives });
  const doors = [door, peer.door];
  return running(owned.move(), { url, node, auth, tail: null, doors, listener, life, figures });
}

/** The tail is in another process; the shard map says where. */
const elsewhere: Door = (socket) => {
  socket.close(new Fault('moved'));
  return { receive() {}, drained() {}, closed() {} };
};

function notReady(life: Life, directory: string): string | null {
  if (life.draining) return 'The node is shutting down.';
  return freeBytes(directory) < diskFloorBytes ? 'The disk is almost full.' : null;
}
