/** Resets in memory (interface and promises: `recovery-resets.ts`, but nothing survives the process). */

import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { PendingRecord, ResetRecord, ResetRoom, Resets, Succession } from './recovery-resets.ts';

export class MemoryResets implements Resets {
  readonly #byRequest = new Map<string, ResetRecord>();
  readonly #successions = new Map<UserId, Succession & { done: boolean }>();
  readonly #pendings = new Map<string, PendingRecord>();

  async ask(request: ResetRecord, room: ResetRoom): Promise<'ok' | 'taken' | 'full'> {
    const { sinceMs, waitingMax, perUserMax } = room;
    for (const row of this.#byRequest.values()) {
      if (row.state === 'waiting' && row.createdMs < sinceMs) this.#byRequest.delete(row.request);
    }
    if (this.#byRequest.has(request.request)) return 'taken';
    const waiting = this.#waiting(sinceMs);
    if (waiting.length >= waitingMax) return 'full';
    if (waiting.filter(({ user }) => user === request.user).length >= perUserMax) return 'full';
    this.#byRequest.set(request.request, request);
    return 'ok';
  }

  async request(request: string): Promise<ResetRecord | null> {
    return this.#byRequest.get(request) ?? null;
  }

  async waiting(sinceMs: number, countMax: number): Promise<readonly ResetRecord[]> {
    return this.#waiting(sinceMs)
      .toSorted((a, b) => a.createdMs - b.createdMs)
      .slice(0, countMax);
  }

  #waiting(sinceMs: number): readonly ResetRecord[] {
    return [...this.#byRequest.values()].filter((row) => row.state === 'waiting' && row.createdMs >= sinceMs);
  }

  async refuse(request: string): Promise<boolean> {
    return this.#decide(request, 'refused');
  }

  async approve(request: string, user: UserId): Promise<boolean> {
    const row = this.#byRequest.get(request);
    if (row === undefined || this.#successions.has(row.user)) return false;
    if ([...this.#successions.values()].some((one) => one.user === user)) return false;
    if (!this.#decide(request, 'approved')) return false;
    this.#successions.set(row.user, { was: row.user, user, request, done: false });
    return true;
  }

  #decide(request: string, state: 'approved' | 'refused'): boolean {
    const row = this.#byRequest.get(request);
    if (row?.state !== 'waiting') return false;
    this.#byRequest.set(request, { ...row, state });
    return true;
  }

  async successor(user: UserId): Promise<UserId | null> {
    return this.#successions.get(user)?.user ?? null;
  }

  async unfinished(): Promise<readonly Succession[]> {
    return [...this.#successions.values()].flatMap(({ done, was, user, request }) =>
      done ? [] : [{ was, user, request }],
    );
  }

  async finish(was: UserId): Promise<void> {
    const row = this.#successions.get(was);
    if (row !== undefined) row.done = true;
  }

  async addPending(pending: PendingRecord): Promise<void> {
    const place = placeOf(pending);
    if (!this.#pendings.has(place)) this.#pendings.set(place, pending);
  }

  async pendingsOfSite(site: SiteId, countMax: number): Promise<readonly PendingRecord[]> {
    return this.#all((row) => row.site === site).slice(0, countMax);
  }

  async pendingsOf(user: UserId, countMax: number): Promise<readonly PendingRecord[]> {
    return this.#all((row) => row.user === user).slice(0, countMax);
  }

  #all(isWanted: (row: PendingRecord) => boolean): readonly PendingRecord[] {
    const rows = [...this.#pendings.values()].filter(isWanted);
    return rows.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  }

  async readmit(site: SiteId, user: UserId, sealed: Uint8Array): Promise<boolean> {
    const row = this.#pendings.get(placeOf({ site, user }));
    if (row === undefined) return false;
    this.#pendings.set(placeOf(row), { ...row, sealed: sealed.slice() });
    return true;
  }

  async dropPending(site: SiteId, user: UserId): Promise<void> {
    this.#pendings.delete(placeOf({ site, user }));
  }

  async claimOf(user: UserId): Promise<ResetRecord | null> {
    const succession = [...this.#successions.values()].find((one) => one.user === user);
    return succession === undefined ? null : (this.#byRequest.get(succession.request) ?? null);
  }
}

function placeOf({ site, user }: Pick<PendingRecord, 'site' | 'user'>): string {
  return `${site} ${user}`;
}
