/**
 * Random histories of invitations, memberships and revocations against a small model (SPEC A6, A9, A11):
 * every answer and every state in between is the one that the model gives.
 */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { logId } from 'copse/internal/base/ids.ts';
import { delegationsMax, isSubset, permission, permissionsAll } from 'copse/internal/capability/policy.ts';
import {
  directLink,
  garden,
  Stage,
  type Actor,
  type SentInvitation,
} from '../../../lab/suites/auth-stage.ts';
import { person } from '../../../lab/suites/people.ts';
import type { Accounts } from '../store/accounts.ts';
import { MemoryAccounts } from '../store/accounts-memory.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';

const NAMES = ['Ada', 'Bea', 'Cleo', 'Dora'];
const MASKS = [permission.read, 3, 11, permissionsAll];
const DAY = 86_400_000;
const { site } = garden;
const LOG = logId('5a'.repeat(16));
/** The test is about rights; its people are in a hurry. */
const RATES = { sessionPerSecond: 1e9, sessionBurst: 1e9, strangersPerSecond: 1e9, strangersBurst: 1e9 };

type Step =
  | { readonly kind: 'invite'; readonly by: number; readonly mask: number; readonly days: number }
  | { readonly kind: 'join' | 'withdraw'; readonly by: number; readonly nth: number }
  | { readonly kind: 'leave' | 'revoke'; readonly by: number }
  | { readonly kind: 'wait'; readonly hours: number };

const by = fc.nat(NAMES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('invite'),
      by,
      mask: fc.nat(3),
      days: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('join'), by, nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw'), by, nth: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('leave', 'revoke'), by }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait'), hours: fc.integer({ min: 1, max: 30 }) }) },
);

interface Rights {
  readonly permissions: number;
  readonly delegations: number;
}

interface Invitation {
  readonly sent: SentInvitation;
  readonly by: number;
  readonly given: Rights;
  readonly endsMs: number;
  takenBy: number | null;
  withdrawn: boolean;
}

/** What should be, in the simplest words. */
class Model {
  readonly members = new Map<number, Rights>([
    [0, { permissions: permissionsAll, delegations: delegationsMax }],
  ]);
  readonly invitations: Invitation[] = [];
  changes = 0;

  invite(who: number, permissions: number): string {
    const held = this.members.get(who);
    if (held === undefined || (held.permissions & permission.invite) === 0) return 'forbidden';
    return isSubset(permissions, held.permissions) ? 'ok' : 'forbidden';
  }

  join(who: number, invitation: Invitation, nowMs: number): string {
    const held = this.members.get(who);
    if (held !== undefined && invitation.takenBy === who) return 'ok';
    if (invitation.withdrawn) return 'revoked';
    if (invitation.takenBy !== null) return 'used';
    if (nowMs >= invitation.endsMs) return 'expired';
    const { permissions } = invitation.given;
    const given = { permissions, delegations: invitation.given.delegations - 1 };
    if (held !== undefined && !isMore(given, held)) return 'taken';
    invitation.takenBy = who;
    if (held !== undefined) this.changes++;
    this.members.set(who, given);
    return 'ok';
  }

  withdraw(who: number, invitation: Invitation): string {
    const held = this.members.get(who);
    if (held === undefined) return 'forbidden';
    if ((held.permissions & permission.admin) === 0 && invitation.by !== who) return 'unknown';
    if (invitation.takenBy !== null) return 'used';
    invitation.withdrawn = true;
    return 'ok';
  }

  leave(who: number): string {
    if (!this.members.delete(who)) return 'forbidden';
    this.changes++;
    for (const one of this.invitations) if (one.by === who && one.takenBy === null) one.withdrawn = true;
    return 'ok';
  }
}

function isMore(a: Rights, b: Rights): boolean {
  const isAtLeast = isSubset(b.permissions, a.permissions) && a.delegations >= b.delegations;
  return isAtLeast && (a.permissions !== b.permissions || a.delegations !== b.delegations);
}

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
}

class History {
  readonly stage: Stage;
  readonly model = new Model();
  readonly actors: Actor[] = [];
  /** The number of each person's device. */
  readonly #devices = NAMES.map(() => 0);

  constructor(stage: Stage) {
    this.stage = stage;
  }

  async begin(): Promise<void> {
    for (const name of NAMES) {
      const actor = await this.stage.enter(await person(name, 'device 0'), { stranger: true });
      await actor.signUp();
      this.actors.push(actor);
    }
    await this.#actor(0).found(garden);
  }

  #actor(who: number): Actor {
    return must(this.actors[who], 'an actor');
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case 'invite':
        return this.#invite(one.by, one.mask, one.days);
      case 'join':
      case 'withdraw':
        return this.#use(one.kind, one.by, one.nth);
      case 'leave':
        return equal(await outcome(this.#actor(one.by).remote.leave({ site })), this.model.leave(one.by));
      case 'revoke':
        return this.#revoke(one.by);
      case 'wait':
        return this.#wait(one.hours);
    }
  }

