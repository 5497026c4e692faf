/** Checks that refuse attacks by way of what is told to who is away (`guard.ts`). */

import type { Guard } from './guard.ts';

const WORKER = 'web/src/worker/concern.test.ts';
const NOTIFY = 'lab/suites/notify-neighbourhood.test.ts';

export const NOTIFICATION_GUARDS: readonly Guard[] = [
  {
    name: "somebody else's name",
    attack: 'in words that nobody signed',
    file: 'core/src/client/notice-posts.ts',
    find: 'const isHers = kind === KIND.profile && equal(from, post.from);',
    replace: 'const isHers = kind === KIND.profile && from.length === post.from.length;',
    test: WORKER,
    title: 'whose name somebody else has signed',
  },
  {
    name: 'a post that nobody signed',
    attack: 'in words that nobody signed',
    file: 'core/src/client/neighbourhood/read.ts',
    find: 'const message = await openMessage(primitives, bytes.slice());',
    replace:
      "const { readMessage } = await import('../../social/message/message.ts');\n  const message = await Promise.resolve<Message | null>(readMessage(primitives, bytes.slice()));",
    test: WORKER,
    title: 'what nobody has signed says nothing',
  },
  {
    name: 'a flood of mentions',
    attack: 'A flood of mentions',
    file: 'server/src/notify/neighbourhood/following.ts',
    find: 'const isTooMuch = this.#meter(message, user).take(this.#source.env.nowMs()) > 0;',
    replace: 'const isTooMuch = this.#meter(message, user).take(this.#source.env.nowMs()) < 0;',
    test: NOTIFY,
    title: 'a flood of one author',
  },
  {
    name: 'posts of others by their position',
    attack: 'in words that nobody signed',
    file: 'server/src/notify/neighbourhood/reading.ts',
    find: '    if (!isHers) return null;\n',
    replace: '',
    test: NOTIFY,
    title: 'a device gets the posts',
  },
];
