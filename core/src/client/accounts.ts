/**
 * The people of a node, as one of them sees and does it (SPEC Z10-Z19): who let whom in, how many more she may,
 * and who was removed why. What changes is signed here, by the user's key, which goes nowhere.
 */

import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key as keyOf, type Key } from '../base/ids.ts';
import { nameBytesMax } from '../base/limits.ts';
import { accountLinkMsMax } from '../base/limits-accounts.ts';
import { utf8 } from '../base/bytes.ts';
import type { AccountRow, AccountsApi, AccountsRemote } from '../api/accounts.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { signOperation, signReplace, type Act } from '../social/accounts/operation.ts';
import { checkedRow, type AuditRow } from './account-audit.ts';
import { trailOf, type TrailRow } from './account-trail.ts';
import { accountLinkText } from './account-links.ts';
import { userKeysOf } from './identity.ts';

export type { AccountRow, AuditRow };

export interface MyAccount {
  readonly account: AccountRow;
  /** Who let her in, who let that one in, and so on. */
  readonly above: readonly AccountRow[];
}

/** An account with those below it, as far as they were asked for. */
export interface AccountBranch {
  readonly account: AccountRow;
  readonly below: readonly AccountBranch[];
}

export interface AccountTree {
  readonly branches: readonly AccountBranch[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

export interface LetInOptions {
  /** What who comes is called in the tree; she chooses her own name herself. */
  readonly name: string;
  /** How many she may let in; they are taken from one's own. */
  readonly quota?: number;
  /** Bytes that she may publish, at most one's own; those unless said otherwise. */
  readonly bytes?: number;
  /** How long the link works: 7 unless said otherwise, 30 at most. */
  readonly days?: number;
}

export interface RemoveOptions {
  /** `all`: everybody below too. */
  readonly extent: 'one' | 'all';
  /** What becomes of what they wrote. */
  readonly content?: 'keep' | 'hide';
  /** Who is concerned reads it. */
  readonly reason?: string;
}

type Answer<Name extends keyof AccountsApi> = Awaited<ReturnType<AccountsApi[Name]>>;
export type RemovalPreview = Answer<'preview'>;
type Done = AccountRow;

export interface AccountsParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly url: string;
  readonly node: Key;
  readonly remote: AccountsRemote;
  /** The user's secret, of which her signing key is made. */
  readonly secret: () => Promise<Uint8Array>;
  /** Asks the node as nobody, with the seed of the user's key. */
  readonly fate: (seed: Uint8Array) => Promise<AccountRow['removal']>;
  /** Says it to the node as nobody: the session of the old key ends before it is answered. */
  readonly replace: (operation: Uint8Array, seed: Uint8Array) => Promise<void>;
}

const DAY_MS = 86_400_000;
const LINK_DAYS = 7;
const SEED_BYTES = 32;
const RANDOM_BYTES = 16;
/** Accounts of a tree that is asked for without saying how many. */
const TREE_COUNT = 500;

export class Accounts {
  readonly #parts: AccountsParts;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  async me(): Promise<MyAccount> {
    const { account, above } = await this.#parts.remote.mine({});
    return { account, above };
  }

  /** Who was let in directly by somebody; null: by the node, for its admin. */
  async below(of: Uint8Array | null): Promise<readonly AccountRow[]> {
    const rows: AccountRow[] = [];
    for await (const row of this.#pages(of)) rows.push(row);
    return rows;
  }

  async *#pages(of: Uint8Array | null): AsyncGenerator<AccountRow> {
    for (let after = 0; ;) {
      const page = await this.#parts.remote.below({ of, after });
      yield* page.rows;
      const last = page.rows.at(-1);
      if (!page.more || last === undefined) return;
      after = last.place;
    }
  }

  /** The branch of this user, or for the admin the whole tree: level by level, at most so many accounts. */
  async tree(countMax: number = TREE_COUNT): Promise<AccountTree> {
    const { account } = await this.#parts.remote.mine({});
    const growing: Growth = { waiting: [], countMax, count: 0, more: false };
    const tops: Growing[] = account.isAdmin ? [] : [{ account, below: [] }];
    growing.waiting.push(...tops);
    growing.count = tops.length;
    if (account.isAdmin) await this.#grow(growing, null, tops);
    while (!growing.more) {
      const next = growing.waiting.shift();
      if (next === undefined) break;
      await this.#grow(growing, next.account.key, next.below);
    }
    return { branches: tops, more: growing.more };
  }

