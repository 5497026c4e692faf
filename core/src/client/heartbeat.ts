/**
 * Tells a silent connection from a dead one: a cheap beat now and then, and one probe at once when there is
 * reason to doubt (SPEC S3). A line that is busy with what this device sends has the time that it needs.
 */

import type { Env, Timer } from '../base/env.ts';
import { idleMs } from '../base/limits.ts';
import type { Link } from '../link/link.ts';

/** A third of what the node allows: one beat may get lost. */
const BEAT_MS = idleMs / 3;
const ANSWER_MS = 5_000;
const MISSED_MAX = 2;
/** When there is reason to doubt the connection. */
const DOUBT_MS = 2_000;
/** A line that is slower than this is as good as none: 256 kbit/s. */
const BYTES_PER_MS = 32;

/** A link that counts what passes through it. */
export class Pulse implements Link {
  readonly #link: Link;
  /** Messages that have arrived. */
  heardCount = 0;
  /** Bytes that were sent since the last one arrived. */
  unansweredBytes = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  send(message: Uint8Array): void {
    this.unansweredBytes += message.length;
    this.#link.send(message);
  }

  listen(events: Parameters<Link['listen']>[0]): void {
    this.#link.listen({
      onMessage: (message) => {
        this.heardCount++;
        this.unansweredBytes = 0;
        events.onMessage(message);
      },
      onClose: (fault) => events.onClose(fault),
    });
  }

  buffered(): number {
    return this.#link.buffered();
  }

  close(fault?: Parameters<Link['close']>[0]): void {
    this.#link.close(fault);
  }
}

export interface HeartbeatOwner {
  readonly env: Env;
  readonly pulse: Pick<Pulse, 'heardCount' | 'unansweredBytes'>;
  /** Rejects when no answer came in time. */
  ping(deadlineMs: number): Promise<unknown>;
  onDead(): void;
}

export class Heartbeat {
  readonly #owner: HeartbeatOwner;
  #timer: Timer | null = null;
  /** When the probe under way is over. */
  #probedUntilMs = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(owner: HeartbeatOwner) {
    this.#owner = owner;
    this.#schedule();
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isOver) return;
    this.#timer = this.#owner.env.after(BEAT_MS, () => {
      this.#schedule();
      void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    for (let missed = 0; missed < MISSED_MAX; missed++) if (await this.#isAnswered(ANSWER_MS)) return;
    this.#dead();
  }

  /** There is reason to doubt that the connection still works: it has to answer soon. */
  async doubt(deadlineMs: number = DOUBT_MS): Promise<void> {
    const untilMs = this.#owner.env.nowMs() + deadlineMs;
    if (this.#isOver || this.#probedUntilMs <= untilMs) return;
    this.#probedUntilMs = untilMs;
    const isAnswered = await this.#isAnswered(deadlineMs);
    if (this.#probedUntilMs === untilMs) this.#probedUntilMs = Number.POSITIVE_INFINITY;
    if (!isAnswered) this.#dead();
    // What was proven now needs no proof in a moment.
    else this.#schedule();
  }

  /** Whether anything was heard in time; whoever says something else is alive too. */
  async #isAnswered(deadlineMs: number): Promise<boolean> {
    const { pulse } = this.#owner;
    const { heardCount } = pulse;
    try {
      await this.#owner.ping(deadlineMs + pulse.unansweredBytes / BYTES_PER_MS);
      return true;
    } catch {
      return pulse.heardCount > heardCount;
    }
  }

  #dead(): void {
    if (this.#isOver) return;
    this.stop();
    this.#owner.onDead();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }
}
