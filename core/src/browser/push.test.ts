/** Node and browser agree about the address of a device, whatever either of them has changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NoticesDesk } from '../../../lab/suites/notices-desk.ts';
import { World } from '../../../lab/sim/world.ts';
import { Notifications } from '../client/notifications.ts';
import { beginPush, endPush, renewPush, type GateSubscription, type PushGate } from './push.ts';

const DAY_MS = 86_400_000;

/** A browser with a push service that numbers its addresses. */
class Browser implements PushGate {
  state: NotificationPermission = 'default';
  answer: NotificationPermission = 'granted';
  isRefusing = false;
  expirationTime: number | null = null;
  held: GateSubscription | null = null;
  count = 0;
  readonly ended: string[] = [];

  permission = (): NotificationPermission => this.state;
  ask = async (): Promise<NotificationPermission> => (this.state = this.answer);
  subscription = async (): Promise<GateSubscription | null> => this.held;

  subscribe = async (serverKey: Uint8Array): Promise<GateSubscription> => {
    if (this.isRefusing) throw new DOMException('Registration failed', 'AbortError');
    const held = this.held?.options.applicationServerKey ?? null;
    if (held !== null && new Uint8Array(held)[1] !== serverKey[1])
      throw new DOMException('another key', 'InvalidStateError');
    this.held ??= this.#make(serverKey);
    return this.held;
  };

  #make(serverKey: Uint8Array): GateSubscription {
    const endpoint = `https://push.example/${++this.count}`;
    return {
      endpoint,
      expirationTime: this.expirationTime,
      options: { applicationServerKey: new Uint8Array(serverKey).buffer },
      getKey: (name) => new Uint8Array(name === 'auth' ? 16 : 65).fill(4).buffer,
      unsubscribe: async () => {
        this.ended.push(endpoint);
        this.held = null;
        return true;
      },
    };
  }
}

function scene() {
  const browser = new Browser();
  const desk = new NoticesDesk();
  const notifications = new Notifications(new World(1).env('app'), desk.carry);
  return { browser, desk, notifications };
}

test('[I19] who says yes is reached; who says no, closes the question or has no push service is told which', async () => {
  const { browser, desk, notifications } = scene();
  browser.answer = 'default';
  assert.equal(await beginPush(browser, notifications), 'dismissed');
  browser.state = 'denied';
  assert.equal(await beginPush(browser, notifications), 'denied');
  browser.state = 'default';
  browser.answer = 'granted';
  browser.isRefusing = true;
  assert.equal(await beginPush(browser, notifications), 'refused');
  desk.pushKey = null;
  assert.equal(await beginPush(browser, notifications), 'node');
  assert.deepEqual(desk.heard, []);
  desk.pushKey = new Uint8Array(65).fill(4);
  browser.isRefusing = false;
  assert.equal(await beginPush(browser, notifications), null);
  assert.equal(desk.address, 'https://push.example/1');
  await endPush(browser, notifications);
  assert.deepEqual([desk.address, browser.held], [null, null]);
});

test('[I19] a device that is not reached stays so, and one that is says nothing twice', async () => {
  const { browser, desk, notifications } = scene();
  browser.state = 'granted';
  await renewPush(browser, notifications, 0);
  assert.deepEqual([browser.count, desk.heard], [0, []]);
  await beginPush(browser, notifications);
  await renewPush(browser, notifications, 0);
  assert.deepEqual(desk.heard, ['subscribe https://push.example/1']);
});

test('[I19] another address, another key of the node, an address that is gone or ends: each is renewed', async () => {
  const { browser, desk, notifications } = scene();
  await beginPush(browser, notifications);
  // The browser has taken another address by itself, or lost it.
  browser.held = null;
  await renewPush(browser, notifications, 0);
  assert.equal(desk.address, 'https://push.example/2');
  desk.pushKey = new Uint8Array(65).fill(5);
  await renewPush(browser, notifications, 0);
  assert.deepEqual([desk.address, browser.ended], ['https://push.example/3', ['https://push.example/2']]);
  desk.state = 'gone';
  await renewPush(browser, notifications, 0);
  assert.equal(desk.address, 'https://push.example/4');
  // A node that was set back has forgotten it.
  desk.address = null;
  await renewPush(browser, notifications, 0);
  assert.deepEqual([desk.address, browser.count], ['https://push.example/4', 4]);
  browser.expirationTime = 10 * DAY_MS;
  browser.held = null;
  await renewPush(browser, notifications, 0);
  await renewPush(browser, notifications, 6 * DAY_MS);
  assert.equal(desk.address, 'https://push.example/5');
  browser.expirationTime = 20 * DAY_MS;
  await renewPush(browser, notifications, 8 * DAY_MS);
  assert.equal(desk.address, 'https://push.example/6');
});

test('[I19] without permission nothing is renewed, and a service that refuses changes nothing at the node', async () => {
  const { browser, desk, notifications } = scene();
  await beginPush(browser, notifications);
  browser.state = 'denied';
  browser.held = null;
  await renewPush(browser, notifications, 0);
  browser.state = 'granted';
  browser.isRefusing = true;
  await renewPush(browser, notifications, 0);
  assert.deepEqual(desk.heard, ['subscribe https://push.example/1']);
});
