/**
 * Handing on rights, listing and taking them back, as an application does it (SPEC R9). Loaded with the first
 * such act. What is signed is signed here, with the user's key; the node only stores and answers.
 */

import { equal } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, siteId, type LogId, type SiteId, type UserId } from '../base/ids.ts';
import {
  rightsApi,
  type BlastRow,
  type ChangesFrom,
  type ChangesPage,
  type GrantRow,
  type HoldingRow,
  type RightsRemote,
} from '../api/rights.ts';
import { blessingMsMax } from '../base/limits.ts';
import { attest, type Grant, type SubjectKind } from '../capability/attestation.ts';
import { bless } from '../capability/blessing.ts';
import type { Caveat } from '../capability/caveat.ts';
import { objectId } from '../capability/cose.ts';
import {
  delegationsMax,
  mayHandOn,
  permission,
  permissionsAll,
  resourceIn,
  type Resource,
  type Rights,
} from '../capability/policy.ts';
import { encodeProof } from '../capability/proof-file.ts';
import { revoke } from '../capability/revocation.ts';
import { siteIdOf } from '../crypto/hash.ts';
import { isStrictPublicKey, publicKeyBytes } from '../crypto/sign.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { tunnelled, type Carry } from './facet-tunnel.ts';
import { signKeyOf, userKeysOf, type SignKey } from './identity.ts';
import type { KeptProof } from './proof-shelf.ts';
import type { BlessOptions, Group, HeldRight, RevokeOptions, ShareOptions, Shared } from './rights.ts';

/** The application's own end. */
export interface RightsSelf {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly pass: Carry;
  secret(): Promise<Uint8Array>;
  keepProof(proof: Uint8Array): Promise<KeptProof>;
  proofs(forget: string | null): Promise<readonly KeptProof[]>;
  /** The ids of a log and of a folder of that name. */
  tagsOf(site: SiteId, name: string): Promise<{ readonly log: LogId; readonly folder: string }>;
}

export class RightsDesk {
  readonly #self: RightsSelf;
  readonly #remote: RightsRemote;

  constructor(self: RightsSelf) {
    this.#self = self;
    this.#remote = tunnelled(rightsApi, self.pass);
  }

  async #signer(): Promise<SignKey> {
    const { primitives } = this.#self;
    return (await userKeysOf(primitives, await this.#self.secret())).sign;
  }

  /** `*`, a folder as `docs/*`, or the name of a log. */
  async resourceOf(site: SiteId, name: string): Promise<Resource> {
    if (name === '*') return name;
    const isFolder = name.endsWith('/*');
    const tags = await this.#self.tagsOf(site, isFolder ? name.slice(0, -2) : name);
    const resource = resourceIn(isFolder ? tags.folder : tags.log);
    if (resource === null) throw new Fault('malformed', 'the id of a log');
    return resource;
  }

  /** Hands on a part of what this user holds in a site or group. */
  async share(site: SiteId, options: ShareOptions): Promise<Shared> {
    const { env, primitives } = this.#self;
    const signer = await this.#signer();
    const resource = await this.resourceOf(site, options.resource ?? '*');
    const { parent, rights } = await this.#parentFor(site, resource, options);
    const { root, proof } = await this.#remote.proof({ attestation: parent.via });
    const caveats: readonly Caveat[] = options.caveats ?? [];
    const subjectKind: SubjectKind = options.toGroup === true ? 'group' : 'user';
    const grant: Grant = { ...rights, subject: key(options.to), subjectKind, site, caveats };
    const attestation = await attest(primitives, env, signer.seed, grant);
    const path = [...proof, attestation];
    const id = objectId(primitives, attestation);
    if (options.sealed === true) await this.#remote.seal({ site, attestation: id });
    else await this.#remote.attest({ site, proof: path });
    return { id, proof: encodeProof({ root: key(root), path }) };
  }

  /** A right of this user that contains what is to be handed on, and that as it will be said. */
  async #parentFor(
    site: SiteId,
    resource: Resource,
    options: ShareOptions,
  ): Promise<{ readonly parent: HoldingRow; readonly rights: Rights }> {
    const { holdings } = await this.#remote.whatHolds({ user: null, site, after: null });
    for (const parent of holdings) {
      const held = { ...parent.rights, resource: resourceIn(parent.rights.resource) ?? '*' };
      const rights: Rights = {
        permissions: options.permissions ?? permission.read,
        resource,
        delegations: options.delegations ?? 0,
        notBeforeMs: Math.max(held.notBeforeMs, options.from?.getTime() ?? 0),
        expiresMs: options.until?.getTime() ?? held.expiresMs,
        quota: options.quota ?? held.quota,
      };
      if (mayHandOn(held, rights)) return { parent, rights };
    }
    throw new Fault('forbidden', 'You hold no right that contains this one and may be handed on.');
  }

  /** The attestations of a site or group that stand, as far as this user may see them. */
  async grants(site: SiteId): Promise<readonly GrantRow[]> {
    const all: GrantRow[] = [];
    for (let after = 0; ;) {
      const page = await this.#remote.grants({ site, after });
      all.push(...page.grants);
      if (!page.more) return all;
      after = page.next;
    }
  }

  /** What would fall with a grant. */
  async preview(attestation: string): Promise<BlastRow> {
    return this.#remote.preview({ attestation });
  }

  async revoke(site: SiteId, attestation: string, { force = false }: RevokeOptions = {}): Promise<void> {
    const { env, primitives } = this.#self;
    const { seed } = await this.#signer();
    const withdrawal = { site, attestation, issuedMs: Math.floor(env.wallMs()) };
    await this.#remote.revoke({ revocation: await revoke(primitives, seed, withdrawal), force });
  }

