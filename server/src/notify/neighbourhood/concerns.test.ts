/** Whom a message concerns. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import { threadLog } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { concernsOf, logOf, type Find } from './concerns.ts';

const primitives = nativePrimitives();
const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const [ada, ben, cleo] = await Promise.all(
  [1, 2, 3].map(async (n) => key(await primitives.ed25519PublicKey(seed(n)))),
);
const NAMES = new Map([
  [hex(ada!), 'Ada'],
  [hex(ben!), 'Ben'],
  [hex(cleo!), 'Cleo'],
]);

const here = new Map<string, Message>();
const find: Find = (id) => here.get(hex(id)) ?? null;

async function say(by: number, terms: Partial<MessageTerms>): Promise<Message> {
  const message = await signMessage(primitives, seed(by), {
    kind: KIND.post,
    text: 'words',
    timeMs: here.size + 1,
    ...terms,
  });
  here.set(hex(message.id), message);
  return message;
}

const concerned = (message: Message): readonly string[] =>
  concernsOf(message, find).map(
    ({ to, isMention }) => `${NAMES.get(hex(to))}${isMention ? ' is mentioned' : ''}`,
  );

test('[I24] mentions, answers, threads and shares concern people, each once, and nobody by herself', async () => {
  const post = await say(1, {});
  const answer = await say(2, { replies: [post.id] });
  const further = await say(3, { replies: [answer.id], thread: post.id });
  assert.deepEqual(concerned(post), []);
  assert.deepEqual(concerned(answer), ['Ada']);
  assert.deepEqual(concerned(further), ['Ben', 'Ada']);
  const both = await say(3, { replies: [post.id], mentions: [ada!, ben!, cleo!] });
  assert.deepEqual(concerned(both), ['Ada is mentioned', 'Ben is mentioned']);
  const share = await say(2, { kind: KIND.share, text: '', replies: [post.id] });
  assert.deepEqual(concerned(share), ['Ada']);
  for (const message of [answer, further, both, share])
    assert.equal(logOf(message, find), threadLog(post.id), 'all of it is one thread');
  assert.equal(
    logOf(await say(3, { kind: KIND.share, text: '', replies: [further.id] }), find),
    threadLog(post.id),
  );
});

test('[I24] what marks or changes a message, and what answers nothing that is here, concerns nobody', async () => {
  const post = await say(1, {});
  for (const terms of [
    { kind: KIND.reaction, text: '👍', replies: [post.id] },
    { kind: KIND.delete, text: '', replies: [post.id] },
    { kind: KIND.edit, replies: [post.id], mentions: [ada!] },
    { kind: KIND.profile, text: '', mentions: [ada!] },
    { replies: [new Uint8Array(32)] },
  ])
    assert.deepEqual(concerned(await say(2, terms)), []);
});
