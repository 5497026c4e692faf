/** The facet of the account tree: who may ask what (SPEC Z10-Z18); what the calls do is in the files beside this one. */

import type { AccountsApi, AccountRow } from 'copse/internal/api/accounts.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key as keyOf, type Key } from 'copse/internal/base/ids.ts';
import { accountAuditPageMax, accountsPageMax } from 'copse/internal/base/limits-accounts.ts';
import { isProven } from 'copse/internal/capability/possession.ts';
import { NODE, type Account } from 'copse/internal/social/accounts/account.ts';
import { AUDIT_GENESIS } from 'copse/internal/social/accounts/audit.ts';
import { lookingAt } from 'copse/internal/social/accounts/operation.ts';
import type { AccountView, AuditEntry } from '../store/accounts-tree.ts';
import { noAccount } from './account-desk.ts';
import { requireWhole } from './devices.ts';
import type { Gate } from './gate.ts';

type Request<Name extends keyof AccountsApi> = Parameters<AccountsApi[Name]>[0];
type Answer<Name extends keyof AccountsApi> = Awaited<ReturnType<AccountsApi[Name]>>;

export class AccountsFacet implements AccountsApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async mine(): Promise<Answer<'mine'>> {
    const { key } = await this.#gate.user();
    const own = await this.#view(key);
    const above = (await this.#tree.above(key)).filter(({ place }) => place !== NODE);
    const rows = await Promise.all(above.map(async (each) => this.#row(await this.#view(each.key), own)));
    return { account: await this.#row(own, own), above: rows, head: await this.#head() };
  }

  async below({ of, after }: Request<'below'>): Promise<Answer<'below'>> {
    const { key } = await this.#gate.user();
    const own = await this.#view(key);
    if (of === null && !own.account.isAdmin)
      throw new Fault('forbidden', 'only who acts for the node sees everybody; ask for your own branch');
    const top = of === null ? this.#grounds.node : keyOf(of.slice());
    if (of !== null) await this.#requireView(key, top);
    const found = await this.#tree.below(top, after, accountsPageMax);
    const rows = await Promise.all(found.map((view) => this.#row(view, own)));
    return { rows, more: found.length === accountsPageMax };
  }

  async act({ kind, operation }: Request<'act'>): Promise<Answer<'act'>> {
    const who = await this.#gate.user();
    requireWhole(who);
    if (kind === 'remove') this.#gate.parts.feed.requireRoom();
    const { fresh, target } = await this.#desk.act(who, kind, operation.slice());
    return { fresh, account: await this.#row(await this.#view(target.key), await this.#view(who.key)) };
  }

  async replace({ operation }: Request<'replace'>): Promise<Answer<'replace'>> {
    await this.#gate.anyone();
    this.#gate.parts.feed.requireRoom();
    const { target } = await this.#desk.replace(operation.slice());
    return { name: target.name };
  }

  async look({ key, proof }: Request<'look'>): Promise<Answer<'look'>> {
    await this.#gate.anyone();
    const { primitives, node } = this.#grounds;
    const asked = keyOf(key.slice());
    if (!(await isProven(primitives, asked, lookingAt({ node, device: this.#gate.deviceKey }), proof)))
      throw new Fault('badProof', 'the key of the account is not at hand');
    const view = await this.#view(asked);
    const parent = view.account.parent === null ? null : await this.#tree.account(view.account.parent);
    const isNode = parent === null || parent.place === NODE;
    const by = isNode ? '' : parent.name;
    return { account: await this.#row(view, null), by, byKey: parent?.key ?? node };
  }

  async preview({ target, extent }: Request<'preview'>): Promise<Answer<'preview'>> {
    const { key } = await this.#gate.user();
    const whom = keyOf(target.slice());
    await this.#requireView(key, whom);
    const { first, ...counts } = await this.#tree.preview(whom, extent);
    return { ...counts, first: first.map(({ key: of, name }) => ({ key: of, name })) };
  }

  async audit({ before }: Request<'audit'>): Promise<Answer<'audit'>> {
    const { key } = await this.#gate.user();
    const from = before === 0 ? Number.MAX_SAFE_INTEGER : before;
    const { entries, next } = await this.#tree.audit(key, from, accountAuditPageMax);
    const rows = await Promise.all(entries.map((entry) => this.#entry(entry)));
    return { rows, next, head: await this.#head() };
  }

  async #entry(entry: AuditEntry): Promise<Answer<'audit'>['rows'][number]> {
    const { number, atMs, kind, bytes: operation, prev, hash } = entry;
    const [actor, target] = await Promise.all([this.#name(entry.actor), this.#name(entry.target)]);
    return { number, atMs, kind, operation, prev, hash, actor, target };
  }

  async #name(place: number): Promise<string> {
    return (await this.#tree.account(place))?.name ?? '';
  }

  async #head(): Promise<Answer<'mine'>['head']> {
    const last = await this.#tree.head();
    return { number: last?.number ?? 0, hash: last?.hash ?? AUDIT_GENESIS };
  }

  async #requireView(viewer: Key, target: Key): Promise<void> {
    if (!(await this.#tree.mayView(viewer, target)))
      throw new Fault('forbidden', 'only who is above an account sees it');
  }

  async #view(key: Key): Promise<AccountView> {
    const view = await this.#tree.view(key);
    if (view === null) throw noAccount();
    return view;
  }

  #row(view: AccountView, viewer: { readonly account: Account } | null): Promise<AccountRow> {
    return this.#desk.rowOf(view, viewer?.account ?? null);
  }

  get #grounds(): Gate['parts']['grounds'] {
    return this.#gate.parts.grounds;
  }

  get #tree(): Gate['parts']['grounds']['accounts']['tree'] {
    return this.#grounds.accounts.tree;
  }

  get #desk(): Gate['parts']['accountDesk'] {
    return this.#gate.parts.accountDesk;
  }
}
