/** The quiet hours of users, as notifications ask for them (SPEC I8). */

import type { QuietSpec } from 'copse/internal/api/notify.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Zones } from 'copse/internal/base/zones.ts';
import { checkQuiet } from 'copse/internal/social/subscriptions/quiet.ts';
import { quietUntil } from './quiet.ts';

export class QuietUsers {
  readonly #env: Pick<Env, 'log'>;
  readonly #zones = new Zones();
  readonly #byUser = new Map<UserId, QuietSpec>();

  constructor(env: Pick<Env, 'log'>) {
    this.#env = env;
  }

  /** Hours that this runtime does not understand, as those of a zone that it does not know, are none here. */
  put(user: UserId, hours: QuietSpec | null): void {
    if (hours !== null && this.#isRight(hours)) this.#byUser.set(user, hours);
    else this.#byUser.delete(user);
  }

  has(user: UserId): boolean {
    return this.#byUser.has(user);
  }

  /** Until when the user hears nothing of this kind; null when she hears it now. */
  until(user: UserId, wallMs: number, kind: 'news' | 'mention'): number | null {
    const hours = this.#byUser.get(user);
    if (hours === undefined || (kind === 'mention' && hours.mentionsPass)) return null;
    return quietUntil(this.#zones, hours, wallMs);
  }

  #isRight(hours: QuietSpec): boolean {
    try {
      checkQuiet(this.#zones, hours);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#env.log('warn', 'notify.quiet', { why: thrown.detail });
      return false;
    }
  }
}
