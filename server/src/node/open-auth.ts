/** What every node begins with that keeps accounts: its directory, its key, and auth over both. */

import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { identityOf, type Identity } from 'copse/internal/social/handshake-keys.ts';
import { Auth } from '../auth/auth.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';
import { lockDirectory } from '../store/lock.ts';
import { openSqliteTlog } from '../store/tlog-sqlite.ts';
import { makeDataDirectory, type DataPaths } from './data-directory.ts';
import type { Figure } from './metrics.ts';
import { nodeSeed } from './node-key.ts';
import { openMail } from './mail.ts';
import type { NodeNotify } from './open-notify.ts';
import { openProviders, type NodeProviders } from './oidc.ts';
import type { Settings } from './settings.ts';

/** The only shard there is. */
export const SHARD = 0;

export interface Ground {
  readonly paths: DataPaths;
  readonly primitives: Primitives;
  readonly node: Identity;
}

/** The directory of the node, from now on for this process alone, and the key in it. */
export async function openGround(owned: AsyncDisposableStack, settings: Settings, env: Env): Promise<Ground> {
  const paths = makeDataDirectory(settings.data);
  owned.use(lockDirectory(paths.directory));
  const primitives = nativePrimitives();
  return { paths, primitives, node: await identityOf(primitives, nodeSeed(paths.directory, env)) };
}

export interface AuthNeeds extends Ground {
  /** Those of the whole node. */
  readonly figures: () => readonly Figure[];
  readonly notify: Pick<NodeNotify, 'remote' | 'checkAddress' | 'waiting'>;
  /** The public origin, for links. */
  readonly origin: () => string;
}

/** Auth over the accounts and the public log of the directory. */
export async function openAuth(
  owned: AsyncDisposableStack,
  settings: Settings,
  env: Env,
  { paths, primitives, node, figures, notify, origin }: AuthNeeds,
): Promise<{ readonly auth: Auth; readonly email: NodeProviders }> {
  const accounts = owned.use(SqliteAccounts.open({ path: paths.accounts }));
  const tlog = owned.use(openSqliteTlog(paths.nodeLog, primitives));
  const email = await openProviders(settings, env);
  const send = await openMail(settings);
  const auth = await Auth.open({
    accounts,
    tlog,
    nodeSeed: node.seed,
    primitives,
    env,
    signup: settings.signup,
    quota: settings.accounts,
    shards: [{ shard: SHARD, url: '' }],
    figures: () => [...figures()],
    emailProviders: email.providers,
    notify: notify.remote,
    checkAddress: notify.checkAddress,
    digest: send === null ? null : { send, waiting: notify.waiting, origin },
  });
  return { auth: owned.use(auth), email };
}
