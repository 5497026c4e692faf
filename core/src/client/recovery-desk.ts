/**
 * Recovery as an application sees it: `copse.recovery` for who is signed in. What does the work is loaded when
 * it is first called, so that who never recovers loads none of its mathematics.
 */

import type { Key, SiteId, UserId } from '../base/ids.ts';
import type { Carry } from './facet-tunnel.ts';
import type * as Grants from './recovery-grants.ts';
import type { RealmFailure, RealmStatus, SetUp, SetUpOptions } from './recovery-owner.ts';
import type { PinWeakness } from './recovery-pin.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import type { PendingMember, ResetSide, WaitingReset } from './recovery-reset.ts';

/** The application's own end. */
export interface RecoverySelf {
  readonly url: string;
  readonly node: Key;
  readonly secret: () => Promise<Uint8Array>;
  readonly pass: Carry;
  /** Makes an invitation link of a site. */
  invite(site: SiteId, permissions: number): Promise<string>;
  join(link: string): Promise<SiteId>;
}

export class Recovery {
  readonly #tools: RecoveryTools;
  readonly #self: () => RecoverySelf;

  constructor(tools: RecoveryTools, self: () => RecoverySelf) {
    this.#tools = tools;
    this.#self = self;
  }

  /** What makes a PIN easy to guess; null when it is too short to be one. */
  async weaknesses(pin: string): Promise<readonly PinWeakness[] | null> {
    const { weaknessesOf } = await import('./recovery-pin.ts');
    return weaknessesOf(pin);
  }

  /** Makes realms of these nodes, or renews what they have: with another PIN, other realms, after a lock. */
  async setUp(options: SetUpOptions): Promise<SetUp> {
    const { setUpRecovery } = await import('./recovery-owner.ts');
    return setUpRecovery(this.#tools, await this.#owner(), options);
  }

  /** What each realm of a code says. */
  async status(code: string): Promise<readonly RealmStatus[]> {
    const { recoveryStatus } = await import('./recovery-owner.ts');
    return recoveryStatus(this.#tools, await this.#owner(), code);
  }

  /** Ends the recovery; answers at which realms that did not succeed. */
  async remove(code: string): Promise<readonly RealmFailure[]> {
    const { removeRecovery } = await import('./recovery-owner.ts');
    return removeRecovery(this.#tools, await this.#owner(), code);
  }

  /** A link by which a friend makes this node one of her realms, once. */
  async grant(): Promise<string> {
    return (await this.#grants()).makeGrant(await this.#side(), this.#self().url);
  }

  async grants(): ReturnType<typeof Grants.listGrants> {
    return (await this.#grants()).listGrants(await this.#side());
  }

  #grants(): Promise<typeof Grants> {
    return import('./recovery-grants.ts');
  }

  /** Requests for a reset that wait for an admin of the node. */
  async resets(): Promise<readonly WaitingReset[]> {
    const { waitingResets } = await import('./recovery-reset.ts');
    return waitingResets(await this.#side());
  }

  async decideReset(request: string, approve: boolean): Promise<void> {
    const { decideReset } = await import('./recovery-reset.ts');
    await decideReset(await this.#side(), request, approve);
  }

  /** Who waits to be let into a site again; without a site, where this user waits. */
  async pending(site: SiteId | null = null): Promise<readonly PendingMember[]> {
    const { pendingMembers } = await import('./recovery-reset.ts');
    return pendingMembers(await this.#side(), site);
  }

  /** Lets somebody in again who has said this code. */
  async readmit(of: { readonly site: SiteId; readonly user: UserId; readonly code: string }): Promise<void> {
    const { readmit } = await import('./recovery-reset.ts');
    const self = this.#self();
    await readmit(await this.#side(), of, (permissions) => self.invite(of.site, permissions));
  }

  /** Joins every site whose admin has let this user in again. */
  async rejoin(): Promise<readonly SiteId[]> {
    const { readmissions } = await import('./recovery-reset.ts');
    const self = this.#self();
    const joined: SiteId[] = [];
    for (const link of await readmissions(await this.#side(), self.url)) joined.push(await self.join(link));
    return joined;
  }

  async #owner() {
    const { url, node, secret } = this.#self();
    return { url, node, secret: await secret() };
  }

  async #side(): Promise<ResetSide> {
    const { tunnelled } = await import('./facet-tunnel.ts');
    const { recoveryApi } = await import('../api/recovery.ts');
    const { node, secret, pass } = this.#self();
    return { tools: this.#tools, remote: tunnelled(recoveryApi, pass), node, secret };
  }
}
