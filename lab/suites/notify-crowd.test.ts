/** A site with more listeners than a push service is given at once (SPEC I12, I13, I15). */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { noticesPerOriginMax } from 'copse/internal/base/limits-notify.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import type { Post } from '../../server/src/notify/push/post.ts';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import type { SubscriptionRecord } from '../../server/src/store/news.ts';
import { deviceAt, logAt, NotifyStage, siteAt, userAt } from './notify-stage.ts';
import { PushService } from './push-service.ts';

const CROWD = noticesPerOriginMax + 700;
const [slow, quick] = ['https://slow.example', 'https://quick.example'];

/** All listen in one site; the last one at another push service than the others. */
async function filled(service: PushService): Promise<SqliteNews> {
  const store = SqliteNews.open({ path: ':memory:' });
  const listener = { audience: '*', level: 'all', override: null, tags: new Uint8Array(0) } as const;
  const { p256dh, auth } = service.subscribe();
  const subscriptions = Array.from({ length: CROWD + 1 }, (_, n): SubscriptionRecord => {
    const url = `${n === CROWD ? quick : slow}/${n}`;
    const device = deviceAt(n);
    return {
      user: userAt(n),
      version: 1,
      hash: NO_DIGEST,
      digest: NO_DIGEST,
      difference: {
        listeners: [{ device, site: siteAt(1), listener }],
        endpoints: [[device, { url, p256dh, auth }]],
      },
    };
  });
  await store.commit({ subscriptions });
  return store;
}

test('[I12, I13, I15] a push service that takes nothing holds up no other, and everybody is told once', async () => {
  const service = new PushService();
  const toldOf = new Map<string, number>();
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const post: Post = async ({ endpoint }) => {
    if (endpoint.origin === slow) await gate;
    toldOf.set(endpoint.path, (toldOf.get(endpoint.path) ?? 0) + 1);
    return { status: 201, retryAfter: null, reason: '' };
  };
  const store = await filled(service);
  await using stage = await NotifyStage.open({ store, service, post, trusted: [slow, quick], times: 5 });
  stage.publish(1, 1, 1);
  await stage.until(() => toldOf.get(`/${CROWD}`) === 1);
  await stage.until(() => stage.figure('notifyWaiting') === `${CROWD - noticesPerOriginMax}`);
  equal(stage.figure('notifyUnderWay'), `${noticesPerOriginMax}`);
  // One who waits for room reads meanwhile: she is told nothing any more.
  const reader = [...Array(CROWD).keys()].findLast((n) => !toldOf.has(`/${n}`)) ?? 0;
  await stage.notify.read({ reads: [{ user: userAt(reader), site: siteAt(1), log: logAt(1), at: 1 }] });
  open();
  await stage.until(() => toldOf.size >= CROWD);
  await stage.until(() => stage.figure('notifyUnderWay') === '0');
  equal(stage.figure('notifyWaiting'), '0');
  deepEqual([...new Set(toldOf.values())], [1]);
  ok(toldOf.size === CROWD, `${toldOf.size} of ${CROWD + 1} are told, and one has read`);
});