  /** Who holds rights in a site, or on one log of it. */
  async whoHolds(site: SiteId, name: string | null): Promise<readonly HeldRight[]> {
    const log = name === null ? null : (await this.#self.tagsOf(site, name)).log;
    const all: HeldRight[] = [];
    let after: { readonly user: UserId; readonly number: number } | null = null;
    for (;;) {
      const page: Awaited<ReturnType<RightsRemote['whoHolds']>> = await this.#remote.whoHolds({
        site,
        log,
        after,
      });
      all.push(...page.holdings.map(({ holding, name: called }) => ({ ...holding, name: called })));
      const last = page.holdings.at(-1)?.holding;
      if (!page.more || last === undefined) return all;
      after = { user: last.user, number: last.number };
    }
  }

  /** Everything this user holds, in one site when it is given; or what another holds there, for its admins. */
  async whatHolds(site: SiteId | null, user: UserId | null = null): Promise<readonly HoldingRow[]> {
    const all: HoldingRow[] = [];
    let after: { readonly site: SiteId; readonly number: number } | null = null;
    for (;;) {
      const page: Awaited<ReturnType<RightsRemote['whatHolds']>> = await this.#remote.whatHolds({
        user,
        site,
        after,
      });
      all.push(...page.holdings);
      const last = page.holdings.at(-1);
      if (!page.more || last === undefined) return all;
      after = { site: last.site, number: last.number };
    }
  }

  /** Of which web origins the pages may use a site; none: all that may call the node. */
  async origins(site: SiteId): Promise<readonly string[]> {
    return this.#remote.origins({ site });
  }

  /** Says so, as an admin of the site. Pages of other origins lose it at once; programs are not meant. */
  async setOrigins(site: SiteId, origins: readonly string[]): Promise<void> {
    await this.#remote.setOrigins({ site, origins });
  }

  /** The blessing by which a program's own key acts for this user for a while; it is shown at `login` over HTTP. */
  async bless(device: Uint8Array, options: BlessOptions = {}): Promise<Uint8Array> {
    const { env, primitives } = this.#self;
    if (device.length !== publicKeyBytes || !isStrictPublicKey(device))
      throw new Fault('malformed', 'no Ed25519 key of a device');
    const issuedMs = Math.floor(env.wallMs());
    const expiresMs = options.until?.getTime() ?? issuedMs + blessingMsMax;
    if (expiresMs <= issuedMs || expiresMs > issuedMs + blessingMsMax)
      throw new Fault('usage', 'A blessing lasts a day at most.');
    return bless(primitives, (await this.#signer()).seed, {
      device: key(device),
      audience: '*',
      scope: options.permissions ?? permission.read | permission.write,
      issuedMs,
      expiresMs,
      serial: issuedMs,
    });
  }

  /** The proof of a grant, to be kept, sent and verified offline. */
  async proofOf(attestation: string): Promise<Uint8Array> {
    const { root, proof } = await this.#remote.proof({ attestation });
    return encodeProof({ root: key(root), path: proof });
  }

  /**
   * Keeps the proof of a sealed grant on this device: it is shown to the node whenever that asks, and what it
   * permits is used as if the node had known it (SPEC R8).
   */
  async keepProof(proof: Uint8Array): Promise<KeptProof> {
    return this.#self.keepProof(proof);
  }

  /** The kept proofs that hold now. */
  async keptProofs(): Promise<readonly KeptProof[]> {
    return this.#self.proofs(null);
  }

  /** Forgets a kept proof; what was revoked need not be shown any more. */
  async forgetProof(id: string): Promise<void> {
    await this.#self.proofs(id);
  }

  /** Everything that was granted and taken back in a site since then, for its admins; page by page. */
  async changes(site: SiteId, from: ChangesFrom = { grants: 0, revocations: 0 }): Promise<ChangesPage> {
    return this.#remote.changes({ site, from });
  }

  /** Registers a proof that somebody made without the node. */
  async present(site: SiteId, path: readonly Uint8Array[]): Promise<string> {
    return (await this.#remote.attest({ site, proof: path })).id;
  }

  /** Makes a group with this user as its first member and admin. */
  async foundGroup(title: string): Promise<Group> {
    const { env, primitives } = this.#self;
    const root = await signKeyOf(primitives, env.random(32));
    const group = siteIdOf(primitives, root.publicKey);
    const attestation = await attest(primitives, env, root.seed, {
      subject: (await this.#signer()).publicKey,
      subjectKind: 'user',
      site: group,
      resource: '*',
      permissions: permissionsAll,
      delegations: delegationsMax,
      notBeforeMs: 0,
      expiresMs: 0,
      quota: 0,
    });
    await this.#remote.foundGroup({ root: root.publicKey, attestation, title });
    return { id: group, key: root.publicKey, title, permissions: permissionsAll };
  }

  /** The groups that this user is in. */
  async groups(): Promise<readonly Group[]> {
    const all: Group[] = [];
    let after: { readonly site: SiteId; readonly number: number } | null = null;
    do {
      const page: Awaited<ReturnType<RightsRemote['groups']>> = await this.#remote.groups({ after });
      for (const { group, root, title, rights } of page.groups) {
        const known = all.find((each) => equal(each.key, root));
        if (known === undefined)
          all.push({ id: siteId(group), key: key(root.slice()), title, permissions: rights.permissions });
      }
      after = page.next;
    } while (after !== null);
    return all;
  }
}
