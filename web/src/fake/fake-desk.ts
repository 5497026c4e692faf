/** What the desk of rights of the fake node answers: groups with people in them, proofs, and origins. */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { siteId, userId, type SiteId } from 'copse/internal/base/ids.ts';
import { permission, permissionsAll } from 'copse/internal/capability/policy.ts';
import type { Group, Rights } from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { FakeOrigins } from './fake-origins.ts';
import { FakeRights, keyOf, resourceOf } from './fake-rights.ts';
import type { FakeSite } from './fake-site.ts';
import { ada, everybody, tomas, wiremu } from './people.ts';

type Kept = Awaited<ReturnType<Rights['keptProofs']>>[number];

/** What stands in a proof of the stories; anything else is none. */
export const FAKE_PROOF = 'copse-proof:Q29wc2U';

export class FakeGroups {
  readonly #net: FakeNet;
  #all: readonly Group[];
  readonly #rights = new Map<SiteId, FakeRights>();

  constructor(net: FakeNet, isFresh: boolean) {
    this.#net = net;
    const id = siteId('77aa11bb22cc33dd44ee55ff66007788');
    const keepers = {
      id,
      key: keyOf(userId('77aa11bb22cc33dd')),
      title: 'Tool keepers',
      permissions: permissionsAll,
    };
    this.#all = isFresh ? [] : [keepers];
    if (isFresh) return;
    const rights = this.of(id);
    rights.put(tomas, { permissions: permission.read });
    rights.put(wiremu, { permissions: permission.read });
  }

  list(): readonly Group[] {
    return this.#all;
  }

  of(id: SiteId): FakeRights {
    const known = this.#rights.get(id);
    if (known !== undefined) return known;
    const made = new FakeRights(id, [ada], this.#net);
    this.#rights.set(id, made);
    return made;
  }

  async found(title: string): Promise<Group> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
    const id = siteId(hex(crypto.getRandomValues(new Uint8Array(16))));
    const group = { id, key: keyOf(userId(id.slice(0, 16))), title, permissions: permissionsAll };
    this.#all = [...this.#all, group];
    return group;
  }
}

interface DeskParts {
  readonly net: FakeNet;
  readonly groups: FakeGroups;
  readonly site: (id: SiteId) => FakeSite | undefined;
}

export class FakeRightsDesk implements Rights {
  readonly #parts: DeskParts;
  readonly #origins: FakeOrigins;
  #kept: readonly Kept[] = [];

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#origins = new FakeOrigins(parts.net);
  }

  async whatHolds(site: SiteId | null) {
    return site === null ? [] : ((await this.#parts.site(site)?.rights.holdings(ada.user)) ?? []);
  }

  resourceOf(_site: SiteId, name: string) {
    return Promise.resolve(resourceOf(name));
  }

  async groups() {
    return this.#parts.groups.list();
  }

  foundGroup(title: string) {
    return this.#parts.groups.found(title);
  }

  grants(group: SiteId) {
    return this.#parts.groups.of(group).grants();
  }

  whoHolds(group: SiteId) {
    return this.#parts.groups.of(group).whoHolds(undefined);
  }

  share(group: SiteId, options: Parameters<Rights['share']>[1]) {
    return this.#parts.groups.of(group).share(options, everybody, []);
  }

  preview(grant: string) {
    const group = this.#parts.groups.list().find(({ id }) => this.#parts.groups.of(id).has(grant));
    if (group === undefined) throw new Fault('unknown');
    return this.#parts.groups.of(group.id).preview(grant);
  }

  revoke(group: SiteId, grant: string) {
    return this.#parts.groups.of(group).revoke(grant);
  }

  origins(site: SiteId) {
    return this.#origins.get(site);
  }

  setOrigins(site: SiteId, origins: readonly string[]) {
    return this.#origins.set(site, origins);
  }

  async keepProof(proof: Uint8Array): Promise<Kept> {
    await pause(this.#parts.net.delayMs());
    if (new TextDecoder().decode(proof) !== 'Copse') throw new Fault('badProof');
    const rights = { permissions: 3, resource: resourceOf('harvest'), delegations: 0 };
    const site = siteId('0d5ac1f2e6b74398a1d0c2b3e4f50617');
    const kept = { id: 'ab'.repeat(32), site, rights: { ...rights, notBeforeMs: 0, expiresMs: 0, quota: 0 } };
    this.#kept = [kept];
    return kept;
  }

  async keptProofs() {
    await pause(this.#parts.net.delayMs());
    return this.#kept;
  }

  async forgetProof(id: string) {
    this.#kept = this.#kept.filter((kept) => kept.id !== id);
  }
}
