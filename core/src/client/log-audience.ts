/** The faces that have a log open, and the appends of this device that have no outcome yet, of which they are told. */

import type { AppendRequest } from './backlog.ts';
import type { Outcome } from './log-outcome.ts';
import type { LogListener } from './open-log-types.ts';

export class LogAudience {
  readonly listeners = new Set<LogListener>();
  /** Appends without an outcome, in the order in which they came. */
  readonly waiting = new Map<string, AppendRequest>();
  readonly #onState: () => void;
  #isTelling = false;

  constructor(onState: () => void) {
    this.#onState = onState;
  }

  addWaiting(request: AppendRequest): void {
    this.waiting.set(request.id, request);
    this.tell((listener) => listener.onWaiting(request));
  }

  settled(id: string, outcome: Outcome): void {
    this.waiting.delete(id);
    this.tell((listener) => listener.onSettled(id, outcome));
    this.changed();
  }

  /** Once per turn, however much has changed in it. */
  changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      this.tell((listener) => listener.onState());
      this.#onState();
    });
  }

  tell(say: (listener: LogListener) => void): void {
    for (const listener of this.listeners) say(listener);
  }
}
