/** The account tree of the fake node: Ada acts for it, and the others came by her and one another. */

import { Fault } from 'copse/internal/base/fault.ts';
import { key as keyOf, userId, type UserId } from 'copse/internal/base/ids.ts';
import type {
  AccountBranch,
  AccountOffer,
  AccountRow,
  Accounts,
  AccountTree,
  AuditRow,
  LetInOptions,
  MyAccount,
  RemovalPreview,
  RemoveOptions,
} from '../model/sdk-accounts.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { ada, ben, chiara, noor, type Person } from './people.ts';

const DAY_MS = 86_400_000;

interface Place {
  row: AccountRow;
  readonly by: number | null;
}

export class FakeAccounts implements Accounts {
  readonly #net: FakeNet;
  readonly #places: Place[] = [];
  readonly #trail: AuditRow[] = [];

  constructor(net: FakeNet, isFresh: boolean) {
    this.#net = net;
    const first = this.#add(ada, null, { isAdmin: true, quota: isFresh ? 0 : 991 });
    if (isFresh) return;
    const second = this.#add(ben, first, { quota: 3 });
    this.#add(chiara, second, { quota: 0 });
    this.#add(noor, first, { quota: 1 });
    this.#add({ ...noor, name: 'for Tomás' }, second, { state: 'link', expiresMs: Date.now() + 5 * DAY_MS });
    const gone = this.#add({ ...chiara, name: 'A loud salesman' }, first, { quota: 0 });
    this.#end(gone, { extent: 'one', reason: 'Advertising in every log.' });
  }

