/**
 * Whatever happens to rights, devices, messages, auth and notify: once messages come again both hold the same,
 * and it is what rights say and what devices have said last (SPEC I6, I11, I19).
 */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rightsApi } from 'copse/internal/api/rights.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { logId } from 'copse/internal/base/ids.ts';
import { noticeRetryMaxMs } from 'copse/internal/base/limits-notify.ts';
import { folderOf, permission } from 'copse/internal/capability/policy.ts';
import { revoke } from 'copse/internal/capability/revocation.ts';
import { audienceText, MemoryHeld, type Held } from 'copse/internal/social/subscriptions/held.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { directLink, settled, Stage, type Actor } from './auth-stage.ts';
import { address, noticesOf, NotifyDouble, told, type Fate } from './notices-stage.ts';
import { grantBy, ground, person, primitives } from './people.ts';

const DEVICES = [await person('Ada'), await person('Ada', 'phone'), await person('Bea')];
const GROUNDS = [await ground('first'), await ground('second'), await ground('third')];
const LOG = logId('0b'.repeat(16));
const RESOURCES = ['*', LOG, folderOf(LOG)] as const;
const LEVELS = ['all', 'mentions', 'none'] as const;
const FATES: readonly Fate[] = ['comes', 'lost', 'unanswered'];

type Command =
  | { readonly kind: 'subscribe' | 'unsubscribe' | 'logout'; readonly who: number; readonly n: number }
  | {
      readonly kind: 'level' | 'mute' | 'unmute';
      readonly who: number;
      readonly site: number;
      readonly n: number;
    }
  | { readonly kind: 'found' | 'leave' | 'give' | 'takeBack'; readonly site: number; readonly n: number }
  | { readonly kind: 'fate' | 'wait'; readonly n: number }
  | { readonly kind: 'restartAuth' | 'restartNotify' | 'loseNotify' };

const who = fc.nat(DEVICES.length - 1);
const site = fc.nat(GROUNDS.length - 1);
const n = fc.nat(2);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constantFrom('subscribe', 'subscribe', 'unsubscribe', 'logout'), who, n }),
  fc.record({ kind: fc.constantFrom('level', 'mute', 'unmute'), who, site, n }),
  fc.record({ kind: fc.constantFrom('found', 'leave', 'give', 'give', 'takeBack'), site, n }),
  fc.record({ kind: fc.constantFrom('fate', 'wait', 'wait'), n }),
  fc.record({ kind: fc.constantFrom('restartAuth', 'restartNotify', 'loseNotify') }),
);

class Run implements AsyncDisposable {
  readonly notify = new NotifyDouble();
  readonly accounts: Accounts = SqliteAccounts.open({ path: ':memory:' });
  /** What a device said last of a site, while nothing else has touched it. */
  readonly said = new Map<string, string>();
  readonly #given: { readonly site: number; readonly id: string }[] = [];
  #stage: Stage | null = null;
  #actors: Actor[] = [];
  #fates: readonly Fate[] = ['comes'];
  #messages = 0;

  constructor() {
    this.notify.fate = () => must(this.#fates[this.#messages++ % this.#fates.length], 'a fate');
  }

  get stage(): Stage {
    return must(this.#stage, 'it has begun');
  }

  async begin(): Promise<void> {
    const stage = await Stage.open({
      link: directLink,
      accounts: this.accounts,
      part: { notify: this.notify },
    });
    this.#stage = stage;
    this.#actors = [];
    for (const one of DEVICES) {
      const actor = await stage.enter(one);
      await actor.signUp();
      this.#actors.push(actor);
    }
  }

  async play(command: Command): Promise<void> {
    try {
      await this.#play(command);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
    }
  }

  async #play(command: Command): Promise<void> {
    switch (command.kind) {
      case 'restartAuth':
        await this.#end();
        return this.begin();
      case 'restartNotify':
      case 'loseNotify':
        return this.notify.restart(command.kind === 'loseNotify');
      case 'fate':
        this.#fates = [FATES.slice(0, command.n + 1), ['lost' as const]][command.n % 2] ?? FATES;
        return;
      case 'wait':
        return command.n === 0 ? settled() : told(this.stage.clock, command.n);
      case 'subscribe':
      case 'unsubscribe':
      case 'logout':
        return this.#device(command.kind, command.who, command.n);
      case 'level':
      case 'mute':
      case 'unmute':
        return this.#level(command.kind, command);
      default:
        return this.#right(command.kind, command);
    }
  }

  async #device(kind: 'subscribe' | 'unsubscribe' | 'logout', at: number, url: number): Promise<void> {
    const actor = this.#actor(at);
    if (kind !== 'subscribe') this.said.clear();
    if (kind === 'subscribe') await noticesOf(actor).subscribe(address(url));
    if (kind === 'unsubscribe') await noticesOf(actor).unsubscribe({});
    if (kind !== 'logout') return;
    await actor.remote.logout({});
    this.#actors[at] = await this.stage.enter(must(DEVICES[at], 'a device'));
  }

