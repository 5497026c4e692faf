/** An auth that knows what a test tells it, and keeps its promises about sequences. */

import type { AuthInternalEvents, Change } from 'copse/internal/api/auth.ts';
import { permissionsAll } from 'copse/internal/api/model.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Authority } from '../rights.ts';

type AccessAnswer = Awaited<ReturnType<Authority['access']>>;

export class TestAuthority {
  readonly key = new Uint8Array(32).fill(7);
  readonly #node: Key;
  readonly #permissions = new Map<string, number>();
  readonly #keyEpochBySite = new Map<SiteId, number>();
  readonly #changes: { readonly seq: number; readonly change: Change }[] = [];
  #events: AuthInternalEvents | null = null;
  #seq = 0;
  accessCount = 0;
  /** Of every answer. */
  conditional: AccessAnswer['conditional'] = [];
  stands: AccessAnswer['stands'] = [];
  origins: AccessAnswer['origins'] = [];
  isProvable = false;
  /** What a proof gives. */
  proven: (user: UserId, proof: readonly Uint8Array[]) => number = () => 0;
  expiresMs = 0;
  /** Whose devices are, as `usersOf` answers. */
  readonly userByDevice = new Map<DeviceId, UserId>();
  readonly askedDevices: DeviceId[] = [];
  /** Calls fail while this is set. */
  isDown = false;
  /** Pushes are lost while this is set. */
  isMuted = false;
  /** An answer that is on its way while this is set stays there until `deliver`. */
  isSlow = false;
  #slow: (() => void)[] = [];

  constructor(node: Key) {
    this.#node = node;
  }

  readonly connect = (events: AuthInternalEvents): Authority => {
    this.#events = events;
    return {
      access: async ({ user, site }) => {
        this.accessCount++;
        if (this.isDown) throw new Fault('closed');
        const answer = this.#access(user, site);
        if (this.isSlow) await new Promise<void>((resolve) => void this.#slow.push(resolve));
        return answer;
      },
      prove: async ({ user, site, proof }) => {
        if (this.isDown) throw new Fault('closed');
        const permissions = this.proven(user, proof);
        if (permissions === 0) throw new Fault('badProof');
        return { ...this.#access(user, site), permissions, provable: false, stands: this.stands };
      },
      usersOf: async ({ devices }) => {
        if (this.isDown) throw new Fault('closed');
        this.askedDevices.push(...devices);
        return { users: devices.map((device) => this.userByDevice.get(device) ?? null) };
      },
      follow: async ({ from }) => {
        if (this.isDown) throw new Fault('closed');
        return {
          seq: this.#seq,
          more: false,
          reset: from > this.#seq,
          changes: this.#changes.filter(({ seq }) => seq > from).map(({ change }) => change),
          keys: [{ number: 1, key: this.key }],
          node: this.#node,
        };
      },
    };
  };

  #access(user: UserId, site: SiteId): AccessAnswer {
    const permissions = this.#permissions.get(user + site) ?? this.#permissions.get(site) ?? 0;
    return {
      permissions,
      conditional: this.conditional,
      stands: this.stands,
      origins: this.origins,
      provable: permissions === 0 || this.isProvable,
      keyEpoch: this.#keyEpochBySite.get(site) ?? 1,
      expiresMs: this.expiresMs,
      seq: this.#seq,
    };
  }

  /** Lets the answers go that were asked for while it was slow. */
  deliver(): void {
    this.isSlow = false;
    for (const go of this.#slow.splice(0)) go();
  }

  /** Everybody may do this on the site. */
  allow(site: SiteId, permissions = permissionsAll): void {
    this.#permissions.set(site, permissions);
  }

  grant(user: UserId, site: SiteId, permissions: number): void {
    this.#permissions.set(user + site, permissions);
    this.change({ kind: 'grant', user, site });
  }

  raiseKey(site: SiteId, keyEpoch: number): void {
    this.#keyEpochBySite.set(site, keyEpoch);
    this.change({ kind: 'site', site, keyEpoch });
  }

  change(change: Change): void {
    this.#seq++;
    this.#changes.push({ seq: this.#seq, change });
    if (!this.isMuted) this.#events?.change({ seq: this.#seq, change });
  }

  beat(): void {
    if (!this.isMuted) this.#events?.beat({ seq: this.#seq });
  }

  /** It has lost its past, as after a restore from a backup. */
  forget(): void {
    this.#seq = 0;
    this.#changes.length = 0;
  }
}
