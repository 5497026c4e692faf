/** The rows of the account tree in memory (interface: `accounts-tree.ts`). */

import type { Key } from 'copse/internal/base/ids.ts';
import { worth, type Account, type Place } from 'copse/internal/social/accounts/account.ts';
import { MemoryBook, NOBODY } from 'copse/internal/social/accounts/book.ts';
import type { AuditEntry, TreeJob, TreeRows } from './accounts-tree.ts';

export class MemoryTreeRows extends MemoryBook implements TreeRows {
  readonly #acts: AuditEntry[] = [];
  readonly #jobs = new Map<string, TreeJob>();

  constructor() {
    super(NOBODY);
  }

  admin(): Account | null {
    return this.all().find(({ isAdmin, state }) => isAdmin && state === 'there') ?? null;
  }

  children(of: Place, after: Place, countMax: number): readonly Account[] {
    const places = this.below(of).filter((place) => place > after);
    return places.slice(0, countMax).flatMap((place) => this.account(place) ?? []);
  }

  countChildren(of: Place): number {
    return this.below(of).length;
  }

  act(id: string): AuditEntry | null {
    return this.#acts.find((entry) => entry.id === id) ?? null;
  }

  addAct(entry: AuditEntry): void {
    this.#acts.push({ ...entry, bytes: entry.bytes.slice() });
  }

  lastAct(): AuditEntry | null {
    return this.#acts.at(-1) ?? null;
  }

  actsBefore(number: number, countMax: number): readonly AuditEntry[] {
    return this.#acts
      .slice(0, Math.max(0, number - 1))
      .toReversed()
      .slice(0, countMax);
  }

  over(nowMs: number, countMax: number): readonly Account[] {
    const isOver = ({ state, expiresMs }: Account): boolean => state === 'temporary' && expiresMs <= nowMs;
    return this.all().filter(isOver).slice(0, countMax);
  }

  final(removedBeforeMs: number, countMax: number): readonly Account[] {
    const isFinal = ({ state, removal }: Account): boolean =>
      state === 'removed' && removal !== null && removal.atMs <= removedBeforeMs;
    return this.all().filter(isFinal).slice(0, countMax);
  }

  hiding(after: Place, countMax: number): readonly Account[] {
    const isHiding = ({ place, removal }: Account): boolean => place > after && removal?.content === 'hide';
    return this.all().filter(isHiding).slice(0, countMax);
  }

  keysOf(place: Place): readonly Key[] {
    return this.keysAt(place);
  }

  jobs(countMax: number): readonly TreeJob[] {
    return [...this.#jobs.values()].toSorted(inOrder).slice(0, countMax);
  }

  putJob(job: TreeJob): void {
    this.#jobs.set(nameOf(job), job);
  }

  dropJob(job: TreeJob): void {
    this.#jobs.delete(nameOf(job));
  }

  worth(): number {
    return this.all().reduce((sum, account) => sum + worth(account), 0);
  }
}

function nameOf({ removed, isFinal, place }: Omit<TreeJob, 'after'>): string {
  return `${removed} ${isFinal ? 1 : 0} ${place}`;
}

function inOrder(a: TreeJob, b: TreeJob): number {
  return a.removed - b.removed || Number(a.isFinal) - Number(b.isFinal) || a.place - b.place;
}
