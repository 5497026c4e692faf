/** The sender with a network and a clock of our own: who hears what, how much there is room for. */

import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { test } from 'node:test';

import { utf8 } from 'copse/internal/base/bytes.ts';
import { pushAnswerMs, pushFailuresMax, pushOriginsMax } from 'copse/internal/base/limits-push.ts';
import { type SimEnv, World } from '../../../../lab/sim/world.ts';

import { EndpointPolicy } from './endpoint.ts';
import type { PushMessage } from './message.ts';
import type { End } from './origin-line.ts';
import type { Post } from './post.ts';
import { Sender } from './sender.ts';
import { topicOf } from './topic.ts';
import { newVapidKey, Vapid } from './vapid.ts';

const p256dh = new Uint8Array(createECDH('prime256v1').generateKeys());

function messageTo(endpoint: string, id: string): PushMessage {
  return {
    id,
    device: id,
    subscription: { endpoint, p256dh, auth: new Uint8Array(16) },
    text: utf8('text'),
    leanText: null,
    topic: null,
    urgency: 'normal',
    priority: 1,
    ttlMs: 3_600_000,
  };
}

function senderIn(env: SimEnv, post: Post, onEnd: (message: PushMessage, end: End) => void): Sender {
  const vapid = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' });
  const policy = new EndpointPolicy({ hosts: ['*.push.example.org'], trusted: [] });
  return new Sender(env, { vapid, policy, post, onEnd });
}

const delivered: Post = () => Promise.resolve({ status: 201, retryAfter: null, reason: '' });

function run(world: World): void {
  while (world.step()) assert.ok(world.steps < 100_000);
}

test('[I15] a mistake of the network or of who hears loses no other message', () => {
  const world = new World(1);
  const env = world.env('notify');
  const mistakes: string[] = [];
  env.onLog = (event) => mistakes.push(event);
  const told: string[] = [];
  let calls = 0;
  const post: Post = (request, signal) => {
    if (++calls === 1) throw new TypeError('a mistake of ours');
    return delivered(request, signal);
  };
  const sender = senderIn(env, post, ({ id }) => {
    told.push(id);
    throw new Error('a mistake of the owner');
  });
  for (let i = 0; i < 5; i++)
    world.at(i, () => sender.offer(messageTo(`https://a.push.example.org/${i}`, `m${i}`)));
  run(world);
  assert.deepEqual(told.toSorted(), ['m0', 'm1', 'm2', 'm3', 'm4']);
  assert.ok(mistakes.filter((event) => event === 'push.mistake').length >= 6);
  assert.deepEqual(sender.figures()[0]?.inFlight, 0);
});

test('[I15] the owner may offer the next message while it hears of the last', () => {
  const world = new World(2);
  let left = 50;
  const told: string[] = [];
  const sender = senderIn(world.env('notify'), delivered, ({ id }) => {
    told.push(id);
    if (left-- > 0) sender.offer(messageTo('https://a.push.example.org/x', `n${left}`));
  });
  world.at(0, () => sender.offer(messageTo('https://a.push.example.org/x', 'first')));
  run(world);
  assert.equal(told.length, 51);
});

test('[I15] an answer that never comes is an answer after a while, and its request is ended', () => {
  const world = new World(3);
  const aborted: boolean[] = [];
  const post: Post = (_, signal) =>
    new Promise(() => {
      signal.addEventListener('abort', () => aborted.push(true));
    });
  const ends: End[] = [];
  const sender = senderIn(world.env('notify'), post, (_, end) => ends.push(end));
  world.at(0, () => sender.offer(messageTo('https://a.push.example.org/x', 'm')));
  world.at(pushAnswerMs - 1, () => assert.deepEqual(aborted, []));
  world.at(pushAnswerMs + 1, () => assert.deepEqual(aborted, [true]));
  run(world);
  assert.deepEqual(
    ends.map((end) => end.how === 'dead' && end.last),
    ['silent'],
  );
});

test('[I15] there is a line to so many push services, and an idle one makes room', () => {
  const world = new World(4);
  const ends: string[] = [];
  const never: Post = () => new Promise(() => {});
  const isIdle = (origin: string): boolean => origin.startsWith('https://idle');
  const post: Post = (request, signal) =>
    isIdle(request.endpoint.origin) ? delivered(request, signal) : never(request, signal);
  const sender = senderIn(world.env('notify'), post, ({ id }, { how }) => ends.push(`${id} ${how}`));
  world.at(0, () => sender.offer(messageTo('https://idle.push.example.org/x', 'idle')));
  world.at(1, () => {
    for (let i = 0; i < pushOriginsMax; i++)
      sender.offer(messageTo(`https://h${i}.push.example.org/x`, `m${i}`));
    assert.deepEqual(ends, ['idle delivered']);
    sender.offer(messageTo('https://more.push.example.org/x', 'more'));
    assert.deepEqual(ends, ['idle delivered', 'more dead']);
    assert.equal(sender.figures().length, pushOriginsMax);
  });
  while (world.nowMs < 2 && world.step());
});

test('[I15] who says that it is worth a try ends the rest of that push service, and of no other', () => {
  const world = new World(5);
  const told: string[] = [];
  const isDown = { value: true };
  const post: Post = (request, signal) =>
    isDown.value ? Promise.reject(new Error('down')) : delivered(request, signal);
  const sender = senderIn(world.env('notify'), post, ({ id }) => told.push(id));
  const states = (): readonly string[] => sender.figures().map(({ state }) => state.kind);
  world.at(0, () => {
    for (const host of ['a', 'b'])
      for (let i = 0; i < pushFailuresMax; i++)
        sender.offer(messageTo(`https://${host}.push.example.org/${i}`, `${host}${i}`));
  });
  world.at(1, () => {
    assert.deepEqual(states(), ['resting', 'resting']);
    isDown.value = false;
    sender.resume('https://a.push.example.org');
    sender.resume('https://unknown.push.example.org');
    sender.offer(messageTo('https://a.push.example.org/new', 'a new'));
    sender.offer(messageTo('https://b.push.example.org/new', 'b new'));
  });
  world.at(2, () => {
    assert.deepEqual(states(), ['flowing', 'resting']);
    assert.deepEqual(told, ['a new']);
  });
  run(world);
  assert.equal(told.length, 2 * pushFailuresMax + 2);
});

test('[I14] a topic says nothing without the secret, and is the same for the same words only', () => {
  const secret = new Uint8Array(32).fill(1);
  const topic = topicOf(secret, 'site', 'device');
  assert.match(topic, /^[\w-]{32}$/);
  assert.equal(topicOf(secret, 'site', 'device'), topic);
  const others = [
    topicOf(secret, 'sited', 'evice'),
    topicOf(secret, 'site'),
    topicOf(new Uint8Array(32), 'site', 'device'),
  ];
  assert.ok(!others.includes(topic));
});
