/** What auth tells notify of the devices of each user, again and again until both hold the same (SPEC I11, I19). */

import { must } from 'copse/internal/base/assert.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import type { Level, SubscriptionChange, Update, Updated } from 'copse/internal/api/notify.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import type { World } from '../world.ts';
import { primitives } from './notify-process.ts';
import type { Places, SimDevice, SimUser } from './places.ts';

export const LEVELS: readonly Level[] = ['all', 'all', 'mentions', 'none'];
const RETRY_MS = 1_000;

export interface AuthParts {
  readonly world: World;
  readonly places: Places;
  readonly update: (message: Update) => Promise<Updated>;
}

export class Auth {
  readonly #parts: AuthParts;
  readonly #senders = new Map<SimUser, SubscriptionSender>();
  /** Users of whom something is being told. */
  readonly #telling = new Set<SimUser>();
  readonly #levels = new Map<string, Level>();

  constructor(parts: AuthParts) {
    this.#parts = parts;
    for (const user of parts.places.users) this.#join(user);
  }

  /** Whether notify holds what auth does. */
  get isSettled(): boolean {
    return this.#telling.size === 0;
  }

  levelOf({ device }: SimDevice, site: SiteId): Level {
    return this.#levels.get(`${device} ${site}`) ?? 'all';
  }

  setLevel({ device, user }: SimDevice, site: SiteId, level: Level): void {
    this.#parts.world.note(`${device.slice(-2)} in ${site.slice(-2)}: ${level}`);
    this.#levels.set(`${device} ${site}`, level);
    this.#change(user, [{ kind: 'level', device, site, level }]);
  }

  #join(user: SimUser): void {
    const { world, places } = this.#parts;
    const changes = user.devices.flatMap(({ device, url, p256dh, auth }): SubscriptionChange[] => [
      { kind: 'endpoint', device, url, p256dh, auth },
      ...places.sites.flatMap(({ site }): SubscriptionChange[] => {
        const level = world.chance.pick(LEVELS);
        this.#levels.set(`${device} ${site}`, level);
        return [
          { kind: 'join', device, site, audience: ['*'] },
          { kind: 'level', device, site, level },
          { kind: 'tags', device, site, tags: [user.tag] },
        ];
      }),
    ]);
    this.#senders.set(user, new SubscriptionSender({ user: user.user, primitives }));
    this.#change(user, changes);
  }

  #change(user: SimUser, changes: readonly SubscriptionChange[]): void {
    this.#senderOf(user).change(changes, this.#parts.world.nowMs);
    if (this.#telling.has(user)) return;
    this.#telling.add(user);
    this.#tell(user);
  }

  #tell(user: SimUser): void {
    const { world, update } = this.#parts;
    const sender = this.#senderOf(user);
    const message = sender.next(world.nowMs);
    if (message === null) {
      this.#telling.delete(user);
      return;
    }
    const answered = (answer: Updated): void => {
      sender.answered(message, answer, world.nowMs);
      this.#tell(user);
    };
    update(message).then(answered, () => void world.at(RETRY_MS, () => this.#tell(user)));
  }

  #senderOf(user: SimUser): SubscriptionSender {
    return must(this.#senders.get(user), 'a user of this world');
  }
}
