/** Brings messages to a node over several connections, and waits until their words are found as well. */

import { must } from 'copse/internal/base/assert.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { env, primitives, type Caller, type PeerGround } from './ground.ts';

export interface Bringing {
  readonly callers: readonly Caller[];
  /** Calls on their way on each connection. */
  readonly inFlight: number;
  /** Messages in one call. */
  readonly together: number;
}

export interface Brought {
  readonly perSecond: number;
  /** Of the node, per message, until all were answered as stored and their words are in the index. */
  readonly cpuUs: number;
  /** Milliseconds from the last answer until the last words were found. */
  readonly wordsMs: number;
  readonly eachMs: readonly number[];
}

const LOOK_MS = 50;
const PATIENCE_MS = 60_000;

export async function bring(
  ground: Pick<PeerGround, 'cpuSeconds'>,
  messages: readonly Uint8Array[],
  { callers, inFlight, together }: Bringing,
): Promise<Brought> {
  const eachMs: number[] = [];
  let next = 0;
  const lane = async ({ remote }: Caller): Promise<void> => {
    while (next < messages.length) {
      const batch = messages.slice(next, next + together);
      next += batch.length;
      const sentMs = performance.now();
      const { answers } = await remote.publish({ messages: batch });
      eachMs.push(performance.now() - sentMs);
      if (!answers.every(({ kind }) => kind === 'stored')) throw new Error('a message was not stored');
    }
  };
  const before = ground.cpuSeconds();
  const beganMs = performance.now();
  await Promise.all(callers.flatMap((caller) => Array.from({ length: inFlight }, () => lane(caller))));
  const ms = performance.now() - beganMs;
  const wordsMs = await untilFound(must(callers[0], 'a caller'), must(messages.at(-1), 'a message'));
  const cpuUs = ((ground.cpuSeconds() - before) * 1e6) / messages.length;
  return { perSecond: (messages.length * 1000) / ms, cpuUs, wordsMs, eachMs };
}

/** Waits until the words of a message lead to it: the index takes them in the order of arrival, behind the commits. */
async function untilFound({ remote }: Caller, message: Uint8Array): Promise<number> {
  const words = must(readMessage(primitives, message).text.split(' ').at(-1), 'a number of its own');
  const beganMs = env.nowMs();
  while (env.nowMs() - beganMs < PATIENCE_MS) {
    const { rows } = await remote.search({ words, before: null, rows: 1 });
    if (rows.length > 0) return env.nowMs() - beganMs;
    await Bun.sleep(LOOK_MS);
  }
  throw new Error('the words of a message were not found');
}
