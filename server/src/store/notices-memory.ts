/** What devices hear, in memory (interface and promises: `notices.ts`, but nothing survives the process). */

import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { MemoryHeld, type Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import { differenceTo } from 'copse/internal/social/subscriptions/whole.ts';
import type { NoticeGlance, NoticeHead, NoticeRow, NoticeUser, NoticeWrite, Notices } from './notices.ts';

interface Kept {
  head: NoticeHead;
  moved: number;
  looked: number;
  dueMs: number | null;
  readonly held: MemoryHeld;
  readonly epochs: Map<DeviceId, number>;
}

const NONE = { epoch: null, version: 0, isSettled: false } as const;

export class MemoryNotices implements Notices {
  readonly #keptByUser = new Map<UserId, Kept>();
  readonly #listeners: (() => void)[] = [];

  listen(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Somebody's rights or devices have changed: all are marked, because nobody works out whose. */
  rightsMoved(): void {
    for (const kept of this.#keptByUser.values()) kept.moved++;
    this.#tell();
  }

  /** As `begin`, and she is looked at anew. */
  wished(user: UserId): void {
    this.#begin(user);
    this.rightsMoved();
  }

  async begin(user: UserId): Promise<void> {
    this.#begin(user);
  }

  #begin(user: UserId): void {
    if (this.#keptByUser.has(user)) return;
    const fresh = { head: NONE, moved: 1, looked: 0, dueMs: null };
    this.#keptByUser.set(user, { ...fresh, held: new MemoryHeld(), epochs: new Map() });
    this.#tell();
  }

  async glance(user: UserId): Promise<NoticeGlance | null> {
    const kept = this.#keptByUser.get(user);
    return kept === undefined ? null : glanceOf(kept);
  }

  async read(user: UserId): Promise<NoticeUser | null> {
    const kept = this.#keptByUser.get(user);
    if (kept === undefined) return null;
    const { quiet } = kept.held;
    const state = { ...differenceTo(new MemoryHeld(), kept.held), quiet };
    return { ...glanceOf(kept), state, epochs: new Map(kept.epochs) };
  }

  async rows(
    user: UserId,
    device: DeviceId,
    after: SiteId | null,
    countMax: number,
  ): Promise<readonly NoticeRow[]> {
    const all = [...(this.#keptByUser.get(user)?.held.listeners() ?? [])];
    return all
      .filter((row) => row.device === device && (after === null || row.site > after))
      .map(({ site, listener }) => ({ site, listener }))
      .toSorted((a, b) => (a.site < b.site ? -1 : 1))
      .slice(0, countMax);
  }

  async endpoint(user: UserId, device: DeviceId): Promise<Endpoint | null> {
    return this.#keptByUser.get(user)?.held.endpoint(device) ?? null;
  }

  async write({ user, head, difference, epochs = [], looked }: NoticeWrite): Promise<void> {
    const kept = this.#keptByUser.get(user);
    if (kept === undefined) return;
    if (difference !== null) kept.held.take(difference);
    for (const [device, endpoint] of difference?.endpoints ?? [])
      if (endpoint === null) kept.epochs.delete(device);
      else kept.epochs.set(device, kept.epochs.get(device) ?? 0);
    for (const [device, epoch] of epochs) if (kept.epochs.has(device)) kept.epochs.set(device, epoch);
    kept.head = { ...head };
    if (looked !== undefined) [kept.looked, kept.dueMs] = [looked.upTo, looked.dueMs];
    this.#tell();
  }

  async waiting(after: UserId | null, countMax: number): Promise<readonly UserId[]> {
    const waits = ({ head, moved, looked }: Kept): boolean => !head.isSettled || moved !== looked;
    return this.#users(after, waits).slice(0, countMax);
  }

  async due(nowMs: number): Promise<number | null> {
    const isDue = ({ dueMs }: Kept): boolean => dueMs !== null && dueMs <= nowMs;
    const due = [...this.#keptByUser.values()].filter(isDue);
    for (const kept of due) [kept.moved, kept.dueMs] = [kept.moved + 1, null];
    if (due.length > 0) this.#tell();
    const times = [...this.#keptByUser.values()].flatMap(({ dueMs }) => dueMs ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  async heads(after: UserId | null, countMax: number) {
    const users = this.#users(after, () => true).slice(0, countMax);
    return users.map((user) => ({ user, ...(this.#keptByUser.get(user)?.head ?? NONE) }));
  }

  async unsettle(users: readonly UserId[]): Promise<void> {
    for (const user of users) {
      const kept = this.#keptByUser.get(user);
      if (kept !== undefined) kept.head = { ...kept.head, isSettled: false };
    }
    this.#tell();
  }

  #users(after: UserId | null, isIn: (kept: Kept) => boolean): readonly UserId[] {
    const found = [...this.#keptByUser].filter(
      ([user, kept]) => (after === null || user > after) && isIn(kept),
    );
    return found.map(([user]) => user).toSorted((a, b) => (a < b ? -1 : 1));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function glanceOf({ head, moved, looked, held }: Kept): NoticeGlance {
  return { head: { ...head }, moved, looked, quiet: held.quiet };
}
