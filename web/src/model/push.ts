/** The push of this browser for the app: over the registration of its service worker. */

import { beginPush, endPush, pushGate, pushObstacle, renewPush, type PushGate } from 'copse/push';
import type { Push } from './sdk.ts';

/** A worker that is not there by then is not coming: it could not be installed. */
const WORKER_MS = 10_000;

async function gate(): Promise<PushGate | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), WORKER_MS));
  const registration = await Promise.race([navigator.serviceWorker.ready, late]);
  return registration === null ? null : pushGate(registration);
}

export const browserPush: Push = {
  obstacle: pushObstacle,
  async begin(notifications) {
    const obstacle = pushObstacle();
    if (obstacle !== null) return obstacle;
    const found = await gate();
    return found === null ? 'unsupported' : beginPush(found, notifications);
  },
  async end(notifications) {
    const found = pushObstacle() === 'unsupported' ? null : await gate();
    await (found === null ? notifications.unsubscribe() : endPush(found, notifications));
  },
  async renew(notifications) {
    const found = pushObstacle() === null ? await gate() : null;
    if (found !== null) await renewPush(found, notifications, Date.now());
  },
  async forget() {
    if ('clearAppBadge' in navigator) navigator.clearAppBadge().catch(() => {});
    if (!('serviceWorker' in navigator)) return;
    const registration = await navigator.serviceWorker.getRegistration();
    for (const shown of (await registration?.getNotifications?.()) ?? []) shown.close();
    await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  },
};
