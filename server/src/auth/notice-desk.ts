/**
 * What the devices of users hear, brought to what they hold and kept before notify is told (SPEC I7, I11, I19).
 * Each user is worked on in turn. Nothing is sent that is not durable: after a restart auth may know less than
 * it has said, and then says everything once more, but never that it has said what it has not.
 */

import type { SubscriptionChange, Update, Updated } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { devicesPerUserMax } from 'copse/internal/base/limits.ts';
import { listenersPerUserMax, noticeTurnsMax } from 'copse/internal/base/limits-notify.ts';
import type { Endpoint, Held } from 'copse/internal/social/subscriptions/held.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import { isSameEndpoint } from 'copse/internal/social/subscriptions/whole.ts';
import type { NoticeWrite } from '../store/notices.ts';
import type { Grounds } from './grounds.ts';
import { NoticeCache, type NoticeKept } from './notice-cache.ts';
import { changesTo } from './notice-changes.ts';
import { heardBy } from './notice-rights.ts';

/** A message and what notify has answered. */
export interface Said {
  readonly message: Update;
  readonly answer: Updated;
}

interface Line {
  last: Promise<void>;
  count: number;
}

export class NoticeDesk {
  readonly #grounds: Grounds;
  readonly #cache = new NoticeCache();
  readonly #lines = new Map<UserId, Line>();

  constructor(grounds: Grounds) {
    this.#grounds = grounds;
  }

