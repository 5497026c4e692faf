/**
 * The account tree over the rows of an engine (interface and promises: `accounts-tree.ts`). A removal is one row;
 * what it ends besides – tokens, sessions, and after seven days the accounts themselves – goes in slices of at
 * most `accountSliceMax` accounts with other requests between them, and a restart goes on where it was (SPEC Z14).
 */

import { must } from 'copse/internal/base/assert.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { key as keyOf, type DeviceId, type Key, type UserId } from 'copse/internal/base/ids.ts';
import {
  accountAuditScanMax,
  accountBytesIssued,
  accountBytesMax,
  accountPreviewMax,
  accountPreviewNamesMax,
  accountRestoreMs,
  accountSliceMax,
  accountsPageMax,
} from 'copse/internal/base/limits-accounts.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { NODE, type Account, type Extent, type Place } from 'copse/internal/social/accounts/account.ts';
import { formerKeyOf } from 'copse/internal/social/accounts/operation.ts';
import { applyOperation } from 'copse/internal/social/accounts/apply.ts';
import { AUDIT_GENESIS, auditHash } from 'copse/internal/social/accounts/audit.ts';
import { endForGood, expire, isFinal } from 'copse/internal/social/accounts/ending.ts';
import { above, endedBy, isThere, mayView } from 'copse/internal/social/accounts/standing.ts';
import type { NewUser } from './accounts.ts';
import { Friends } from './accounts-tree-friends.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import type {
  AccountView,
  AppliedOperation,
  AuditEntry,
  HiddenKey,
  Preview,
  SignedOperation,
  Standing,
  StandingChange,
  Tree,
  TreeJob,
  TreeNeighbours,
  TreeRows,
} from './accounts-tree.ts';

export interface TreeOptions {
  readonly write: Write;
  readonly primitives: Primitives;
  readonly neighbours: TreeNeighbours;
  /** Arranges that a task runs after what is ready now. */
  readonly schedule: (task: () => void) => void;
}

export class TreeDesk implements Tree {
  readonly #rows: TreeRows;
  readonly #options: TreeOptions;
  readonly #listeners: ((change: StandingChange) => void)[] = [];
  readonly #friends: Friends;

  constructor(rows: TreeRows, options: TreeOptions) {
    this.#rows = rows;
    this.#options = options;
    this.#friends = new Friends(rows, options.primitives);
  }

  async begin(node: Key): Promise<void> {
    const rows = this.#rows;
    if (equal(must(rows.account(NODE), 'the node has a row').key, node)) return;
    await this.#write(() => rows.put({ ...must(rows.account(NODE), 'it has'), key: node }));
  }

  async apply(signed: SignedOperation, nowMs: number): Promise<AppliedOperation> {
    const { act } = signed.operation;
    const before = act.kind === 'replace' ? signed.operation.signer : null;
    const applied = await this.#options.write(() => this.applyNow(signed, nowMs));
    if (!applied.fresh) return applied;
    const below = act.kind === 'remove' || act.kind === 'restore';
    this.#tell({ key: applied.target.key, below });
    if (before !== null) this.#tell({ key: before, below: false });
    return applied;
  }

