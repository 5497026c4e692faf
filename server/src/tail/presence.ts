/**
 * Who is attached to a log, told at intervals as changes (SPEC T9). The same bytes go to everybody; who
 * just came gets the list. Nothing of it is stored.
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { presenceShownMax } from 'copse/internal/base/limits.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { putPresent, type Presence as Present } from './frames.ts';
import type { Lease } from './lease.ts';
import { untold, type Topic } from './topic.ts';

export interface PresenceOptions {
  readonly env: Env;
  readonly presenceMs: number;
  publish(topic: Topic, message: Uint8Array<ArrayBuffer>): void;
}

export class Presence {
  readonly #options: PresenceOptions;
  readonly #waiting = new Set<Topic>();
  readonly #writer = new Writer();
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** The presence of a log has changed; it is told within the interval. */
  changed(topic: Topic): void {
    if (this.#closed || topic.change === null) return;
    this.#waiting.add(topic);
    this.#timer ??= this.#options.env.after(this.#options.presenceMs, () => this.#tell());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting.clear();
  }

  #tell(): void {
    this.#timer = null;
    const topics = [...this.#waiting];
    this.#waiting.clear();
    for (const topic of topics) this.#tellTopic(topic);
  }

  #tellTopic(topic: Topic): void {
    const { change } = topic;
    topic.change = null;
    if (change === null || topic.attached.length === 0) return;
    const joined = stillUntold(change.joined, untold.joined);
    const newcomers = stillUntold(change.newcomers, untold.newcomer);
    const { left } = change;
    const everybodyIsNew = newcomers.length === topic.attached.length;
    if (everybodyIsNew || joined.length > presenceShownMax || left.length > presenceShownMax) {
      this.#publish(topic, listOf(topic));
      return;
    }
    if (joined.length > 0 || left.length > 0 || newcomers.length > 0) {
      const { channel, attached } = topic;
      this.#publish(topic, { channel, reset: false, count: attached.length, joined, left });
    }
    if (newcomers.length === 0) return;
    this.#writer.reset();
    putPresent(this.#writer, listOf(topic));
    const list = this.#writer.view();
    for (const lease of newcomers) lease.session.line.push((writer) => writer.raw(list));
  }

  #publish(topic: Topic, present: Present): void {
    this.#writer.reset();
    putPresent(this.#writer, present);
    this.#options.publish(topic, this.#writer.view());
  }
}

/** Everybody who is listed, as a new beginning. */
function listOf(topic: Topic): Present {
  const joined = topic.attached.slice(0, presenceShownMax);
  return { channel: topic.channel, reset: true, count: topic.attached.length, joined, left: [] };
}

/** The leases that still count, each once; they are told now. */
function stillUntold(leases: readonly Lease[], bit: number): readonly Lease[] {
  return leases.filter((lease) => {
    const counts = (lease.untold & bit) !== 0;
    lease.untold &= ~bit;
    return counts;
  });
}
