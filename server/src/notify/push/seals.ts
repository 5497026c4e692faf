/**
 * Encrypts messages: in place while there are few, and in a thread of its own when many come, because half of
 * what a message costs is a multiplication on the curve for which others need not wait (SPEC I13). Each message has
 * a key pair of its own wherever it is encrypted (SPEC I14). The thread begins with the first crowd and ends when
 * none has come for a while; without it, or when it ends before its time, everything is done in place.
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import {
  pushSealBatchMax,
  pushSealCrowd,
  pushSealCrowdMs,
  pushSealIdleMs,
} from 'copse/internal/base/limits-push.ts';
import { workerDesk, type Desk } from '../../store/desk.ts';
import { encryptPush } from './encrypt.ts';
import { packTexts, type Sealed, type Sealer, unpackBodies } from './sealer.ts';
import type { PushKeys } from './subscription.ts';

/** The body of a message to who has these keys. */
export type Seal = (keys: PushKeys, text: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Opens a thread; rejects where there is none. */
export type OpenSealer = () => Promise<Desk<Sealer>>;

interface Waiting extends Sealed {
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (thrown: unknown) => void;
}

/** While the thread is at one the next is on its way. */
const BATCHES = 2;

export class Seals implements AsyncDisposable {
  readonly #env: Env;
  readonly #open: OpenSealer;
  #desk: Desk<Sealer> | null = null;
  #opening: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  readonly #batches = new Set<Promise<void>>();
  #isFlushing = false;
  /** Since when how many were encrypted. */
  #sinceMs = 0;
  #count = 0;
  #usedMs = 0;
  /** After a failure it is not tried again before. */
  #withoutUntilMs = 0;
  #idle: Timer | null = null;
  #isOver = false;

  constructor(env: Env, open: OpenSealer = openThread) {
    this.#env = env;
    this.#open = open;
  }

  get hasThread(): boolean {
    return this.#desk !== null;
  }

  readonly seal: Seal = (keys, text) => {
    const isCrowd = this.#isCrowd();
    if (this.#desk !== null) return this.#later(keys, text);
    if (isCrowd) this.#begin();
    return encryptPush(keys, text);
  };

  /** What was asked for is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#idle?.cancel();
    await this.#opening;
    while (this.#batches.size > 0) await Promise.all(this.#batches);
    const desk = this.#desk;
    this.#desk = null;
    await desk?.close();
  }

  #isCrowd(): boolean {
    const nowMs = this.#env.nowMs();
    if (nowMs - this.#sinceMs >= pushSealCrowdMs) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    return ++this.#count > pushSealCrowd;
  }

  #begin(): void {
    if (this.#isOver || this.#opening !== null || this.#env.nowMs() < this.#withoutUntilMs) return;
    this.#opening = this.#start().finally(() => {
      this.#opening = null;
    });
  }

  async #start(): Promise<void> {
    try {
      this.#desk = await this.#open();
    } catch (thrown) {
      return this.#fail(thrown);
    }
    this.#usedMs = this.#env.nowMs();
    this.#watch();
  }

  #later(keys: PushKeys, text: Uint8Array): Promise<Uint8Array> {
    this.#usedMs = this.#env.nowMs();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keys, text, resolve, reject });
      if (this.#isFlushing || this.#batches.size >= BATCHES) return;
      this.#isFlushing = true;
      // What is asked for in one turn goes together.
      queueMicrotask(() => {
        this.#isFlushing = false;
        this.#flush();
      });
    });
  }

  #flush(): void {
    while (this.#batches.size < BATCHES && this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, pushSealBatchMax);
      const batch: Promise<void> = this.#carry(some).finally(() => {
        this.#batches.delete(batch);
        this.#flush();
      });
      this.#batches.add(batch);
    }
  }

  async #carry(messages: readonly Waiting[]): Promise<void> {
    const bodies = await this.#bodies(messages);
    for (const [n, { keys, text, resolve, reject }] of messages.entries()) {
      try {
        resolve(bodies[n] ?? encryptPush(keys, text));
      } catch (thrown) {
        reject(thrown);
      }
    }
  }

  /** None where the thread has failed. */
  async #bodies(messages: readonly Waiting[]): Promise<readonly Uint8Array[]> {
    const desk = this.#desk;
    if (desk === null) return [];
    try {
      const packed = packTexts(messages);
      const bodies = unpackBodies(await desk.call('seal', [packed], [packed.buffer]));
      assert(bodies.length === messages.length, 'each message has a body');
      return bodies;
    } catch (thrown) {
      if (this.#desk === desk) this.#fail(thrown);
      return [];
    }
  }

  #fail(thrown: unknown): void {
    this.#env.log('warn', 'push.thread', { fault: asFault(thrown).code });
    this.#withoutUntilMs = this.#env.nowMs() + pushSealIdleMs;
    this.#end();
  }

  #end(): void {
    const desk = this.#desk;
    this.#desk = null;
    this.#idle?.cancel();
    this.#idle = null;
    // It carries out what was asked of it, or has ended already.
    desk?.close().catch(() => {});
  }

  #watch(): void {
    if (this.#isOver) return;
    const leftMs = this.#usedMs + pushSealIdleMs - this.#env.nowMs();
    if (leftMs <= 0) return this.#end();
    this.#idle = this.#env.after(leftMs, () => this.#watch());
  }
}

function openThread(): Promise<Desk<Sealer>> {
  return workerDesk<Sealer>(new Worker(new URL('./seal-worker.ts', import.meta.url).href), '');
}
