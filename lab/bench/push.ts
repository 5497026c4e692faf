/**
 * Notifications: encrypted, with their headers, beside `web-push`, which signs each one anew; and delivered to a
 * receiver on loopback in a process of its own, with as many under way as to a real push service.
 */

import { createECDH, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import webPush from 'web-push';

import { assert, must } from 'copse/internal/base/assert.ts';
import { base64url } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { siteId } from 'copse/internal/base/ids.ts';
import { pushInFlightMax } from 'copse/internal/base/limits-push.ts';
import { encodeNotice } from 'copse/internal/social/notice.ts';
import { encryptPush } from '../../server/src/notify/push/encrypt.ts';
import { EndpointPolicy } from '../../server/src/notify/push/endpoint.ts';
import { headersOf, type PushMessage } from '../../server/src/notify/push/message.ts';
import { networkPost } from '../../server/src/notify/push/post.ts';
import { Seals } from '../../server/src/notify/push/seals.ts';
import { Sender } from '../../server/src/notify/push/sender.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';
import type { Bench, BenchOptions, Figure } from './figure.ts';
import { figure, timed } from './per-op.ts';
import { ThreadTime } from './thread-time.ts';
import { freePort, scratch, start } from './rivals/process.ts';

const DEVICES = 1000;
const SUBJECT = 'mailto:a@b.example';
const HOUR_MS = 3_600_000;
const REAL = 'https://updates.push.services.mozilla.com';

const privateKey = newVapidKey();
const vapid = new Vapid({ privateKey, subject: SUBJECT });
const text = encodeNotice({
  kind: 'news',
  badge: 3,
  places: [{ site: siteId('0123456789abcdef'.repeat(2)), log: null, upTo: 41, count: 1, isMention: false }],
  navigate: 'https://copse.example/s/0123456789abcdef',
  tag: 'A'.repeat(32),
});

function messagesTo(origin: string): readonly PushMessage[] {
  return Array.from({ length: DEVICES }, (_, i) => {
    const p256dh = new Uint8Array(createECDH('prime256v1').generateKeys());
    const subscription = {
      endpoint: `${origin}/wpush/v2/${i}`,
      p256dh,
      auth: new Uint8Array(randomBytes(16)),
    };
    const rest = { leanText: null, topic: 'A'.repeat(32), urgency: 'normal', priority: 1 } as const;
    return { id: `${i}`, device: `${i}`, subscription, text, ...rest, ttlMs: HOUR_MS };
  });
}

/** What our sender does before a message leaves. */
function ours(messages: readonly PushMessage[]): void {
  for (const message of messages) {
    const authorization = vapid.authorization(REAL, Date.now());
    headersOf(message, { authorization, ttlMs: HOUR_MS });
    encryptPush(message.subscription, message.text);
  }
}

interface Request {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

function theirs({ subscription, text: payload }: PushMessage): Request {
  const { endpoint, p256dh, auth } = subscription;
  return webPush.generateRequestDetails(
    { endpoint, keys: { p256dh: base64url(p256dh), auth: base64url(auth) } },
    Buffer.from(payload),
    {
      vapidDetails: { subject: SUBJECT, publicKey: vapid.publicKey, privateKey: base64url(privateKey) },
      contentEncoding: 'aes128gcm',
    },
  );
}

/** Sends all of them through a sender, and waits. */
async function deliver(sender: Sender, messages: readonly PushMessage[], run: number): Promise<number> {
  const before = delivered(sender);
  for (const message of messages) sender.offer({ ...message, id: `${run} ${message.id}` });
  while (delivered(sender) < before + messages.length) await Bun.sleep(1);
  return messages.length;
}

function delivered(sender: Sender): number {
  return sender.figures()[0]?.delivered ?? 0;
}

async function deliverTheirs(messages: readonly PushMessage[]): Promise<number> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let message = messages[next++]; message !== undefined; message = messages[next++]) {
      const { endpoint, headers, body } = theirs(message);
      const { 'Content-Length': _length, ...rest } = headers;
      const words = Object.entries(rest).map(([name, value]): [string, string] => [name, `${value}`]);
      const answer = await fetch(endpoint, { method: 'POST', headers: words, body: new Uint8Array(body) });
      assert(answer.status === 201, `it answers ${answer.status}`);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: pushInFlightMax }, worker));
  return messages.length;
}

async function encryption({ quick }: BenchOptions): Promise<Figure> {
  const runs = quick ? 3 : 7;
  const messages = messagesTo(REAL);
  ours(messages);
  for (const message of messages) theirs(message);
  const own = await timed(runs, async () => {
    for (let i = 0; i < 4; i++) ours(messages);
    return 4 * messages.length;
  });
  const rival = await timed(runs, async () => {
    for (const message of messages) theirs(message);
    return messages.length;
  });
  const { value } = figure('', '/s', rival);
  return figure('notifications encrypted', '/s', own, {
    rivals: { 'web-push generateRequestDetails': value },
  });
}

/** In one process: in place, by the thread, and what one would take otherwise, in turns. */
async function deliveries(options: BenchOptions): Promise<readonly Figure[]> {
  const runs = options.quick ? 5 : 15;
  const port = freePort();
  const command = [process.execPath, join(import.meta.dirname, 'push-receiver.ts'), `${port}`];
  await using receiver = await start(command, port, scratch());
  const origin = `http://127.0.0.1:${must(receiver.port, 'a port')}`;
  const messages = messagesTo(origin);
  const env = realEnv();
  const policy = new EndpointPolicy({ hosts: [], trusted: [origin] });
  const soon = (task: () => void): void => void setImmediate(task);
  const parts = { vapid, policy, post: networkPost(env), onEnd: () => {}, soon };
  await using seals = new Seals(env);
  await using threaded = new Sender(env, { ...parts, seal: seals.seal });
  await using plain = new Sender(env, parts);
  for (let run = -3; run < 0; run++) {
    await deliver(threaded, messages, run);
    await deliver(plain, messages, run);
  }
  assert(seals.hasThread, 'a crowd has a thread');
  await deliverTheirs(messages);
  const here = new ThreadTime();
  const own = await timed(runs, (run) => here.in('thread', () => deliver(threaded, messages, run)));
  const inPlace = await timed(runs, (run) => here.in('place', () => deliver(plain, messages, run)));
  const rival = await timed(runs, () => deliverTheirs(messages));
  for (const name of ['thread', 'place'])
    options.note(`${name}: ${here.usOf(name, runs * DEVICES)} µs of the first thread for each message`);
  const { value } = figure('', '/s', rival);
  const rivals = { 'web-push and fetch, 64 in flight': value };
  return [
    figure('delivered on loopback, encrypted by a thread', '/s', own, { rivals }),
    figure('delivered on loopback, encrypted in place', '/s', inPlace, { rivals }),
  ];
}

export const pushBench: Bench = {
  name: 'push',
  run: async (options) => [await encryption(options), ...(await deliveries(options))],
};
