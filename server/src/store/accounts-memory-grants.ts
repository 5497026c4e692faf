/**
 * Rights in memory (see `accounts-memory.ts`). Nothing is materialised: every answer is worked out from the
 * attestations that stand, which makes this the model against which the closure in SQLite is compared.
 */

import { must } from 'copse/internal/base/assert.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { standingId, type LogId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import { proofDepthMax } from 'copse/internal/base/limits.ts';
import { datesOf } from 'copse/internal/capability/chain.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import { covers, permission } from 'copse/internal/capability/policy.ts';
import type {
  Attested,
  Attesting,
  Blast,
  GrantRecord,
  Grants,
  GroupRecord,
  Holding,
  HoldingCursor,
  PlacedGrant,
  RevocationRecord,
  Revoked,
  Revoking,
  SealedRecord,
} from './accounts-grants.ts';
import type { MemoryChanges } from './accounts-memory-people.ts';

interface Known extends Omit<PlacedGrant, 'from'> {
  readonly number: number;
  readonly atMs: number;
  /** What it stands on, from the first of its namespace. */
  readonly route: readonly Known[];
  below: number;
  revokedMs: number | null;
  /** Its holder has left. */
  isGivenBack: boolean;
}

interface OwnHolding extends Holding {
  readonly path: readonly Known[];
}

interface Owner {
  devicesOf(user: UserId): number;
  keyEpochOf(site: SiteId): number | null;
  /** Whether a member was not given the newest key of a site. */
  lacksKey(site: SiteId, user: UserId): boolean;
}

export class MemoryGrants implements Grants {
  readonly #changes: MemoryChanges;
  readonly #owner: Owner;
  readonly #known = new Map<ObjectId, Known>();
  readonly #bySite = new Map<SiteId, Known[]>();
  readonly #revocations: RevocationRecord[] = [];
  readonly #groups = new Map<SiteId, GroupRecord & { readonly by: UserId }>();
  readonly #sealed = new Map<ObjectId, SealedRecord>();
  #last = 0;

  /** Somebody holds more. */
  onAdded: () => void = () => {};

  constructor(changes: MemoryChanges, owner: Owner) {
    this.#changes = changes;
    this.#owner = owner;
  }

  get(id: ObjectId): { readonly below: number; readonly quota: number } | null {
    const known = this.#known.get(id);
    return known === undefined ? null : { below: known.below, quota: known.grant.quota };
  }

  /** Whether an attestation is known and stands. */
  has(id: ObjectId): boolean {
    const known = this.#known.get(id);
    return known !== undefined && this.#stands(known);
  }

  /** What founding, inviting and joining add. */
  add(link: Omit<PlacedGrant, 'from'>, atMs: number): void {
    if (this.#known.has(link.grant.id)) return;
    const above = link.above === null ? null : must(this.#known.get(link.above), 'stored from above');
    this.#put(link, above === null ? [] : [...above.route, above], atMs);
  }

  #put(link: Omit<PlacedGrant, 'from'>, route: readonly Known[], atMs: number): Known {
    const old = this.#known.get(link.grant.id);
    const number = old?.number ?? ++this.#last;
    const { below = 0 } = old ?? {};
    const bytes = link.bytes.slice();
    const known = { ...link, bytes, number, atMs, route, below, revokedMs: null, isGivenBack: false };
    this.#known.set(link.grant.id, known);
    const { site } = link.grant;
    const others = (this.#bySite.get(site) ?? []).filter((each) => each.number !== number);
    this.#bySite.set(
      site,
      [...others, known].toSorted((a, b) => a.number - b.number),
    );
    const above = link.above === null ? undefined : this.#known.get(link.above);
    if (above !== undefined && old === undefined) above.below++;
    this.onAdded();
    return known;
  }

  #stands(known: Known): boolean {
    return [...known.route, known].every((link) => link.revokedMs === null);
  }

  heldNow(site: SiteId, user: UserId | null): readonly OwnHolding[] {
    return this.#holdings(site, user, []);
  }

