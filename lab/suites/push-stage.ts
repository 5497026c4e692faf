/** A sender for tests, with a clock that runs faster, and what it said. */

import type { Env } from 'copse/internal/base/env.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { EndpointPolicy } from '../../server/src/notify/push/endpoint.ts';
import type { PushMessage } from '../../server/src/notify/push/message.ts';
import type { End } from '../../server/src/notify/push/origin-line.ts';
import { networkPost, type PostOptions } from '../../server/src/notify/push/post.ts';
import { Sender } from '../../server/src/notify/push/sender.ts';
import type { Subscription } from '../../server/src/notify/push/subscription.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';

/** The real clock, `times` as fast: a pause of a minute takes a second. */
function fastEnv(times: number, log: Env['log'] = () => {}): Env {
  const env = realEnv(log);
  return {
    ...env,
    nowMs: () => env.nowMs() * times,
    after: (delayMs, task) => env.after(delayMs / times, task),
  };
}

export interface StageOptions extends PostOptions {
  readonly trusted?: readonly string[];
  readonly hosts?: readonly string[];
  readonly times?: number;
}

export class PushStage {
  readonly ends = new Map<string, End>();
  readonly lines: string[] = [];
  readonly sender: Sender;
  readonly vapid = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' });
  #count = 0;

  constructor({ trusted = [], hosts = [], times = 50, ...post }: StageOptions) {
    const env = fastEnv(times, (level, event, fields) => {
      this.lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
    });
    this.sender = new Sender(env, {
      vapid: this.vapid,
      policy: new EndpointPolicy({ hosts, trusted }),
      post: networkPost(env, post),
      soon: (task) => void setImmediate(task),
      onEnd: ({ id }, end) => this.ends.set(id, end),
    });
  }

  /** Offers a message; its id. */
  offer(subscription: Subscription, text: string | Uint8Array, of: Partial<PushMessage> = {}): string {
    const id = `m${++this.#count}`;
    this.sender.offer({
      id,
      device: `device ${this.#count}`,
      subscription,
      text: typeof text === 'string' ? utf8(text) : text,
      leanText: null,
      topic: null,
      urgency: 'normal',
      priority: 1,
      ttlMs: 3_600_000,
      ...of,
    });
    return id;
  }

  /** How a message ended, in words. */
  async endOf(id: string): Promise<string> {
    for (let waits = 0; waits < 1000; waits++) {
      const end = this.ends.get(id);
      if (end !== undefined) return end.how === 'dead' ? `dead ${end.why} ${end.last}` : end.how;
      await Bun.sleep(10);
    }
    throw new Error(`${id} has not ended: ${JSON.stringify(this.sender.figures())}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender[Symbol.asyncDispose]();
  }
}
