/** Notifications of this device as rooms read them: loaded by who asks, and kept in order by the app while it is open. */

import { createEffect, createSignal, onCleanup, type Accessor } from 'solid-js';
import { isLess, type Showing } from '../logic/showing.ts';
import { deviceCaches, keepShowing, showingHere } from '../worker/showing.ts';
import type { Status } from './sdk.ts';
import type { Local } from './local.ts';
import { clearTelling } from './worker-line.ts';
import type { Copse, Gate, Notifications, NotificationsState, PushObstacle } from './sdk.ts';

export interface Bell {
  /** What the node said last; null until it has been asked. */
  readonly state: Accessor<NotificationsState | null>;
  /** What stands in the way of being reached: asked for with the state. */
  readonly obstacle: Accessor<PushObstacle | null>;
  /** Whether it makes sense to offer them: the node notifies, the browser can, and nobody has said no or later. */
  readonly isOffered: Accessor<boolean>;
  /** This browser is notified, as far as it remembers. */
  readonly isOn: Accessor<boolean>;
  /** How much notifications show on the screen of this device; null until it was read. */
  readonly showing: Accessor<Showing | null>;
  /** Shows so much from now on, and takes away what shows more. */
  show(showing: Showing): Promise<void>;
  notifications(): Promise<Notifications>;
  /** Asks the node. */
  look(): Promise<void>;
  /** From within a click: browsers ask then. Answers what stands in the way. */
  turnOn(): Promise<PushObstacle | null>;
  turnOff(): Promise<void>;
  /** Not now: never offered by itself again, and always there in the settings. */
  later(): void;
}

/** The address is looked after when the first room has come to rest. */
const RENEW_AFTER_MS = 4_000;

export function createBell(
  copse: Pick<Copse, 'notifications'>,
  { gate, local, status }: { readonly gate: Gate; readonly local: Local; readonly status: Accessor<Status> },
): Bell {
  const [state, setState] = createSignal<NotificationsState | null>(null);
  const [obstacle, setObstacle] = createSignal<PushObstacle | null>(null);
  const [bell, setBell] = createSignal(local.bell());
  const keep = (next: ReturnType<Local['bell']>): void => {
    local.setBell(next);
    setBell(next);
  };
  let loading: Promise<Notifications> | null = null;
  let unsubscribe = (): void => {};
  const notifications = (): Promise<Notifications> => {
    loading ??= copse.notifications().then((found) => {
      unsubscribe = found.state.subscribe(() => setState(found.state.get()));
      return found;
    });
    return loading;
  };
  onCleanup(() => unsubscribe());
  const look = async (): Promise<void> => {
    const [found, push] = await Promise.all([notifications(), gate.push()]);
    setObstacle(push.obstacle());
    await found.look();
  };
  const [showing, setShowing] = createSignal<Showing | null>(null);
  void showingHere(deviceCaches).then(setShowing);
  createRenewal(status, async () => {
    if (bell() === 'on') await (await gate.push()).renew(await notifications());
  });
  return {
    state,
    obstacle,
    isOffered: () =>
      bell() === '' && obstacle() === null && state()?.address === null && state()?.pushKey !== null,
    isOn: () => bell() === 'on',
    showing,
    async show(next) {
      await keepShowing(deviceCaches, next);
      const before = showing();
      setShowing(next);
      if (before === null || isLess(next, before)) await clearTelling();
    },
    notifications,
    look,
    later: () => keep('later'),
    async turnOn() {
      const [found, push] = await Promise.all([notifications(), gate.push()]);
      const inTheWay = await push.begin(found);
      setObstacle(inTheWay);
      if (inTheWay === null) keep('on');
      return inTheWay;
    },
    async turnOff() {
      await (await gate.push()).end(await notifications());
      keep('later');
    },
  };
}

/** Once in the life of a page, when the node can be asked. */
function createRenewal(status: Accessor<Status>, renew: () => Promise<void>): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  createEffect(() => {
    if (status() !== 'live' || timer !== null) return;
    // What fails now is tried again at the next start.
    timer = setTimeout(() => void renew().catch(() => {}), RENEW_AFTER_MS);
  });
  onCleanup(() => clearTimeout(timer ?? undefined));
}
