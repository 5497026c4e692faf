/** Messages that could not be delivered, for an operator to see and to send again (SPEC I15). The oldest go first. */

import { pushDeadLettersMax } from 'copse/internal/base/limits-push.ts';

import type { Why } from './origin-line.ts';
import type { PushMessage } from './message.ts';

export interface DeadLetter {
  readonly message: PushMessage;
  readonly origin: string;
  readonly why: Why;
  /** The last answer, if there was one. */
  readonly last: string;
  readonly diedAtMs: number;
}

/** What may be shown of one: nothing that reaches the device. */
export interface DeadLetterRow {
  readonly id: string;
  readonly device: string;
  readonly origin: string;
  readonly why: Why;
  readonly last: string;
  readonly diedAtMs: number;
}

export class DeadLetters {
  readonly #letterById = new Map<string, DeadLetter>();
  #lost = 0;

  /** How many were let go for want of room. */
  get lostCount(): number {
    return this.#lost;
  }

  get count(): number {
    return this.#letterById.size;
  }

  add(letter: DeadLetter): void {
    this.#letterById.delete(letter.message.id);
    this.#letterById.set(letter.message.id, letter);
    if (this.#letterById.size <= pushDeadLettersMax) return;
    for (const id of this.#letterById.keys()) {
      this.#letterById.delete(id);
      this.#lost++;
      return;
    }
  }

  /** The newest first. */
  list(): readonly DeadLetterRow[] {
    return [...this.#letterById.values()].toReversed().map(({ message, origin, why, last, diedAtMs }) => ({
      id: message.id,
      device: message.device,
      origin,
      why,
      last,
      diedAtMs,
    }));
  }

  /** Takes one out, to send it again. */
  take(id: string): DeadLetter | null {
    const letter = this.#letterById.get(id) ?? null;
    this.#letterById.delete(id);
    return letter;
  }

  /** Those to an endpoint go with it. */
  forget(endpoint: string): void {
    for (const [id, { message }] of this.#letterById)
      if (message.subscription.endpoint === endpoint) this.#letterById.delete(id);
  }
}
