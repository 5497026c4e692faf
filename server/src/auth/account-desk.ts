/**
 * The account tree at work (SPEC Z10-Z18): takes what people have signed, ends what a removal ends before it is
 * acknowledged, and looks now and then for what time has ended.
 */

import type { AccountRow } from 'copse/internal/api/accounts.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Timer } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import {
  accountActorsMeteredMax,
  accountActsBurst,
  accountActsPerSecond,
  accountRestoreMs,
  accountTidyMs,
} from 'copse/internal/base/limits-accounts.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { NODE, type Account } from 'copse/internal/social/accounts/account.ts';
import { openOperation, type ActKind } from 'copse/internal/social/accounts/operation.ts';
import type { AccountView, AppliedOperation } from '../store/accounts-tree.ts';
import type { Issuer } from './account-issuer.ts';
import type { Grounds, Who } from './grounds.ts';
import type { Live } from './live.ts';

export class AccountDesk implements AsyncDisposable {
  readonly #grounds: Grounds;
  readonly #live: Live;
  readonly #meters = new Cache<UserId, Meter>(accountActorsMeteredMax);
  #timer: Timer | null = null;
  #tidying: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(grounds: Grounds, live: Live) {
    this.#grounds = grounds;
    this.#live = live;
  }

  /** Before anybody is served: what a crash or an upgrade has left to do. */
  async begin(issuer: Issuer): Promise<void> {
    await issuer.endow();
    await this.#tidy();
    this.#wait();
  }

  /** Does what the user has signed; a removal is done when nobody whom it ends is connected any more. */
  async act(who: Who, kind: ActKind, bytes: Uint8Array): Promise<AppliedOperation> {
    this.#takeRate(who.user);
    const operation = await openOperation(this.#grounds.primitives, kind, bytes);
    if (!equal(operation.signer, who.key)) throw new Fault('badProof', 'signed by another key than yours');
    return this.#apply({ operation, bytes });
  }

  /** An account goes over to another key; whoever brings it has both. */
  async replace(bytes: Uint8Array): Promise<AppliedOperation> {
    return this.#apply({
      operation: await openOperation(this.#grounds.primitives, 'replace', bytes),
      bytes,
    });
  }

  async #apply(signed: Parameters<Grounds['accounts']['tree']['apply']>[0]): Promise<AppliedOperation> {
    const { accounts, env } = this.#grounds;
    const applied = await accounts.tree.apply(signed, env.wallMs());
    const { kind } = signed.operation.act;
    env.log('info', 'auth.account', { kind, place: applied.target.place, fresh: applied.fresh });
    for (const device of applied.ended) this.#live.endDevice(device, 'revoked');
    if (kind === 'remove') await this.#sweep();
    return applied;
  }

  #sweep(): Promise<void> {
    const { accounts, env } = this.#grounds;
    return accounts.tree.sweep(env.wallMs(), (device) => this.#live.endDevice(device, 'revoked'));
  }

  #takeRate(user: UserId): void {
    let meter = this.#meters.get(user);
    if (meter === undefined) {
      meter = new Meter(accountActsPerSecond, accountActsBurst);
      this.#meters.set(user, meter);
    }
    const waitMs = meter.take(this.#grounds.env.nowMs());
    if (waitMs > 0) throw new Fault('tooMany', `acts on accounts: again in ${Math.ceil(waitMs)} ms`);
  }

  /** What somebody sees of an account. */
  async rowOf(view: AccountView, viewer: Account | null): Promise<AccountRow> {
    const { accounts, env, primitives } = this.#grounds;
    const { account, children } = view;
    const { place, key, name, quota, bytes, isAdmin, madeMs, expiresMs } = account;
    const isOver = account.state === 'temporary' && env.wallMs() >= expiresMs;
    return {
      place,
      key,
      user: userIdOf(primitives, key),
      name,
      quota,
      bytes,
      state: stateOf(view, isOver),
      isAdmin,
      madeMs,
      expiresMs,
      children,
      given: viewer === null ? 0 : await accounts.tree.given(viewer.place, place),
      removal: removalOf(view),
    };
  }

  async #tidy(): Promise<void> {
    const { accounts, env } = this.#grounds;
    try {
      await accounts.tree.tidy(env.wallMs());
      await this.#sweep();
    } catch (thrown) {
      env.log('error', 'auth.accountTidy', { cause: String(thrown) });
    }
  }

  #wait(): void {
    if (this.#isOver) return;
    this.#timer = this.#grounds.env.after(accountTidyMs, () => {
      this.#tidying = this.#tidy().then(() => this.#wait());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#tidying;
  }
}

function stateOf({ account, ended }: AccountView, isOver: boolean): AccountRow['state'] {
  if (account.state === 'gone')
    return account.removal === null && ended?.account === account ? 'over' : 'gone';
  if (ended !== null) return 'removed';
  if (account.state === 'there') return 'there';
  return isOver ? 'over' : 'link';
}

function removalOf({ ended }: AccountView): AccountRow['removal'] {
  const removal = ended?.account.removal ?? null;
  if (ended === null || removal === null) return null;
  const { atMs, extent, content, reason } = removal;
  const { by, account } = ended;
  const name = by.place === NODE ? '' : by.name;
  const said = { atMs, by: name, byKey: by.key, whom: account.name, extent, content, reason };
  return { ...said, untilMs: atMs + accountRestoreMs };
}

/** The fault of an account that nobody has. */
export function noAccount(): Fault {
  return new Fault('unknown', 'no account has this key');
}