  async #grow(growth: Growth, of: Uint8Array | null, into: Growing[]): Promise<void> {
    for await (const row of this.#pages(of)) {
      growth.more ||= growth.count === growth.countMax;
      if (growth.more) return;
      growth.count++;
      const grown: Growing = { account: row, below: [] };
      into.push(grown);
      if (row.children > 0) growth.waiting.push(grown);
    }
  }

  /** Who removed this account, when and why, also when the node lets its devices in no more; null: it stands. */
  async fate(): Promise<AccountRow['removal']> {
    return this.#parts.fate(await this.#seed());
  }

  /** A link that lets one person in; whoever has it may come. */
  async invite(options: LetInOptions): Promise<{ readonly link: string; readonly account: AccountRow }> {
    const { env, primitives, url, node, remote } = this.#parts;
    const { name, quota = 0, days = LINK_DAYS } = options;
    checkName(name);
    if (!(days > 0 && days * DAY_MS <= accountLinkMsMax))
      throw new Fault('usage', 'A link works 30 days at most.');
    const bytes = options.bytes ?? (await remote.mine({})).account.bytes;
    const seed = env.random(SEED_BYTES);
    const key = keyOf(await primitives.ed25519PublicKey(seed));
    const expiresMs = Math.floor(env.wallMs() + days * DAY_MS);
    const account = await this.#do({ kind: 'add', key, name, quota, bytes, expiresMs });
    return { link: accountLinkText({ origin: url, node, seed }), account };
  }

  /** Gives accounts on; who gets them may let that many more in. */
  give(to: Uint8Array, count: number): Promise<Done> {
    return this.#do({ kind: 'give', to: keyOf(to), count });
  }

  /** Takes back what one has given and is unused. */
  takeBack(from: Uint8Array, count: number): Promise<Done> {
    return this.#do({ kind: 'take', from: keyOf(from), count });
  }

  /** What somebody below is called in the tree. */
  rename(target: Uint8Array, name: string): Promise<Done> {
    checkName(name);
    return this.#do({ kind: 'name', target: keyOf(target), name });
  }

  /** What removing somebody would do. */
  preview(target: Uint8Array, extent: 'one' | 'all'): Promise<RemovalPreview> {
    return this.#parts.remote.preview({ target, extent });
  }

  /** Ends accounts, with their devices and sessions; it can be taken back for seven days. */
  remove(target: Uint8Array, { extent, content = 'keep', reason = '' }: RemoveOptions): Promise<Done> {
    return this.#do({ kind: 'remove', target: keyOf(target), extent, content, reason });
  }

  restore(target: Uint8Array): Promise<Done> {
    return this.#do({ kind: 'restore', target: keyOf(target) });
  }

  /**
   * Gives this account to the key of another secret. The devices of this one end; what it is a member of does
   * not go along: invite the other one to it first.
   */
  async replaceKey(nextSecret: Uint8Array): Promise<void> {
    const { primitives, replace } = this.#parts;
    const { sign } = await userKeysOf(primitives, nextSecret);
    const seeds = { old: await this.#seed(), next: sign.seed };
    await replace(await signReplace(primitives, seeds, this.#signing()), seeds.next);
  }

  /** What concerns this user, the newest first; each row is checked. */
  async audit(
    before: number = 0,
  ): Promise<{ readonly rows: readonly AuditRow[]; readonly next: number | null }> {
    const { rows, next } = await this.#parts.remote.audit({ before });
    return { rows: await Promise.all(rows.map((row) => checkedRow(this.#parts.primitives, row))), next };
  }

  /** All of it, as it was signed and chained. */
  trail(): AsyncGenerator<TrailRow> {
    return trailOf(this.#parts);
  }

  async #do(act: Act): Promise<Done> {
    const { kind } = act;
    if (kind === 'issue' || kind === 'replace' || kind === 'succeed') throw new Fault('usage');
    const { primitives, remote } = this.#parts;
    const operation = await signOperation(primitives, await this.#seed(), this.#signing(), act);
    return (await remote.act({ kind, operation })).account;
  }

  #signing() {
    const { env, node } = this.#parts;
    return { node, random: env.random(RANDOM_BYTES), atMs: Math.floor(env.wallMs()) };
  }

  async #seed(): Promise<Uint8Array> {
    const { primitives, secret } = this.#parts;
    return (await userKeysOf(primitives, await secret())).sign.seed;
  }
}

interface Growing {
  readonly account: AccountRow;
  readonly below: Growing[];
}

interface Growth {
  /** Those whose own below is asked for next. */
  readonly waiting: Growing[];
  readonly countMax: number;
  count: number;
  more: boolean;
}

function checkName(name: string): void {
  if (utf8(name).length > nameBytesMax)
    throw new Fault('tooLarge', `A name has at most ${nameBytesMax} bytes.`);
}
