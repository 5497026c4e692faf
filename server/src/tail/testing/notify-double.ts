/** A notify that writes down what it is told, and can be away or forget. */

import { notifyInternal, type NotifyRemote } from 'copse/internal/api/notify.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { decode, encode, type Shape } from 'copse/internal/wire/shape.ts';
import type { UserId } from 'copse/internal/base/ids.ts';

const { calls } = notifyInternal;
type Publish = Parameters<NotifyRemote['publish']>[0];
type Frame = Parameters<NotifyRemote['presence']>[0];
type Heard = Awaited<ReturnType<NotifyRemote['presence']>>;

interface Told {
  readonly log: string;
  readonly length: number;
  readonly mentions: readonly string[];
  readonly by: UserId | null;
}

export class NotifyDouble {
  /** Calls of `publish` that were taken. */
  published: (readonly Told[])[] = [];
  /** Those of them that are not kept and not answered. */
  #unkept: { readonly logs: readonly Told[]; readonly answer: () => void }[] = [];
  readonly frames: Frame[] = [];
  /** Who has read what she wrote. */
  readonly read: { readonly user: UserId; readonly at: number }[] = [];
  readonly muted = new Set<UserId>();
  epoch = 0;
  /** Null: only a higher epoch counts. */
  #next: number | null = null;
  /** Nothing gets through. */
  isAway = false;
  /** What is said gets through, and the answer does not. */
  isMute = false;
  /** Its disk takes nothing until `keep`. */
  isSlow = false;
  /** Calls of `publish`, also those that were lost. */
  attempts = 0;

  /** Everything is written, and answered. */
  keep(): void {
    this.isSlow = false;
    for (const { answer } of this.#unkept.splice(0)) answer();
  }

  /** Its process is killed: what it has not written is lost. */
  lose(): void {
    const lost = new Set(this.#unkept.splice(0).map(({ logs }) => logs));
    this.published = this.published.filter((logs) => !lost.has(logs));
    this.isSlow = false;
  }

  get told(): readonly Told[] {
    return this.published.flat();
  }

  readonly remote: Pick<NotifyRemote, 'publish' | 'presence' | 'read'> = {
    publish: (request) => {
      this.attempts++;
      return this.#answer(() => this.#publish(passed(calls.publish.request, request)));
    },
    presence: (frame) => this.#answer(() => this.#presence(passed(calls.presence.request, frame))),
    read: (request) =>
      this.#answer(() => {
        const { reads } = passed(calls.read.request, request);
        this.read.push(...reads.map(({ user, at }) => ({ user, at })));
        return {};
      }),
  };

  async #answer<T>(act: () => T | Promise<T>): Promise<T> {
    if (this.isAway) throw new Fault('closed');
    const answer = await act();
    if (this.isMute) throw new Fault('deadline');
    return answer;
  }

  #publish({ logs }: Publish): object | Promise<object> {
    const told = logs.map(({ log, length, mentions, by }) => ({
      log,
      length,
      mentions: mentions.map(hex),
      by,
    }));
    this.published.push(told);
    if (!this.isSlow) return {};
    return new Promise((resolve) => void this.#unkept.push({ logs: told, answer: () => resolve({}) }));
  }

  /** It was silent for too long, or notify has begun again. */
  forget(): void {
    this.muted.clear();
    this.#next = null;
  }

  /** As `server/src/notify/news/presence.ts` takes a frame. */
  #presence(frame: Frame): Heard {
    this.frames.push(frame);
    const { epoch, seq } = frame;
    if (epoch > this.epoch && seq === 0) {
      this.muted.clear();
      this.epoch = epoch;
      this.#next = 0;
    }
    if (epoch !== this.epoch || this.#next === null || seq > this.#next)
      return { kind: 'again', epoch: this.epoch };
    if (seq < this.#next) return { kind: 'ok' };
    this.#next = seq + 1;
    for (const user of frame.muted) this.muted.add(user);
    for (const user of frame.unmuted) this.muted.delete(user);
    return { kind: 'ok' };
  }
}

/** What arrives is what a link carries. */
function passed<T>(shape: Shape<T>, message: T): T {
  return decode(shape, encode(shape, message).slice());
}
