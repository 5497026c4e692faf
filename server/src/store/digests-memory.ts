/** Digests in memory (interface and promises: `digests.ts`, but nothing survives the process). */

import type { UserId } from 'copse/internal/base/ids.ts';
import type { DigestRecord, Digests, DigestWish } from './digests.ts';

export class MemoryDigests implements Digests {
  readonly #recordByUser = new Map<UserId, DigestRecord>();

  /** Somebody wishes one, or none any more. */
  onChanged: (user: UserId) => void = () => {};

  async of(user: UserId): Promise<DigestRecord | null> {
    return this.#recordByUser.get(user) ?? null;
  }

  async wish(wish: DigestWish, lookMs: number): Promise<void> {
    this.#recordByUser.set(wish.user, { ...wish, sinceMs: null, sentMs: null, lookMs });
    this.onChanged(wish.user);
  }

  async end(user: UserId, email: string): Promise<boolean> {
    if (this.#recordByUser.get(user)?.email !== email) return false;
    this.#recordByUser.delete(user);
    this.onChanged(user);
    return true;
  }

  async due(nowMs: number, countMax: number): Promise<readonly DigestRecord[]> {
    const due = [...this.#recordByUser.values()].filter(({ lookMs }) => lookMs <= nowMs);
    return due.toSorted((a, b) => a.lookMs - b.lookMs).slice(0, countMax);
  }

  async note(record: DigestRecord): Promise<void> {
    const known = this.#recordByUser.get(record.user);
    if (known?.email !== record.email || known.afterMs !== record.afterMs) return;
    this.#recordByUser.set(record.user, { ...record });
  }
}
