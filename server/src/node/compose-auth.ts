/**
 * A node without a tail: accounts, the app and all calls of auth, for tails in other processes (SPEC A18). Who
 * connects to its own `/tail` is sent to where the shard map says.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { diskFloorBytes } from 'copse/internal/base/limits.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';

import { Auth } from '../auth/auth.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';
import { lockDirectory } from '../store/lock.ts';
import { openSqliteTlog } from '../store/tlog-sqlite.ts';
import { AuthDoor } from './auth-door.ts';
import {
  announced,
  httpEnds,
  nodeFigures,
  openListener,
  openPages,
  running,
  SHARD,
  type Life,
  type RunningNode,
} from './compose.ts';
import { NodeWitness } from './cosign/open.ts';
import { freeBytes, makeDataDirectory } from './data-directory.ts';
import type { Door } from './listen.ts';
import type { Figure } from './metrics.ts';
import { nodeSeed } from './node-key.ts';
import { openProviders } from './oidc.ts';
import { Process } from './process-figures.ts';
import type { Settings } from './settings.ts';
import { ownTailKey } from './shards/tail-key.ts';

export async function composeAuth(settings: Settings, env: Env): Promise<RunningNode> {
  await using owned = new AsyncDisposableStack();
  const paths = makeDataDirectory(settings.data);
  owned.use(lockDirectory(paths.directory));
  const primitives = nativePrimitives();
  const node = await identityOf(primitives, nodeSeed(paths.directory, env));
  const tailKey = await ownTailKey(paths.directory, node.publicKey, { primitives, env });
  const accounts = owned.use(SqliteAccounts.open({ path: paths.accounts }));
  const tlog = owned.use(openSqliteTlog(paths.nodeLog, primitives));
  const machine = new Process(env);
  const email = await openProviders(settings, env);
  const witness = owned.use(new NodeWitness());
  const figures = (): readonly Figure[] => [
    ...nodeFigures(machine, settings),
    ...[auth, door, witness].flatMap((part) => part.figures()),
  ];
  const auth = owned.use(
    await Auth.open({
      accounts,
      tlog,
      nodeSeed: node.seed,
      primitives,
      env,
      signup: settings.signup,
      shards: [{ shard: SHARD, url: '' }],
      figures: () => [...figures()],
      emailProviders: email.providers,
    }),
  );
  const tails = { key: tailKey.sign.publicKey, internal: auth.internal.bind(auth) };
  const door = new AuthDoor({ auth, node, primitives, env, tails });
  const life: Life = { draining: false };
  const { directory } = paths;
  const pages = openPages(settings, env, { auth, node, figures, notReady: () => notReady(life, directory) });
  const http = httpEnds(primitives, env);
  const ends = { pages, door, tail: elsewhere, auth, primitives, life, http, streams: null, blobs: null };
  const listener = openListener(settings, env, ends);
  owned.defer(() => listener.stop());
  const url = announced(settings, env, listener.port);
  email.listening(url);
  await witness.begin(settings, { path: paths.witness, node: node.publicKey, env, primitives });
  return running(owned.move(), { url, node, auth, tail: null, door, listener, life, figures });
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
