/**
 * Web Push of this browser (SPEC I19): asks the person, gets an address of the browser's push service, tells the
 * node, and keeps both the same. The browser may take another address at any time, the node may have another key,
 * and a push service may have forgotten one: `renew` is called at each start and with `pushsubscriptionchange`.
 */

import { equal } from '../base/bytes.ts';
import type { NotificationsState, PushAddress } from '../client/notifications.ts';
import type { Notifications } from '../client/notifications.ts';

/** Why this browser cannot be reached, as far as it says. */
export type PushObstacle =
  /** It has no push, or the page is not secure. */
  | 'unsupported'
  /** On iPhone and iPad only an app on the home screen has it. */
  | 'homeScreen'
  /** The person has said no, and only the settings of the browser can change that. */
  | 'denied'
  /** She has closed the question; it may be asked again. */
  | 'dismissed'
  /** The push service of the browser gives no address: a private window, or one that is switched off. */
  | 'refused'
  /** The node does not notify. */
  | 'node';

/** What of a `PushManager` is used; a test has its own. */
export interface PushGate {
  /** Asked at each use: the person may change it at any time. */
  permission(): NotificationPermission;
  ask(): Promise<NotificationPermission>;
  subscription(): Promise<GateSubscription | null>;
  /** Rejects when there is no address to be had. */
  subscribe(serverKey: Uint8Array): Promise<GateSubscription>;
}

export type GateSubscription = Pick<
  PushSubscription,
  'endpoint' | 'expirationTime' | 'getKey' | 'unsubscribe'
> & { readonly options: Pick<PushSubscriptionOptions, 'applicationServerKey'> };

type Desk = Pick<Notifications, 'look' | 'subscribe' | 'unsubscribe'>;

/** An address is given up this long before the browser does it. */
const RENEW_BEFORE_MS = 3 * 86_400_000;

/** What stands in the way of being reached, before anybody is asked; null: nothing. */
export function pushObstacle(): PushObstacle | null {
  if (!('serviceWorker' in navigator) || !('Notification' in globalThis) || !('PushManager' in globalThis)) {
    return isHandheldApple() && !isOnHomeScreen() ? 'homeScreen' : 'unsupported';
  }
  return Notification.permission === 'denied' ? 'denied' : null;
}

function isHandheldApple(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  // An iPad says that it is a Mac, which has no touch screen.
  return /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1);
}

function isOnHomeScreen(): boolean {
  return Reflect.get(navigator, 'standalone') === true || matchMedia('(display-mode: standalone)').matches;
}

/** The push of a service worker's registration. */
export function pushGate({ pushManager }: Pick<ServiceWorkerRegistration, 'pushManager'>): PushGate {
  return {
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    subscription: () => pushManager.getSubscription(),
    subscribe: (serverKey) =>
      pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: new Uint8Array(serverKey),
      }),
  };
}

/**
 * Asks the person if she was not asked, and has this device reached from now on; answers what stands in the way, or
 * null. Browsers want to be asked from within a click.
 */
export async function beginPush(gate: PushGate, desk: Desk): Promise<PushObstacle | null> {
  const permission = gate.permission() === 'default' ? await gate.ask() : gate.permission();
  if (permission !== 'granted') return permission === 'denied' ? 'denied' : 'dismissed';
  const { pushKey } = await desk.look();
  if (pushKey === null) return 'node';
  const subscription = await subscribed(gate, pushKey);
  if (subscription === null) return 'refused';
  await desk.subscribe(addressOf(subscription));
  return null;
}

/** This device is reached no more. */
export async function endPush(gate: PushGate, desk: Desk): Promise<void> {
  await desk.unsubscribe();
  await (await gate.subscription())?.unsubscribe();
}

/**
 * Makes node and browser agree about a device that is reached; one that is not stays so. Without the person's
 * permission it does nothing. `nowMs`: wall clock.
 */
export async function renewPush(gate: PushGate, desk: Desk, nowMs: number): Promise<void> {
  const held = await gate.subscription();
  if (gate.permission() !== 'granted') return;
  const now = await desk.look();
  if (held === null && now.address === null) return;
  if (now.pushKey === null) return;
  const isGood = held !== null && isCurrent(held, now, nowMs);
  if (isGood && held.endpoint === now.address) return;
  if (!isGood) await held?.unsubscribe();
  const subscription = isGood ? held : await subscribed(gate, now.pushKey);
  if (subscription !== null) await desk.subscribe(addressOf(subscription));
}

function isCurrent(held: GateSubscription, now: NotificationsState, nowMs: number): boolean {
  const { expirationTime, options, endpoint } = held;
  if (expirationTime !== null && expirationTime < nowMs + RENEW_BEFORE_MS) return false;
  if (now.state === 'gone' && endpoint === now.address) return false;
  const { applicationServerKey: key } = options;
  // Browsers that do not tell the key are believed.
  return key === null || (now.pushKey !== null && equal(new Uint8Array(key), now.pushKey));
}

/** An address under this key; one under another key has to go first. */
async function subscribed(gate: PushGate, serverKey: Uint8Array): Promise<GateSubscription | null> {
  const held = await gate.subscription();
  const key = held?.options.applicationServerKey ?? null;
  if (held !== null && key !== null && !equal(new Uint8Array(key), serverKey)) await held.unsubscribe();
  try {
    return await gate.subscribe(serverKey);
  } catch {
    // Which of its reasons it is, a browser does not say in any way that two of them share.
    return null;
  }
}

function addressOf(subscription: GateSubscription): PushAddress {
  const keyOf = (name: PushEncryptionKeyName): Uint8Array =>
    new Uint8Array(subscription.getKey(name) ?? new ArrayBuffer(0));
  return { endpoint: subscription.endpoint, keys: { p256dh: keyOf('p256dh'), auth: keyOf('auth') } };
}
