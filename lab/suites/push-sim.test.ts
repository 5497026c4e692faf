/** The sender in simulated time: hours of outages, refusals and pauses; every message ends once, and twice the same. */

import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { test } from 'node:test';

import { utf8 } from 'copse/internal/base/bytes.ts';
import { EndpointPolicy } from '../../server/src/notify/push/endpoint.ts';
import type { Post, PostAnswer } from '../../server/src/notify/push/post.ts';
import { Sender } from '../../server/src/notify/push/sender.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';
import type { Chance } from '../sim/chance.ts';
import { World } from '../sim/world.ts';

const HOUR_MS = 3_600_000;
const MESSAGES = 400;
const ORIGINS = ['https://fcm.googleapis.com', 'https://web.push.apple.com', 'https://a.notify.windows.com'];
const STATUSES = [201, 201, 201, 201, 201, 410, 413, 429, 500, 503, 403, 307] as const;

const p256dh = new Uint8Array(createECDH('prime256v1').generateKeys());

interface Run {
  readonly endsById: ReadonlyMap<string, readonly string[]>;
  readonly hash: string;
  readonly answers: number;
}

/** One of the services is down for three hours in the middle of it. */
function answerOf(world: World, chance: Chance, origin: string): PostAnswer | 'silence' | 'reset' {
  const isDown = origin === ORIGINS[0] && world.nowMs > HOUR_MS && world.nowMs < 4 * HOUR_MS;
  const dice = isDown ? 1 : chance.between(0, 19);
  if (dice === 0) return 'silence';
  if (dice === 1) return 'reset';
  const status = STATUSES[chance.between(0, STATUSES.length - 1)] ?? 201;
  return { status, retryAfter: chance.between(0, 1) === 0 ? `${chance.between(0, 600)}` : null, reason: '' };
}

function play(seed: number): Run {
  const world = new World(seed);
  const env = world.env('notify');
  const chance = world.stream('push service');
  const endsById = new Map<string, string[]>();
  let answers = 0;
  const post: Post = ({ endpoint }) =>
    new Promise((resolve, reject) => {
      answers++;
      const answer = answerOf(world, chance, endpoint.origin);
      if (answer === 'silence') return;
      world.at(chance.between(0, 2000), () =>
        answer === 'reset' ? reject(new Error('reset')) : resolve(answer),
      );
    });
  const sender = new Sender(env, {
    vapid: new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' }),
    policy: new EndpointPolicy({ hosts: [], trusted: [] }),
    post,
    onEnd: ({ id }, end) => {
      endsById.set(id, [...(endsById.get(id) ?? []), end.how]);
      world.note(`${id} ${end.how}`);
    },
  });
  for (let i = 0; i < MESSAGES; i++) {
    const endpoint = `${ORIGINS[chance.between(0, 2)]}/device${chance.between(0, 99)}`;
    const topic = chance.between(0, 2) === 0 ? 'topic' : null;
    const message = {
      id: `m${i}`,
      device: 'd',
      subscription: { endpoint, p256dh, auth: new Uint8Array(16) },
    };
    const rest = {
      text: utf8('text'),
      leanText: utf8('lean'),
      topic,
      urgency: 'normal',
      priority: 1,
    } as const;
    world.at(chance.between(0, 6 * HOUR_MS), () =>
      sender.offer({ ...message, ...rest, ttlMs: 24 * HOUR_MS }),
    );
  }
  while (world.step()) assert.ok(world.steps < 1_000_000);
  for (const figures of sender.figures()) assert.deepEqual([figures.waiting, figures.inFlight], [0, 0]);
  return { endsById, hash: world.hash, answers };
}

test('[I15] in simulated days each message ends once, whatever the services do', () => {
  const hows = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const { endsById, answers } = play(seed);
    assert.equal(endsById.size, MESSAGES, `seed ${seed}`);
    for (const [id, ends] of endsById) assert.equal(ends.length, 1, `seed ${seed} ${id} ${ends.join()}`);
    for (const [how] of endsById.values()) hows.add(how ?? '');
    // An outage and its retries cost a few requests for each message, not a storm.
    assert.ok(answers < 6 * MESSAGES, `seed ${seed}: ${answers} requests`);
  }
  assert.deepEqual([...hows].toSorted(), ['dead', 'delivered', 'gone', 'replaced']);
});

test('[I15, X1] the same seed is the same run', () => {
  assert.equal(play(7).hash, play(7).hash);
});