  async #invite(who: number, maskAt: number, days: number): Promise<void> {
    const permissions = must(MASKS[maskAt], 'a mask');
    const delegations = (this.model.members.get(who)?.delegations ?? 2) - 1;
    if (delegations < 1) return;
    const name = `number ${this.model.invitations.length}`;
    const actor = this.#actor(who);
    const sending = actor.invite(site, name, { permissions, delegations, days });
    const expected = this.model.invite(who, permissions);
    equal(await outcome(sending), expected);
    if (expected !== 'ok') return;
    const endsMs = this.stage.clock.wallMs() + days * DAY;
    const common = { by: who, given: { permissions, delegations }, endsMs };
    this.model.invitations.push({ ...common, sent: await sending, takenBy: null, withdrawn: false });
  }

  async #use(kind: 'join' | 'withdraw', who: number, nth: number): Promise<void> {
    const { invitations } = this.model;
    const invitation = invitations[nth % Math.max(1, invitations.length)];
    if (invitation === undefined) return;
    const actor = this.#actor(who);
    if (kind === 'join') {
      const expected = this.model.join(who, invitation, this.stage.clock.wallMs());
      equal(await outcome(actor.join(invitation.sent)), expected);
    } else {
      const { key } = invitation.sent.oneTime;
      const expected = this.model.withdraw(who, invitation);
      equal(await outcome(actor.remote.withdraw({ site, key })), expected);
    }
  }

  /** The device ends itself; the person goes on with another. */
  async #revoke(who: number): Promise<void> {
    const { who: old, remote } = this.#actor(who);
    await remote.revokeDevice({ device: old.deviceId });
    this.model.changes++;
    equal(await outcome(remote.whoami({})), 'revoked');
    equal((await this.stage.auth.admit(old.device.key, null))?.code, 'revoked');
    const number = (this.#devices[who] ?? 0) + 1;
    this.#devices[who] = number;
    const next = await this.stage.enter(await person(must(NAMES[who], 'a name'), `device ${number}`));
    await next.remote.whoami({});
    this.actors[who] = next;
  }

  /** Blessings end meanwhile: everybody comes back with a new one. */
  async #wait(hours: number): Promise<void> {
    this.stage.clock.advance(hours * 3_600_000);
    for (const [who, actor] of this.actors.entries()) {
      actor.close();
      this.actors[who] = await this.stage.enter(actor.who);
    }
  }

  async check(): Promise<void> {
    const { stage, model } = this;
    const rows = await stage.accounts.sites.members(site, null, 100);
    const held = rows.map(({ user, rights }) => `${user} ${rights.permissions} ${rights.delegations}`);
    const expected = [...model.members].map(([who, { permissions, delegations }]) => {
      return `${this.#actor(who).who.userId} ${permissions} ${delegations}`;
    });
    deepEqual(held, expected.toSorted());
    equal((await stage.accounts.sites.site(site))?.members, model.members.size);
    const { remote } = stage.follow();
    for (const [who, { who: someone }] of this.actors.entries()) {
      const asked = { user: someone.userId, device: someone.deviceId, site, log: LOG };
      const permissions = model.members.get(who)?.permissions;
      if (permissions === undefined) equal(await outcome(remote.access(asked)), 'forbidden');
      else equal((await remote.access(asked)).permissions, permissions);
    }
    equal((await remote.follow({ shard: 0, from: 0 })).seq, model.changes);
    await this.#checkInvitations();
  }

  async #checkInvitations(): Promise<void> {
    const { stage, model } = this;
    const nowMs = stage.clock.wallMs();
    for (const { sent, takenBy, withdrawn, endsMs } of model.invitations) {
      const row = must(await stage.accounts.sites.invitation(sent.oneTime.key), hex(sent.oneTime.key));
      const taken = takenBy === null ? null : this.#actor(takenBy).who.userId;
      deepEqual([row.takenBy, row.withdrawnMs !== null], [taken, withdrawn]);
      const { state } = await this.#actor(0).peek(sent);
      const expected = nowMs >= endsMs ? 'expired' : 'open';
      equal(state, withdrawn ? 'withdrawn' : takenBy === null ? expected : 'used');
    }
  }
}

async function holds(accounts: Accounts, steps: readonly Step[]): Promise<void> {
  await using stage = await Stage.open({ link: directLink, accounts, part: { rates: RATES } });
  const history = new History(stage);
  await history.begin();
  for (const one of steps) {
    await history.take(one);
    await history.check();
  }
}

const steps = fc.array(step, { minLength: 5, maxLength: 40 });

test('[A6, A9, A11] random histories of rights follow the model, in memory', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) => holds(new MemoryAccounts(), history)),
    { numRuns: 60 },
  );
});

test('[A6, A9, A11] random histories of rights follow the model, in SQLite', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) => holds(SqliteAccounts.open({ path: ':memory:' }), history)),
    { numRuns: 40 },
  );
});