  /** Changes what her devices hear by what `decide` says of it. */
  change(user: UserId, decide: (held: Held) => readonly SubscriptionChange[]): Promise<void> {
    return this.#turn(user, async () => {
      const kept = await this.#kept(user);
      if (kept === null) throw new Fault('unknown', 'no device of yours is notified');
      await this.#working(kept, async () => {
        await this.#look(kept);
        const changes = decide(kept.sender.held);
        if (changes.length === 0) return;
        this.#say(kept, changes);
        await this.#write(kept);
      });
    });
  }

  /** The device has this address, and hears of all sites from now on. */
  subscribe(user: UserId, device: DeviceId, endpoint: Endpoint): Promise<void> {
    return this.#beginning(user, async (kept) => {
      const row = await this.#grounds.accounts.people.device(device);
      if (row === null || row.user !== user || row.revokedMs !== null)
        throw new Fault('revoked', 'the device');
      if (kept.epochs.get(device) !== row.minEpoch) {
        // What it heard before it logged out is not what it wants now.
        if (kept.epochs.has(device)) this.#say(kept, [{ kind: 'leaveAll', device }]);
        kept.epochs.set(device, row.minEpoch);
        kept.epochMoved = device;
        kept.isDirty = true;
      }
      if (!isSameEndpoint(kept.sender.held.endpoint(device), endpoint))
        this.#say(kept, [{ kind: 'endpoint', device, ...endpoint }]);
      if (!(await this.#look(kept, 'whole')))
        throw new Fault('tooMany', `the devices of a user listen in at most ${listenersPerUserMax} places`);
    });
  }

  /** The device has no address any more. */
  unsubscribe(user: UserId, device: DeviceId): Promise<void> {
    return this.#beginning(user, async (kept) => {
      this.#say(kept, [
        { kind: 'leaveAll', device },
        { kind: 'forgetEndpoint', device },
      ]);
      await this.#look(kept, 'anyway');
    });
  }

  /** The user's quiet hours, also of devices to come. */
  quiet(user: UserId, hours: Held['quiet']): Promise<void> {
    return this.#beginning(user, async (kept) => {
      this.#say(kept, [{ kind: 'quiet', hours }]);
      await this.#write(kept);
    });
  }

  /** Brings the rows to what she holds, when that has moved. */
  async refresh(user: UserId): Promise<void> {
    const glance = await this.#grounds.accounts.notices.glance(user);
    if (glance === null || glance.moved === glance.looked) return;
    await this.change(user, () => []);
  }

  /** What notify is to be told next; null when it holds the same. */
  step(user: UserId, said: Said | null): Promise<Update | null> {
    return this.#turn(user, async () => {
      const kept = await this.#kept(user);
      if (kept === null) return null;
      return this.#working(kept, async () => {
        const { sender } = kept;
        if (said !== null) sender.answered(said.message, said.answer, this.#wallMs());
        await this.#look(kept);
        const message = sender.next(this.#wallMs());
        if (message === null && !kept.isSettled) await this.#write(kept);
        return message;
      });
    });
  }

  #wallMs(): number {
    return this.#grounds.env.wallMs();
  }

  async #beginning(user: UserId, task: (kept: NoticeKept) => Promise<void>): Promise<void> {
    return this.#turn(user, async () => {
      await this.#grounds.accounts.notices.begin(user);
      const kept = must(await this.#kept(user), 'she has a row');
      return this.#working(kept, () => task(kept));
    });
  }

  async #turn<T>(user: UserId, task: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(user) ?? { last: Promise.resolve(), count: 0 };
    if (line.count >= noticeTurnsMax) throw new Fault('tooMany', 'changes of notifications');
    this.#lines.set(user, line);
    line.count++;
    const turn = line.last.then(task);
    line.last = turn.then(nothing, nothing);
    try {
      return await turn;
    } finally {
      if (--line.count === 0) this.#lines.delete(user);
    }
  }

  /** What was changed and could not be written is forgotten: the rows count. */
  async #working<T>(kept: NoticeKept, task: () => Promise<T>): Promise<T> {
    this.#cache.delete(kept.user);
    try {
      return await task();
    } finally {
      if (!kept.isDirty && !kept.sender.isSettled) this.#cache.keep(kept);
    }
  }

  #say(kept: NoticeKept, changes: readonly SubscriptionChange[]): void {
    kept.sender.change(changes, this.#wallMs());
    kept.isDirty = true;
  }

  async #kept(user: UserId): Promise<NoticeKept | null> {
    const known = this.#cache.get(user);
    if (known !== null) return known;
    const { accounts, primitives } = this.#grounds;
    const read = await accounts.notices.read(user);
    if (read === null) return null;
    const { head, state, epochs } = read;
    const { epoch, version, isSettled } = head;
    const saved = { epoch, version, isWhole: !isSettled, state, waiting: [], inFlight: 0 };
    const sender = new SubscriptionSender({ user, primitives, saved });
    return { user, sender, epochs: new Map(epochs), epochMoved: null, isSettled, isDirty: false };
  }

  /** When something has moved, or anyway; `whole`: only when all that she holds finds room. False: it did not. */
  async #look(kept: NoticeKept, how: 'moved' | 'anyway' | 'whole' = 'moved'): Promise<boolean> {
    const { accounts, env } = this.#grounds;
    const { user, sender } = kept;
    // Before anything is looked at: what moves meanwhile is looked at again.
    const { moved, looked } = must(await accounts.notices.glance(user), 'she has a row');
    if (how === 'moved' && moved === looked) return true;
    const ended = await this.#ended(kept);
    const { audienceBySite, dueMs } = await heardBy(this.#grounds, user);
    const silent = await this.#silent(kept, ended);
    const { changes, left } = changesTo(sender.held, { ended, silent, audienceBySite });
    if (how === 'whole' && left > 0) return false;
    if (left > 0) env.log('warn', 'notices.full', { user, left });
    if (changes.length > 0) this.#say(kept, changes);
    for (const device of ended) kept.epochs.delete(device);
    if (!kept.isDirty && moved === looked) return true;
    await this.#write(kept, { upTo: moved, dueMs });
    return true;
  }

  /** Who wishes a digest and has no device with an address hears on one of hers that stays silent (SPEC I22). */
  async #silent({ sender, user }: NoticeKept, ended: ReadonlySet<DeviceId>): Promise<DeviceId | null> {
    for (const [device] of sender.held.endpoints()) if (!ended.has(device)) return null;
    const { digests, people } = this.#grounds.accounts;
    if ((await digests.of(user)) === null) return null;
    const devices = (await people.devices(user, devicesPerUserMax)).filter((row) => row.revokedMs === null);
    const [first] = devices.map(({ device }) => device).toSorted();
    return first ?? null;
  }

  /** Devices that have an address and are revoked, or have logged out since they gave it. */
  async #ended({ epochs, sender, user }: NoticeKept): Promise<ReadonlySet<DeviceId>> {
    const ended = new Set<DeviceId>();
    for (const [device] of sender.held.endpoints()) {
      const row = await this.#grounds.accounts.people.device(device);
      const isHers = row !== null && row.user === user && row.revokedMs === null;
      if (!isHers || row.minEpoch > (epochs.get(device) ?? 0)) ended.add(device);
    }
    return ended;
  }

  async #write(kept: NoticeKept, looked?: NoticeWrite['looked']): Promise<void> {
    const { user, sender, epochs, epochMoved } = kept;
    const head = { ...sender.head, isSettled: sender.isSettled };
    const difference = sender.moved();
    const epoch = epochMoved === null ? undefined : epochs.get(epochMoved);
    const moved = epochMoved === null || epoch === undefined ? [] : [[epochMoved, epoch] as const];
    kept.isDirty = true;
    await this.#grounds.accounts.notices.write({
      user,
      head,
      difference,
      epochs: moved,
      ...(looked !== undefined && { looked }),
    });
    kept.epochMoved = null;
    kept.isDirty = false;
    kept.isSettled = head.isSettled;
  }
}

function nothing(): void {}