  #write<T>(task: () => T): Promise<T> {
    return this.#options.write(() => {
      this.#friends.forget();
      return task();
    });
  }

  listen(listener: (change: StandingChange) => void): void {
    this.#listeners.push(listener);
  }

  #tell(change: StandingChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  async standing(key: Key): Promise<Standing> {
    return this.#friends.standing(key);
  }

  async formers(key: Key): Promise<readonly Key[]> {
    const account = this.#rows.holder(key);
    if (account === null || account.place === NODE || !equal(account.key, key)) return [];
    return this.#rows.keysOf(account.place).filter((each) => !equal(each, key));
  }

  async hidden(): Promise<readonly HiddenKey[]> {
    const rows = this.#rows;
    const keys: HiddenKey[] = [];
    for await (const account of this.#hiding()) {
      const removed = endedBy(rows, account);
      if (removed?.removal?.content !== 'hide') continue;
      for (const key of rows.keysOf(account.place)) keys.push({ key, isFinal: removed.state === 'gone' });
    }
    return keys;
  }

  /** What was removed with what was written, and what hangs below it; each once. */
  async *#hiding(): AsyncGenerator<Account> {
    const seen = new Set<Place>();
    for (let after = 0; ;) {
      const page = this.#rows.hiding(after, accountsPageMax);
      for (const root of page) {
        const waiting = [root];
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          if (seen.has(next.place)) continue;
          seen.add(next.place);
          yield next;
          if (seen.size % accountSliceMax === 0) await this.#pause();
          if (root.removal?.extent === 'one') continue;
          for await (const below of this.#pages(next.place)) waiting.push(...below);
        }
      }
      const last = page.at(-1);
      if (last === undefined || page.length < accountsPageMax) return;
      after = last.place;
    }
  }

  async admits(key: Key): Promise<boolean | null> {
    return this.admitsNow(key)?.isThere ?? null;
  }

  async admin(): Promise<{ account: Account; given: number } | null> {
    const account = this.#rows.admin();
    return account === null ? null : { account, given: this.#rows.gift(NODE, account.place) };
  }

  async given(from: Place, to: Place): Promise<number> {
    return this.#rows.gift(from, to);
  }

  /** The same as a part of the caller's transaction. */
  applyNow({ operation, bytes }: SignedOperation, nowMs: number): AppliedOperation {
    const rows = this.#rows;
    const before = rows.act(operation.id);
    if (before !== null)
      return { fresh: false, target: must(rows.account(before.target), 'what it was about'), ended: [] };
    this.#friends.forget();
    const former = formerKeyOf(operation.act, operation.signer);
    const { actor, target } = applyOperation(rows, operation, nowMs);
    const last = rows.lastAct();
    const atMs = Math.max(Math.floor(nowMs), last?.atMs ?? 0);
    const link = { number: (last?.number ?? 0) + 1, atMs, bytes };
    const prev = last?.hash ?? AUDIT_GENESIS;
    const hash = auditHash(this.#options.primitives, prev, link);
    rows.addAct({ ...link, prev, hash, id: operation.id, kind: operation.act.kind, actor, target });
    if (operation.act.kind === 'remove')
      rows.putJob({ removed: target, isFinal: false, place: target, after: 0 });
    const { neighbours, primitives } = this.#options;
    const ended = former === null ? [] : neighbours.endDevices(userIdOf(primitives, former), nowMs);
    return { fresh: true, target: must(rows.account(target), 'what it was about'), ended };
  }

  /** The account that has or had a key, and whether somebody with it may come in. Part of the caller's step. */
  admitsNow(key: Key): { readonly isThere: boolean; readonly isAdmin: boolean } | null {
    const account = this.#rows.holder(key);
    if (account === null || account.place === NODE) return null;
    const { isAdmin } = account;
    return { isThere: equal(account.key, key) && isThere(this.#rows, account), isAdmin };
  }

  /** The account of somebody new, as a part of the transaction in which she becomes a user. */
  receive({ key, profile, device, by, issue }: NewUser): void {
    if (issue !== undefined) {
      this.applyNow(issue, device.atMs);
      return;
    }
    this.#friends.forget();
    const rows = this.#rows;
    rows.setIssued(rows.issued() + 1);
    const isAdmin = by.kind === 'setup';
    const bytes = isAdmin ? accountBytesMax : accountBytesIssued;
    const made = { parent: NODE, quota: 0, state: 'there', expiresMs: 0, removal: null } as const;
    rows.add({ ...made, key: keyOf(key.slice()), name: profile.name, isAdmin, bytes, madeMs: device.atMs });
  }

  async view(key: Key): Promise<AccountView | null> {
    const account = this.#rows.holder(key);
    return account === null ? null : this.#viewOf(account);
  }

  #viewOf(account: Account): AccountView {
    const rows = this.#rows;
    const removed = endedBy(rows, account);
    const by = removed?.removal === null || removed === null ? null : rows.account(removed.removal.by);
    return {
      account,
      isThere: isThere(rows, account),
      children: rows.countChildren(account.place),
      ended: removed === null || by === null ? null : { account: removed, by },
    };
  }

  async above(key: Key): Promise<readonly Account[]> {
    const account = this.#rows.holder(key);
    return account === null ? [] : above(this.#rows, account);
  }

  async below(key: Key, after: Place, countMax: number): Promise<readonly AccountView[]> {
    const account = this.#rows.holder(key);
    if (account === null) return [];
    const page = this.#rows.children(account.place, after, Math.min(countMax, accountsPageMax));
    return page.map((each) => this.#viewOf(each));
  }

  async mayView(viewer: Key, target: Key): Promise<boolean> {
    const [from, to] = [this.#rows.holder(viewer), this.#rows.holder(target)];
    return from !== null && to !== null && mayView(this.#rows, from, to);
  }

  async preview(key: Key, extent: Extent): Promise<Preview> {
    const rows = this.#rows;
    const account = rows.holder(key);
    const sum = { people: 0, links: 0, quota: 0, rehung: 0, more: false, first: [] as Account[] };
    if (account === null || endedBy(rows, account) !== null) return sum;
    const waiting = [account];
    for (let at = 0; at < waiting.length && !sum.more; at++) {
      const next = must(waiting[at], 'an account that waits');
      if (at % accountSliceMax === accountSliceMax - 1) await this.#pause();
      const falls = at === 0 || (extent === 'all' && isBelow(rows, next, account));
      if (falls) count(sum, next, endedBy(rows, next) === null);
      else if (extent === 'one' && endedBy(rows, next) === null) sum.rehung++;
      if (extent === 'one' && at > 0) continue;
      for await (const page of this.#pages(next.place)) waiting.push(...page);
      sum.more = waiting.length > accountPreviewMax;
    }
    return sum;
  }

  /** What hangs directly below a place, in pages between which others are answered; whoever walks on pauses too. */
  async *#pages(of: Place): AsyncGenerator<readonly Account[]> {
    for (let after = 0; ;) {
      const page = this.#rows.children(of, after, accountsPageMax);
      yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < accountsPageMax) return;
      after = last.place;
      await this.#pause();
    }
  }

  async audit(
    viewer: Key,
    before: number,
    countMax: number,
  ): Promise<{ entries: readonly AuditEntry[]; next: number | null }> {
    const rows = this.#rows;
    const account = rows.holder(viewer);
    if (account === null) return { entries: [], next: null };
    const scanned = rows.actsBefore(before, accountAuditScanMax);
    const mine = new Set([account.place, ...above(rows, account).map(({ place }) => place)]);
    const entries: AuditEntry[] = [];
    for (const entry of scanned) {
      if (!this.#concerns(account, mine, entry)) continue;
      entries.push(entry);
      if (entries.length === countMax) return { entries, next: entry.number > 1 ? entry.number : null };
    }
    const last = scanned.at(-1)?.number ?? 1;
    return { entries, next: scanned.length < accountAuditScanMax || last <= 1 ? null : last };
  }

  #concerns(viewer: Account, mine: ReadonlySet<Place>, { actor, target }: AuditEntry): boolean {
    if (viewer.isAdmin || mine.has(target) || actor === viewer.place) return true;
    return [actor, target].some((place) => {
      const account = this.#rows.account(place);
      return account !== null && mayView(this.#rows, viewer, account);
    });
  }

  async head(): Promise<AuditEntry | null> {
    return this.#rows.lastAct();
  }

  async account(place: Place): Promise<Account | null> {
    return this.#rows.account(place);
  }

  async count(): Promise<{ issued: number; worth: number }> {
    return { issued: this.#rows.issued(), worth: this.#rows.worth() };
  }

  async tidy(nowMs: number): Promise<void> {
    const rows = this.#rows;
    while (rows.over(nowMs, 1).length > 0) {
      await this.#write(() => {
        for (const account of rows.over(nowMs, accountSliceMax)) expire(rows, account);
      });
      await this.#pause();
    }
    const beforeMs = nowMs - accountRestoreMs;
    if (rows.final(beforeMs, 1).length === 0) return;
    await this.#write(() => {
      for (const { place } of rows.final(beforeMs, accountSliceMax))
        rows.putJob({ removed: place, isFinal: true, place, after: 0 });
    });
  }

  async sweep(atMs: number, onEnded: (device: DeviceId) => void): Promise<void> {
    let isForGood = false;
    while (this.#rows.jobs(1).length > 0) {
      isForGood ||= this.#rows.jobs(accountSliceMax).some((job) => job.isFinal);
      const ended = await this.#write(() => this.#slice(atMs));
      for (const device of ended) onEnded(device);
      await this.#pause();
    }
    // What was hidden can be taken away now.
    if (isForGood) this.#tell({ key: must(this.#rows.account(NODE), 'the node has a row').key, below: true });
  }

  #slice(atMs: number): readonly DeviceId[] {
    const ended: DeviceId[] = [];
    let left = accountSliceMax;
    for (const job of this.#rows.jobs(accountSliceMax)) {
      left -= this.#work(job, atMs, ended);
      if (left <= 0) break;
    }
    return ended;
  }

  /** One account, and a job for each below it; answers how many there were. */
  #work(job: TreeJob, atMs: number, ended: DeviceId[]): number {
    const rows = this.#rows;
    const removed = must(rows.account(job.removed), 'what was removed');
    const account = must(rows.account(job.place), 'what hangs below it');
    // Restored meanwhile: what has not ended yet does not.
    if (removed.removal === null) {
      rows.dropJob(job);
      return 1;
    }
    if (job.after === 0) this.#end(job, { removed, account, atMs }, ended);
    const isOne = removed.removal.extent === 'one';
    const page = isOne ? [] : rows.children(account.place, job.after, accountSliceMax);
    for (const { place } of page) rows.putJob({ ...job, place, after: 0 });
    const last = page.at(-1);
    if (last === undefined || page.length < accountSliceMax) rows.dropJob(job);
    else rows.putJob({ ...job, after: last.place });
    return 1 + page.length;
  }

  #end(
    { isFinal: isForGood }: TreeJob,
    { removed, account, atMs }: { removed: Account; account: Account; atMs: number },
    ended: DeviceId[],
  ): void {
    const rows = this.#rows;
    if (isForGood) {
      if (removed.state === 'gone' || isFinal(removed, atMs)) endForGood(rows, account, removed);
    } else if (endedBy(rows, account) !== null) {
      ended.push(...this.#options.neighbours.endDevices(this.#userOf(account), atMs));
    }
  }

  #userOf({ key }: Account): UserId {
    return userIdOf(this.#options.primitives, key);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#options.schedule(resolve));
  }
}

function isBelow(rows: TreeRows, account: Account, top: Account): boolean {
  return above(rows, account).some(({ place }) => place === top.place);
}

/** Of those who would not be there any more, the ones that are now. */
function count(
  sum: { people: number; links: number; quota: number; first: Account[] },
  account: Account,
  stands: boolean,
): void {
  if (!stands) return;
  if (account.state === 'temporary') sum.links++;
  else sum.people++;
  sum.quota += account.quota;
  if (sum.first.length < accountPreviewNamesMax) sum.first.push(account);
}
