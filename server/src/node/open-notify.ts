/** Notifications in the process that keeps the accounts: the key for push services, where messages go, the store. */

import { createHmac } from 'node:crypto';
import type { Env } from 'copse/internal/base/env.ts';
import { notifyInternal, type NotifyInternal, type NotifyRemote } from 'copse/internal/api/notify.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { direct } from 'copse/internal/link/direct.ts';
import type { CheckAddress } from '../auth/notices.ts';
import type { Following } from '../notify/neighbourhood/following.ts';
import type { NeighbourhoodSource } from '../notify/neighbourhood/source.ts';
import { Notify } from '../notify/notify.ts';
import { EndpointPolicy } from '../notify/push/endpoint.ts';
import { networkPost } from '../notify/push/post.ts';
import { Seals } from '../notify/push/seals.ts';
import { checkPushKeys } from '../notify/push/subscription.ts';
import { Vapid } from '../notify/push/vapid.ts';
import { SqliteNews } from '../store/news-sqlite.ts';
import type { Ground } from './open-auth.ts';
import type { Figure } from './metrics.ts';
import { pushKey } from './push-key.ts';
import { originList, type Settings } from './settings.ts';

export interface NodeNotify {
  /** For digests; nothing waits for anybody when this node does not notify. */
  readonly waiting: Notify['waiting'];
  /** For tails in other processes: what is new, who is here, what was read, and nothing else. */
  readonly forTails: NotifyInternal;
  /** For auth and the tail, which call it as if it were elsewhere; null when this node does not notify. */
  readonly remote: NotifyRemote | null;
  /** Throws for an address of a device to which nothing would ever be sent (SPEC I16). */
  readonly checkAddress: CheckAddress;
  /** Says to notify what is new in the neighbourhood; null when this node does not notify. */
  readonly follow: ((source: NeighbourhoodSource) => Following) | null;
  figures(): readonly Figure[];
}

const SILENT: NodeNotify = {
  remote: null,
  checkAddress: () => {},
  waiting: () => ({ places: 0, awayMs: null }),
  forTails: forTails(null),
  follow: null,
  figures: () => [],
};
/** Topics are named under a key of their own: nobody learns from them which sites there are. */
const TOPICS = 'copse/notify/topics';

export async function openNotify(
  owned: AsyncDisposableStack,
  settings: Settings,
  env: Env,
  { paths, primitives, origin }: Pick<Ground, 'paths' | 'primitives'> & { readonly origin: () => string },
): Promise<NodeNotify> {
  if (!settings.notify) return SILENT;
  const privateKey = pushKey(paths.directory);
  const policy = pushPolicy(settings);
  const notify = Notify.open({
    store: SqliteNews.open({ path: paths.news, env }),
    env,
    primitives,
    vapid: new Vapid({ privateKey, subject: pushContact(settings) }),
    policy,
    post: networkPost(env),
    seals: new Seals(env),
    soon: (task) => void setImmediate(task),
    words: { origin, secret: createHmac('sha256', privateKey).update(TOPICS).digest() },
  });
  owned.use(notify);
  return {
    remote: direct(notifyInternal, notify, env),
    checkAddress: ({ url, ...keys }) => {
      policy.read(url);
      checkPushKeys(keys);
    },
    waiting: (user) => notify.waiting(user),
    forTails: forTails(notify),
    follow: (source) => notify.follow(source),
    figures: () => notify.figures(),
  };
}

/** A node that does not notify takes what a tail says, for nothing: the tail need not know. */
function forTails(notify: Notify | null): NotifyInternal {
  const refuse = (): never => {
    throw new Fault('forbidden');
  };
  return {
    publish: (request) => notify?.publish(request) ?? {},
    presence: (frame) => notify?.presence(frame) ?? { kind: 'ok' },
    read: (request) => notify?.read(request) ?? {},
    update: refuse,
    about: refuse,
    told: refuse,
    test: refuse,
    letters: refuse,
    replay: refuse,
    unread: refuse,
    posts: refuse,
    seen: refuse,
  };
}

/** Where push services reach the operator: what she says, or the node itself when it is public. */
function pushContact({ pushContact: contact, url }: Settings): string {
  if (contact !== '') return contact;
  return url.startsWith('https://') ? url : 'mailto:nobody@localhost';
}

export function pushPolicy({ pushHosts, pushTrusted }: Settings): EndpointPolicy {
  return new EndpointPolicy({ hosts: originList(pushHosts), trusted: originList(pushTrusted) });
}
