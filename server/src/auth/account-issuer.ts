/**
 * Accounts that the node issues (SPEC Z16): to its first admin, to whoever comes by a site or where the node is
 * open, and to the new key of somebody whose reset an admin has approved. The node signs each as anybody else does.
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { accountBytesIssued, accountBytesMax } from 'copse/internal/base/limits-accounts.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { openOperation, signOperation, type Act } from 'copse/internal/social/accounts/operation.ts';
import type { AdmissionBy, Accounts } from '../store/accounts.ts';
import type { SignedOperation } from '../store/accounts-tree.ts';

export interface IssuerOptions {
  readonly accounts: Accounts;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly node: Key;
  readonly nodeSeed: Uint8Array;
  /** How many accounts the first admin may make. */
  readonly quota: number;
}

const RANDOM_BYTES = 16;

export class Issuer {
  readonly #options: IssuerOptions;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  /** The account of somebody new, below who invited her, or below the node; none when she has or had one. */
  async issue(person: { key: Key; name: string; by: AdmissionBy }): Promise<SignedOperation | undefined> {
    const { accounts, node, quota } = this.#options;
    const { key, name, by } = person;
    if (by.kind === 'account' || (await accounts.tree.admits(key)) !== null) return undefined;
    const isAdmin = by.kind === 'setup';
    const below = by.kind === 'invitation' ? await this.#inviterBy(by.key) : node;
    const bytes = isAdmin ? accountBytesMax : accountBytesIssued;
    return this.#sign({ kind: 'issue', key, name, quota: isAdmin ? quota : 0, bytes, below, isAdmin });
  }

  async #inviterBy(invitation: Key): Promise<Key> {
    const { accounts, node } = this.#options;
    const record = await accounts.sites.invitation(invitation);
    const inviter = record === null ? null : await accounts.people.user(record.by);
    return inviter?.key ?? node;
  }

  /** The place of a user for the key that an admin has approved; repeating it changes nothing. */
  async succeed(from: Key, to: Key): Promise<void> {
    const { accounts, env } = this.#options;
    if ((await accounts.tree.admits(to)) !== null) return;
    await accounts.tree.apply(await this.#sign({ kind: 'succeed', from, to }), env.wallMs());
  }

  /** What the admin has not been given of the accounts that the settings say. */
  async endow(): Promise<void> {
    const { accounts, env, quota } = this.#options;
    const admin = await accounts.tree.admin();
    if (admin === null || admin.given >= quota) return;
    const give = { kind: 'give', to: admin.account.key, count: quota - admin.given } as const;
    await accounts.tree.apply(await this.#sign(give), env.wallMs());
  }

  async #sign(act: Act): Promise<SignedOperation> {
    const { primitives, env, node, nodeSeed } = this.#options;
    const signing = { node, random: env.random(RANDOM_BYTES), atMs: Math.floor(env.wallMs()) };
    const bytes = await signOperation(primitives, nodeSeed, signing, act);
    return { bytes, operation: await openOperation(primitives, act.kind, bytes) };
  }
}