  async #level(
    kind: 'level' | 'mute' | 'unmute',
    at: { readonly who: number; readonly site: number; readonly n: number },
  ): Promise<void> {
    const notices = noticesOf(this.#actor(at.who));
    const { site: of } = must(GROUNDS[at.site], 'a site');
    const level = must(LEVELS[at.n], 'a level');
    if (kind === 'level') await notices.level({ site: of, level });
    if (kind === 'level') this.said.set(`${must(DEVICES[at.who], 'a device').deviceId} ${of}`, level);
    if (kind === 'mute') await notices.mute({ site: of, durationMs: 1_000 * at.n });
    if (kind !== 'unmute') return;
    this.said.delete(`${must(DEVICES[at.who], 'a device').deviceId} ${of}`);
    await notices.unmute({ site: of, durationMs: 100_000 * at.n });
  }

  async #right(
    kind: 'found' | 'leave' | 'give' | 'takeBack',
    at: { readonly site: number; readonly n: number },
  ): Promise<void> {
    const [ada, bea] = [this.#actor(0), this.#actor(2)];
    const of = must(GROUNDS[at.site], 'a site');
    this.said.clear();
    if (kind === 'found') return void (await ada.found(of));
    if (kind === 'leave') return void (await (at.n === 0 ? ada : bea).remote.leave({ site: of.site }));
    const { user } = ada.who;
    if (kind === 'give') {
      const part = { permissions: 1, delegations: 0, resource: must(RESOURCES[at.n], 'a resource') };
      const object = await grantBy(user, of.site, bea.who.user.key, part);
      this.#given.push({ site: at.site, id: (await ada.facet(rightsApi, {}).declare({ object })).id });
      return;
    }
    const given = this.#given.splice(at.n % Math.max(1, this.#given.length), 1)[0];
    if (given === undefined) return;
    const withdrawal = { site: must(GROUNDS[given.site], 'a site').site, attestation: given.id, issuedMs: 1 };
    await ada.facet(rightsApi, {}).declare({ object: await revoke(primitives, user.seed, withdrawal) });
  }

  #actor(at: number): Actor {
    return must(this.#actors[at], 'an actor');
  }

  async settle(): Promise<void> {
    this.#fates = ['comes'];
    await this.accounts.grants.settled();
    this.stage.clock.advance(2 * noticeRetryMaxMs);
    await told(this.stage.clock, 10);
    // A store that has begun anew is noticed with the next change, or at the next start.
    await this.#end();
    await this.begin();
    await told(this.stage.clock, 10);
  }

  async agree(): Promise<void> {
    deepEqual(await this.accounts.notices.waiting(null, 9), []);
    for (const user of new Set(DEVICES.map((one) => one.userId))) {
      const read = await this.accounts.notices.read(user);
      const kept = new MemoryHeld();
      if (read !== null) kept.take(read.state);
      deepEqual(rowsOf((await this.notify.store.stored(user)).state), rowsOf(kept));
      for (const one of DEVICES) if (one.userId === user) await this.#hears(one, kept);
    }
    for (const [place, level] of this.said) {
      const [device, of] = place.split(' ');
      const own = DEVICES.find((one) => one.deviceId === device);
      const rows = await this.accounts.notices.rows(
        must(own, 'one').userId,
        must(own, 'one').deviceId,
        null,
        9,
      );
      equal(rows.find((row) => row.site === of)?.listener.level, level, place);
    }
  }

  /** A device with an address hears what it may read, as the tail would be told, and another one nothing. */
  async #hears({ userId, deviceId }: (typeof DEVICES)[number], kept: Held): Promise<void> {
    for (const { site: of } of GROUNDS) {
      const access = await this.accounts.sites.access(userId, deviceId, of);
      const readable = (access?.holdings ?? []).filter(
        ({ rights }) => (rights.permissions & permission.read) !== 0,
      );
      const all = readable.map(({ rights }) => rights.resource);
      const widest = all.includes('*') ? ['*'] : all.includes(folderOf(LOG)) ? [folderOf(LOG)] : all;
      const mayHear = kept.endpoint(deviceId) !== null && widest.length > 0;
      equal(kept.listener(deviceId, of)?.audience ?? null, mayHear ? audienceText(widest) : null);
    }
    const neighbour = kept.listener(deviceId, neighbourhoodOf(userId));
    equal(neighbour !== null, kept.endpoint(deviceId) !== null, 'and of the neighbourhood');
  }

  /** Auth ends, what it stands on stays. */
  async #end(): Promise<void> {
    const ended = this.stage.auth[Symbol.asyncDispose]();
    await told(this.stage.clock);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await this.accounts[Symbol.asyncDispose]();
  }
}

function rowsOf(held: Held): unknown {
  const listeners = [...held.listeners()].map(({ device, site: of, listener }) => {
    const { audience, level, override } = listener;
    return [device, of, audience, level, override?.level, override?.forMs].join(' ');
  });
  const endpoints = [...held.endpoints()].map(([device, { url }]) => `${device} ${url}`);
  return { listeners: listeners.toSorted(), endpoints: endpoints.toSorted(), quiet: held.quiet };
}

test('[I6, I11, I19] auth and notify come to hold the same, and it is what rights and devices say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      await using run = new Run();
      await run.begin();
      for (const each of commands) await run.play(each);
      await run.settle();
      await run.agree();
    }),
    { numRuns: 80 },
  );
});
