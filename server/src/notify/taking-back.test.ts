/** Notifications are taken back behind what was told, and never behind what is told anew (SPEC I10). */

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId, siteId, userId } from 'copse/internal/base/ids.ts';
import { noticeReadMs } from 'copse/internal/base/limits-notify.ts';
import { decodeNotice } from 'copse/internal/social/notice.ts';
import { FakeEnv } from '../tail/testing/fake-env.ts';
import { MemoryNews } from '../store/news-memory.ts';
import { Addresses } from './addresses.ts';
import type { PushMessage } from './push/message.ts';
import { TakingBack } from './taking-back.ts';

const user = userId('a'.repeat(16));
const device = deviceId('d'.repeat(16));
const [oak, elm] = [siteId('5'.repeat(32)), siteId('6'.repeat(32))];
const endpoint = { url: 'https://push.example/1', p256dh: new Uint8Array(65), auth: new Uint8Array(16) };

class Scene {
  readonly env = new FakeEnv();
  /** What the push service has not answered. */
  underWay: PushMessage[] = [];
  readonly takingBack: TakingBack;

  constructor() {
    const addresses = new Addresses(new MemoryNews(this.env));
    addresses.apply([[device, endpoint]]);
    this.takingBack = new TakingBack({
      env: this.env,
      news: { badge: () => 0 },
      quiet: { until: () => null },
      addresses,
      words: { origin: () => 'https://copse.example', secret: new Uint8Array(32) },
      sender: {
        offer: (message) => void this.underWay.push(message),
        withdraw: (from) => {
          for (const message of this.underWay.splice(0))
            if (message.subscription.endpoint === from) this.takingBack.ended(message, { how: 'withdrawn' });
        },
      },
    });
  }

  async said(): Promise<readonly (readonly string[])[]> {
    await this.env.advance(2 * noticeReadMs);
    return this.underWay.map(({ text }) =>
      must(decodeNotice(text), 'a notice').places.map(({ site }) => site),
    );
  }
}

test('[I10] what the push service may have had is not said again behind news of the same site', async () => {
  const scene = new Scene();
  scene.takingBack.add(user, device, oak);
  deepEqual(await scene.said(), [[oak]]);
  scene.takingBack.told(device, oak);
  deepEqual(await scene.said(), []);
});

test('[I10] what was read in other sites is said once more by itself', async () => {
  const scene = new Scene();
  for (const site of [oak, elm]) scene.takingBack.add(user, device, site);
  deepEqual(await scene.said(), [[oak, elm]]);
  scene.takingBack.told(device, oak);
  deepEqual(await scene.said(), [[elm]]);
  const [again] = scene.underWay;
  scene.takingBack.ended(must(again, 'a message'), { how: 'delivered' });
  scene.takingBack.told(device, elm);
  deepEqual(await scene.said(), [[elm]], 'nothing is under way that could be taken out');
});