  #holdings(site: SiteId, user: UserId | null, inside: readonly SiteId[]): readonly OwnHolding[] {
    const all: OwnHolding[] = [];
    for (const known of this.#bySite.get(site) ?? []) {
      if (!this.#stands(known)) continue;
      const own = [...known.route, known];
      const { group, grant } = known;
      if (group !== null) {
        if (inside.includes(group)) continue;
        for (const member of this.#holdings(group, user, [...inside, site])) {
          if ((member.rights.permissions & permission.read) !== 0)
            all.push(...holdingBy(known, member.user, [...own, ...member.path]));
        }
      } else if (grant.subjectKind === 'user' && !known.isGivenBack) {
        if (user === null || known.holder === user) all.push(...holdingBy(known, known.holder, own));
      }
    }
    return all;
  }

  async held(site: SiteId, user: UserId): Promise<readonly Holding[]> {
    return this.heldNow(site, user);
  }

  giveBack(site: SiteId, user: UserId): void {
    for (const known of this.#bySite.get(site) ?? []) if (known.holder === user) known.isGivenBack = true;
  }

  async attest(order: Attesting): Promise<Attested> {
    const path: Known[] = [];
    const added: ObjectId[] = [];
    for (const [at, link] of order.path.entries()) {
      const known = this.#known.get(link.grant.id);
      const answer = known !== undefined && this.#stands(known) ? known : this.#refusal(order, link);
      if (typeof answer === 'string') {
        for (const id of added) this.#remove(id);
        return answer;
      }
      if (answer === null) added.push(link.grant.id);
      path.push(answer ?? this.#put(link, path.slice(link.from, at), order.atMs));
    }
    for (const id of added) this.#tellWidened(must(this.#known.get(id), 'it was just added'), order.atMs);
    return added.length > 0 ? 'ok' : 'known';
  }

  #tellWidened({ grant, group, holder }: Known, atMs: number): void {
    if (group === null) {
      this.#changes.append({ kind: 'widened', user: holder, site: grant.site }, atMs);
      const shared = [...this.#bySite.keys()].filter((site) =>
        this.heldNow(site, holder).some((held) => held.path.some((link) => link.grant.id === grant.id)),
      );
      for (const site of shared)
        if (site !== grant.site) this.#changes.append({ kind: 'widened', user: holder, site }, atMs);
      return;
    }
    const keyEpoch = this.#owner.keyEpochOf(grant.site);
    if (keyEpoch !== null) this.#changes.append({ kind: 'site', site: grant.site, keyEpoch }, atMs);
  }

  #remove(id: ObjectId): void {
    const known = must(this.#known.get(id), 'it was just added');
    const { site } = known.grant;
    this.#known.delete(id);
    this.#bySite.set(
      site,
      (this.#bySite.get(site) ?? []).filter((each) => each !== known),
    );
    const above = known.above === null ? undefined : this.#known.get(known.above);
    if (above !== undefined) above.below--;
  }

  #refusal(order: Attesting, link: PlacedGrant): Attested | null {
    const { grant, group } = link;
    if ((this.#known.get(grant.id)?.revokedMs ?? null) !== null) return 'revoked';
    const above = link.above === null ? null : must(this.#known.get(link.above), 'above comes before');
    if (above?.grant.subjectKind === 'oneTime') return 'used';
    const isUser = grant.subjectKind === 'user';
    if (isUser && this.heldNow(grant.site, link.holder).length >= order.holdingsMax) return 'full';
    if (group !== null && this.heldNow(group, null).length > order.spreadMax) return 'full';
    if (above === null) return null;
    if (above.grant.quota > 0 && above.below >= above.grant.quota) return 'quota';
    if (above.below >= order.belowMax) return 'full';
    const held = this.heldNow(grant.site, link.issuer);
    return held.some((holding) => holding.via === above.grant.id) ? null : 'forbidden';
  }

  async attestation(id: ObjectId): Promise<GrantRecord | null> {
    const known = this.#known.get(id);
    return known === undefined ? null : this.#recordOf(known);
  }

  #recordOf(known: Known): GrantRecord {
    const { grant, number, above, atMs, below } = known;
    const ends = [...known.route, known].flatMap((link) => link.revokedMs ?? []);
    const endedMs = known.revokedMs ?? ends[0] ?? null;
    return { id: grant.id, number, site: grant.site, grant, above, atMs, below, endedMs };
  }

  async path(id: ObjectId): Promise<readonly Uint8Array[]> {
    const known = this.#known.get(id);
    return known === undefined ? [] : [...known.route, known].map((link) => link.bytes);
  }

  async pathOf({ site, user, via, number }: Pick<Holding, 'site' | 'user' | 'via' | 'number'>) {
    const held = this.heldNow(site, user).find((each) => each.via === via && each.number === number);
    return (held?.path ?? []).map((link) => link.bytes);
  }

  async standing(ids: readonly ObjectId[]) {
    return ids.map((id) => {
      const known = this.#known.get(id);
      if (known !== undefined) return this.#stands(known) ? ('stands' as const) : ('fallen' as const);
      const sealed = this.#sealed.get(id);
      if (sealed === undefined) return 'unknown' as const;
      return sealed.revokedMs === null ? ('sealed' as const) : ('fallen' as const);
    });
  }

  async revoke(order: Revoking): Promise<Revoked> {
    const { attestation, site, issuer, atMs } = order;
    const known = this.#known.get(attestation);
    if (known === undefined) return this.#revokeSealed(order);
    if (known.grant.site !== site) return 'unknown';
    const issuers = [...known.route, known].map((link) => link.grant.issuer);
    if (!issuers.some((each) => equal(each, issuer))) return 'forbidden';
    if (known.revokedMs !== null) return 'known';
    if (this.#lacksKey(order)) return 'stale';
    known.revokedMs = atMs;
    this.#record(order);
    return 'ok';
  }

  #revokeSealed(order: Revoking): Revoked {
    const sealed = this.#sealed.get(order.attestation);
    if (sealed === undefined || sealed.site !== order.site) return 'unknown';
    if (sealed.revokedMs !== null) return 'known';
    if (this.#lacksKey(order)) return 'stale';
    this.#sealed.set(sealed.id, { ...sealed, revokedMs: order.atMs });
    this.#record(order);
    return 'ok';
  }

  #record({ site, attestation, issuer, atMs }: Revoking): void {
    this.#revocations.push({ number: this.#revocations.length + 1, site, attestation, issuer, atMs });
    this.#changes.append({ kind: 'fallen', attestation: standingOf(attestation) }, atMs);
  }

  #lacksKey({ site, holder }: Revoking): boolean {
    return holder !== null && this.#owner.lacksKey(site, holder);
  }

  async settled(): Promise<void> {}

  async preview(id: ObjectId, someMax: number): Promise<Blast | null> {
    const root = this.#known.get(id);
    if (root === undefined) return null;
    const falls = (known: Known): boolean => known === root || known.route.includes(root);
    const standing = [...this.#known.values()].filter((known) => this.#stands(known));
    const held = [...this.#bySite.keys()].flatMap((site) => this.heldNow(site, null));
    const lost = held.filter((holding) => holding.path.includes(root));
    const people = new Set(lost.map((holding) => holding.user));
    const places = new Map(lost.map((holding) => [`${holding.user} ${holding.site}`, holding]));
    const left = (holding: OwnHolding): boolean =>
      held.some(
        (each) => each.user === holding.user && each.site === holding.site && !each.path.includes(root),
      );
    return {
      people: people.size,
      out: [...places.values()].filter((holding) => !left(holding)).length,
      devices: [...people].reduce((sum, user) => sum + this.#owner.devicesOf(user), 0),
      sites: new Set(lost.map((holding) => holding.site)).size,
      grants: standing.filter((known) => known !== root && falls(known)).length,
      some: [...people].slice(0, someMax),
    };
  }

  async whoHolds(
    site: SiteId,
    log: LogId | null,
    after: HoldingCursor | null,
    countMax: number,
  ): Promise<readonly Holding[]> {
    const all = this.heldNow(site, null).filter(({ rights }) => log === null || covers(rights.resource, log));
    return all
      .map((holding) => ({ holding, at: [holding.user, holding.number] as const }))
      .filter(({ at }) => after === null || isAfter(at, [after.user, after.number]))
      .toSorted((a, b) => (isAfter(a.at, b.at) ? 1 : -1))
      .slice(0, countMax)
      .map(({ holding }) => holding);
  }

  async whatHolds(
    user: UserId,
    after: { readonly site: SiteId; readonly number: number } | null,
    countMax: number,
  ): Promise<readonly Holding[]> {
    return [...this.#bySite.keys()]
      .flatMap((site) => this.heldNow(site, user))
      .filter(({ number }) => after === null || number > after.number)
      .toSorted((a, b) => a.number - b.number)
      .slice(0, countMax);
  }

  async page(site: SiteId, after: number, countMax: number): Promise<readonly GrantRecord[]> {
    const all = (this.#bySite.get(site) ?? []).filter((known) => known.number > after && this.#stands(known));
    return all.slice(0, countMax).map((known) => this.#recordOf(known));
  }

  async since(site: SiteId, after: number, countMax: number): Promise<readonly GrantRecord[]> {
    const all = (this.#bySite.get(site) ?? []).filter((known) => known.number > after);
    return all.slice(0, countMax).map((known) => this.#recordOf(known));
  }

  async revocations(site: SiteId, after: number, countMax: number): Promise<readonly RevocationRecord[]> {
    return this.#revocations.filter((row) => row.site === site && row.number > after).slice(0, countMax);
  }

  async foundGroup(group: GroupRecord & { readonly by: UserId }): Promise<'ok' | 'taken'> {
    const known = this.#groups.get(group.group);
    if (known !== undefined) return known.by === group.by && known.title === group.title ? 'ok' : 'taken';
    this.#groups.set(group.group, { ...group });
    return 'ok';
  }

  async group(id: SiteId): Promise<GroupRecord | null> {
    return this.#groups.get(id) ?? null;
  }

  async seal(grant: Omit<SealedRecord, 'revokedMs'>, countMax: number): Promise<'ok' | 'taken' | 'full'> {
    const known = this.#sealed.get(grant.id);
    if (known !== undefined) return known.site === grant.site && known.by === grant.by ? 'ok' : 'taken';
    if (this.#known.has(grant.id)) return 'taken';
    if ([...this.#sealed.values()].filter((row) => row.site === grant.site).length >= countMax) return 'full';
    this.#sealed.set(grant.id, { ...grant, revokedMs: null });
    const keyEpoch = this.#owner.keyEpochOf(grant.site);
    if (keyEpoch !== null) this.#changes.append({ kind: 'site', site: grant.site, keyEpoch }, grant.atMs);
    return 'ok';
  }

  async sealed(id: ObjectId): Promise<SealedRecord | null> {
    return this.#sealed.get(id) ?? null;
  }

  async hasSealed(site: SiteId): Promise<boolean> {
    return [...this.#sealed.values()].some((row) => row.site === site);
  }
}

function standingOf(id: ObjectId) {
  return standingId(id.slice(0, 16));
}

/** One holding, or none when its path is deeper than a proof may be or goes in circles. */
function holdingBy(known: Known, user: UserId, path: readonly Known[]): readonly OwnHolding[] {
  if (path.length > proofDepthMax || new Set(path).size < path.length) return [];
  const caveats = path.flatMap((link) => link.grant.caveats);
  const rights = { ...known.grant, ...datesOf(path.map((link) => link.grant)), caveats };
  const { permissions, resource, delegations, notBeforeMs, expiresMs, quota } = rights;
  return [
    {
      site: known.grant.site,
      user,
      rights: { permissions, resource, delegations, notBeforeMs, expiresMs, quota, caveats },
      via: known.grant.id,
      isShared: known.group !== null,
      stands: path.map((link) => standingOf(link.grant.id)),
      number: known.number,
      path,
    },
  ];
}

function isAfter(a: readonly [string, number], b: readonly [string, number]): boolean {
  return a[0] === b[0] ? a[1] > b[1] : a[0] > b[0];
}