  #add(who: Person, by: number | null, part: Partial<AccountRow>): number {
    const place = this.#places.length + 1;
    const key = keyOf(new Uint8Array(32).fill(place));
    const user = part.state === 'link' ? idOf(place) : who.user;
    const above = this.#places[(by ?? 0) - 1];
    if (above !== undefined) above.row = { ...above.row, children: above.row.children + 1 };
    const row: AccountRow = {
      place,
      key,
      user: this.#places.some((each) => each.row.user === user) ? idOf(place) : user,
      name: who.name,
      quota: 0,
      bytes: 2 ** 30,
      state: 'there',
      isAdmin: false,
      madeMs: Date.now() - (40 - place) * DAY_MS,
      expiresMs: 0,
      children: 0,
      given: part.quota ?? 0,
      removal: null,
      ...part,
    };
    this.#places.push({ row, by });
    const act = { kind: 'add', key, name: row.name, quota: row.quota, bytes: 0, expiresMs: 0 } as const;
    this.#note({ kind: 'add', actor: above?.row.name ?? '', target: row.name, act });
    return place;
  }

  #note(row: Omit<AuditRow, 'number' | 'atMs'>): void {
    const number = this.#trail.length + 1;
    this.#trail.unshift({ number, atMs: Date.now() - (12 - number) * 3_600_000, ...row });
  }

  async me(): Promise<MyAccount> {
    await this.#wait();
    return { account: this.#of(1).row, above: [] };
  }

  async below(of: Uint8Array | null): Promise<readonly AccountRow[]> {
    await this.#wait();
    const by = of === null ? null : this.#find(of).row.place;
    return this.#places.filter((each) => each.by === by).map(({ row }) => row);
  }

  async tree(): Promise<AccountTree> {
    await this.#wait();
    return { branches: this.#branches(null), more: false };
  }

  #branches(by: number | null): readonly AccountBranch[] {
    const hers = this.#places.filter((each) => each.by === by);
    return hers.map(({ row }) => ({ account: row, below: this.#branches(row.place) }));
  }

  async invite({ name, quota = 0, days = 7 }: LetInOptions): Promise<{ link: string; account: AccountRow }> {
    await this.#wait();
    const expiresMs = Date.now() + days * DAY_MS;
    const place = this.#add({ ...ada, name }, 1, { state: 'link', quota, expiresMs });
    this.#spend(1 + quota);
    return { link: `${location.origin}/#account=${'A'.repeat(86)}`, account: this.#of(place).row };
  }

  #spend(count: number): void {
    const me = this.#of(1);
    me.row = { ...me.row, quota: me.row.quota - count };
  }

  async give(to: Uint8Array, count: number): Promise<AccountRow> {
    await this.#wait();
    const place = this.#find(to);
    this.#spend(count);
    const { quota, given, name } = place.row;
    place.row = { ...place.row, quota: quota + count, given: given + count };
    this.#note({ kind: 'give', actor: ada.name, target: name, act: { kind: 'give', to: keyOf(to), count } });
    return place.row;
  }

  async takeBack(from: Uint8Array, count: number): Promise<AccountRow> {
    await this.#wait();
    const place = this.#find(from);
    this.#spend(-count);
    const { quota, given } = place.row;
    place.row = { ...place.row, quota: quota - count, given: given - count };
    return place.row;
  }

  async rename(target: Uint8Array, name: string): Promise<AccountRow> {
    await this.#wait();
    const place = this.#find(target);
    place.row = { ...place.row, name };
    return place.row;
  }

  async preview(target: Uint8Array, extent: 'one' | 'all'): Promise<RemovalPreview> {
    await this.#wait();
    const { row } = this.#find(target);
    const below = this.#places.filter(({ by }) => by === row.place).map((each) => each.row);
    const falling = extent === 'all' ? [row, ...below] : [row];
    const links = falling.filter(({ state }) => state === 'link').length;
    return {
      people: falling.length - links,
      links,
      quota: 0,
      rehung: extent === 'all' ? 0 : below.length,
      more: false,
      first: falling.map(({ key, name }) => ({ key, name })),
    };
  }

  async remove(target: Uint8Array, options: RemoveOptions): Promise<AccountRow> {
    await this.#wait();
    return this.#end(this.#find(target).row.place, options);
  }

  #end(place: number, { extent, content = 'keep', reason = '' }: RemoveOptions): AccountRow {
    const found = this.#of(place);
    const atMs = Date.now();
    const { key, name } = found.row;
    const me = this.#of(1).row;
    const said = { atMs, by: me.name, byKey: me.key, whom: name, extent, content, reason };
    found.row = { ...found.row, state: 'removed', removal: { ...said, untilMs: atMs + 7 * DAY_MS } };
    const act = { kind: 'remove', target: keyOf(key), extent, content, reason } as const;
    this.#note({ kind: 'remove', actor: me.name, target: name, act });
    return found.row;
  }

  async restore(target: Uint8Array): Promise<AccountRow> {
    await this.#wait();
    const place = this.#find(target);
    place.row = { ...place.row, state: 'there', removal: null };
    this.#note({
      kind: 'restore',
      actor: ada.name,
      target: place.row.name,
      act: { kind: 'restore', target: keyOf(target) },
    });
    return place.row;
  }

  async fate(): Promise<AccountRow['removal']> {
    await this.#wait();
    return null;
  }

  /** Nothing was signed here. */
  async *trail(): AsyncGenerator<never> {}

  async audit(): Promise<{ rows: readonly AuditRow[]; next: number | null }> {
    await this.#wait();
    return { rows: this.#trail, next: null };
  }

  #of(place: number): Place {
    const found = this.#places[place - 1];
    if (found === undefined) throw new Fault('unknown');
    return found;
  }

  #find(key: Uint8Array): Place {
    const found = this.#places.find(({ row }) => row.key[0] === key[0]);
    if (found === undefined) throw new Fault('unknown');
    return found;
  }

  async #wait(): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
  }
}

function idOf(place: number): UserId {
  const [user] = [ada, ben, chiara, noor].map((person) => person.user);
  return userId(`${String(place).padStart(4, '0')}${user?.slice(4) ?? ''}`);
}

/** What the fake node says of a link to an account. */
export async function lookFake(link: string, delayMs: number): Promise<AccountOffer> {
  await pause(delayMs);
  if (link.includes('#account=BBBB')) throw new Fault('unknown');
  const state = link.includes('#account=CCCC') ? 'taken' : 'open';
  return { state, name: 'Tomás', by: ben.name, quota: 2, expiresMs: Date.now() + 5 * DAY_MS, removal: null };
}
