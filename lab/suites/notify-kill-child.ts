/**
 * A process with the notification service on a file, until it is killed. Line by line it is told who listens, what
 * is new and what was read, and says after each whether it is still loading what it kept. Run by
 * `notify-kill.test.ts` and `notify-load.test.ts`.
 */

import { createInterface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { Vapid } from '../../server/src/notify/push/vapid.ts';
import { deviceAt, NotifyStage, siteAt, userAt } from './notify-stage.ts';

const [path = '', origin = '', key = ''] = process.argv.slice(2);
const bytes = (text = ''): Uint8Array => must(fromHex(text), 'bytes in hex');
const vapid = new Vapid({ privateKey: bytes(key), subject: 'mailto:a@b.example' });
const stage = await NotifyStage.open({ path, trusted: [origin], vapid });

async function obey([word, ...rest]: readonly string[]): Promise<void> {
  const n = Number(rest[0]);
  const [user, device] = [userAt(n), deviceAt(n)];
  if (word === 'listen') {
    const [, url = '', p256dh, auth] = rest;
    await stage.tell(
      user,
      { kind: 'endpoint', device, url, p256dh: bytes(p256dh), auth: bytes(auth) },
      { kind: 'join', device, site: siteAt(1), audience: ['*'] },
    );
  }
  if (word === 'publish') stage.publish(1, n, 1);
  if (word === 'read') await stage.read(user, 1, Number(rest[1]), 1);
}

for await (const line of createInterface({ input: process.stdin })) {
  await obey(line.split(' '));
  console.log(stage.figure('notifyLoading') === '1' ? 'loading' : 'done');
}
// Whoever spoke is gone.
await stage[Symbol.asyncDispose]();
