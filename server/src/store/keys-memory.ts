/**
 * Keys in memory (interface and promises: `keys.ts`, but nothing survives the process). That somebody left or
 * ended a device is noted; who has lost the last right in a site is found, among those who held its key.
 */

import { concat, hex } from 'copse/internal/base/bytes.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { MemoryChanges, MemoryPeople } from './accounts-memory-people.ts';
import type { MemorySites } from './accounts-memory-sites.ts';
import type {
  Begun,
  Beginning,
  Committed,
  Committing,
  DeviceEnvelope,
  DeviceKeyRecord,
  DueRecord,
  Keys,
  Part,
  RosterRecord,
  SiteEnvelope,
  SiteKeyRecord,
  StoredSet,
  UserKeyPublished,
  UserKeyPublishing,
  UserKeyRecord,
} from './keys.ts';

interface UserKeys {
  readonly statements: Uint8Array[];
  due: boolean;
  envelopes: Map<DeviceId, Uint8Array>;
}

interface Rotation {
  readonly epoch: number;
  readonly user: UserId;
  device: DeviceId;
  readonly resume: Uint8Array;
  readonly marks: string;
  readonly parts: { readonly hash: Uint8Array; readonly last: UserId | null }[];
}

export class MemoryKeys implements Keys {
  readonly #changes: MemoryChanges;
  readonly #people: MemoryPeople;
  readonly #sites: MemorySites;
  readonly #exchanges = new Map<DeviceId, Uint8Array>();
  readonly #userKeys = new Map<UserId, UserKeys>();
  readonly #sets = new Map<SiteId, StoredSet[]>();
  readonly #envelopes = new Map<string, SiteEnvelope>();
  readonly #rotations = new Map<SiteId, Rotation>();
  /** Who has been given the newest key of a site; of the first one, everybody who was ever a member. */
  readonly #holders = new Map<SiteId, ReadonlySet<UserId>>();
  /** How many have left, or ended a device, since. */
  readonly #ended = new Map<SiteId, number>();

  constructor(changes: MemoryChanges, people: MemoryPeople, sites: MemorySites) {
    this.#changes = changes;
    this.#people = people;
    this.#sites = sites;
  }

  async putExchange(device: DeviceId, statement: Uint8Array): Promise<void> {
    this.#exchanges.set(device, statement.slice());
  }

  async userKey(user: UserId): Promise<UserKeyRecord | null> {
    return this.#userKey(user);
  }

  #userKey(user: UserId): UserKeyRecord | null {
    const keys = this.#userKeys.get(user);
    const statement = keys?.statements.at(-1);
    if (keys === undefined || statement === undefined) return null;
    return { generation: keys.statements.length, statement, due: keys.due };
  }

  async devicesOf(user: UserId): Promise<readonly DeviceKeyRecord[]> {
    const envelopes = this.#userKeys.get(user)?.envelopes;
    return this.#people.devicesNow(user).map(({ device, key }) => ({
      device,
      key,
      statement: this.#exchanges.get(device) ?? null,
      holds: envelopes?.has(device) === true,
    }));
  }

  async userEnvelope(user: UserId, device: DeviceId): Promise<Uint8Array | null> {
    return this.#userKeys.get(user)?.envelopes.get(device) ?? null;
  }

  async publishUserKey(publishing: UserKeyPublishing): Promise<UserKeyPublished> {
    const { user, from, statement, envelopes } = publishing;
    const keys = this.#userKeys.get(user) ?? newUserKeys();
    const generation = keys.statements.length;
    if (generation !== from) return { kind: 'stale', generation };
    const devices = this.#people.devicesNow(user);
    const given = new Map(envelopes.map((each) => [each.device, each.envelope.slice()]));
    const lacking = devices.find(
      ({ device }) => from > 0 && this.#exchanges.has(device) && !given.has(device),
    );
    if (lacking !== undefined) return { kind: 'incomplete', device: lacking.device };
    keys.statements.push(statement.slice());
    keys.due = from === 0 && this.#people.endedNow(user) > 0;
    keys.envelopes = new Map([...given].filter(([device]) => devices.some((row) => row.device === device)));
    this.#userKeys.set(user, keys);
    return { kind: 'ok' };
  }

  async addUserEnvelopes(
    user: UserId,
    generation: number,
    envelopes: readonly DeviceEnvelope[],
  ): Promise<'ok' | 'stale' | 'unknown'> {
    const keys = this.#userKeys.get(user);
    if (keys?.statements.length !== generation) return 'stale';
    const devices = new Set(this.#people.devicesNow(user).map(({ device }) => device));
    if (envelopes.some(({ device }) => !devices.has(device))) return 'unknown';
    for (const { device, envelope } of envelopes) keys.envelopes.set(device, envelope.slice());
    return 'ok';
  }

  async userKeysBelow(user: UserId, below: number, countMax: number): Promise<readonly Uint8Array[]> {
    const statements = this.#userKeys.get(user)?.statements ?? [];
    return statements
      .slice(0, below - 1)
      .toReversed()
      .slice(0, countMax);
  }

  /** A device of hers has been revoked. */
  ended(user: UserId, device: DeviceId): void {
    const keys = this.#userKeys.get(user);
    if (keys !== undefined) keys.due = true;
    keys?.envelopes.delete(device);
    for (const site of this.#sites.sitesNow(user)) this.left(site);
  }

  /** A member has left, or one of her devices has ended. */
  left(site: SiteId): void {
    this.#ended.set(site, (this.#ended.get(site) ?? 0) + 1);
  }

  async siteKey(site: SiteId): Promise<SiteKeyRecord | null> {
    const epoch = this.#sites.keyEpochOf(site);
    if (epoch === null) return null;
    return { epoch, set: this.#sets.get(site)?.at(-1) ?? null, due: this.#due(site) };
  }

  #due(site: SiteId): DueRecord | null {
    const rotate = this.#marks(site) !== '';
    const admit = this.#missing(site).length > 0;
    return rotate || admit ? { site, rotate, sinceMs: 0 } : null;
  }

  /** Those by whom the key has to change, as one text: another text says that there are more. */
  #marks(site: SiteId): string {
    const present = new Set(this.#sites.presentNow(site));
    const holders = this.#holders.get(site) ?? this.#sites.everNow(site);
    const gone = [...holders].filter((user) => !present.has(user) && !this.#sites.hasLeft(site, user));
    const ended = this.#ended.get(site) ?? 0;
    return ended === 0 && gone.length === 0 ? '' : [ended, ...gone].join();
  }

  async setsBelow(site: SiteId, below: number, countMax: number): Promise<readonly StoredSet[]> {
    const sets = (this.#sets.get(site) ?? []).filter(({ epoch }) => epoch < below);
    return sets.toReversed().slice(0, countMax);
  }

  async envelope(site: SiteId, epoch: number, user: UserId): Promise<Uint8Array | null> {
    return this.#given(site, epoch, user);
  }

  #given(site: SiteId, epoch: number, user: UserId): Uint8Array | null {
    const kept = this.#envelopes.get(place(site, epoch, user));
    const envelope = kept?.envelope ?? this.#sites.joinedWith(site, user, epoch);
    return envelope === null || envelope.length === 0 ? null : envelope;
  }

  async roster(
    site: SiteId,
    missing: boolean,
    after: UserId | null,
    countMax: number,
  ): Promise<readonly RosterRecord[]> {
    const users = missing ? this.#missing(site) : this.#sealable(site);
    const behind = users.filter((user) => user > (after ?? '')).toSorted();
    return behind.slice(0, countMax).flatMap((user) => {
      const key = this.#people.userNow(user)?.key;
      const statement = this.#userKey(user)?.statement;
      return key === undefined || statement === undefined ? [] : [{ user, key, statement }];
    });
  }

  #sealable(site: SiteId): readonly UserId[] {
    return this.#sites.presentNow(site).filter((user) => this.#userKey(user)?.due === false);
  }

  #missing(site: SiteId): readonly UserId[] {
    const epoch = this.#sites.keyEpochOf(site) ?? 1;
    return this.#sealable(site).filter(
      (user) =>
        this.#sites.joinedWith(site, user, epoch) === null && !this.#envelopes.has(place(site, epoch, user)),
    );
  }

  /** Whether a member was not given the newest key; the first one everybody made or got with her invitation. */
  lacks(site: SiteId, user: UserId): boolean {
    const epoch = this.#sites.keyEpochOf(site) ?? 1;
    if (epoch === 1 || !this.#sites.presentNow(site).includes(user)) return false;
    return this.#given(site, epoch, user) === null;
  }

  async begin({ site, from, user, device, resume, anew }: Beginning): Promise<Begun> {
    const epoch = this.#sites.keyEpochOf(site) ?? 0;
    if (epoch !== from || this.#userKey(user)?.due !== false) return { kind: 'stale', epoch };
    const marks = this.#marks(site);
    const begun = this.#rotations.get(site);
    const isHers = begun?.user === user && begun.epoch === from + 1 && begun.marks === marks;
    if (isHers && !anew) {
      begun.device = device;
      const parts = begun.parts.map(({ hash }) => hash);
      return { kind: 'resumed', resume: begun.resume, parts, after: begun.parts.at(-1)?.last ?? null };
    }
    this.#drop(site, from + 1);
    this.#rotations.set(site, { epoch: from + 1, user, device, resume: resume.slice(), marks, parts: [] });
    return { kind: 'ok' };
  }

  #drop(site: SiteId, epoch: number): void {
    this.#rotations.delete(site);
    const prefix = place(site, epoch, '');
    for (const name of this.#envelopes.keys()) if (name.startsWith(prefix)) this.#envelopes.delete(name);
  }

  async putPart({ site, epoch, device, part, hash, envelopes }: Part): Promise<'ok' | 'unknown'> {
    const making = this.#rotations.get(site);
    if (making?.epoch !== epoch || making.device !== device) return 'unknown';
    if (part > making.parts.length) return 'unknown';
    for (const each of envelopes) this.#put(site, epoch, each);
    making.parts[part] = { hash: hash.slice(), last: envelopes.at(-1)?.user ?? null };
    return 'ok';
  }

  #put(site: SiteId, epoch: number, { user, generation, envelope }: SiteEnvelope): void {
    this.#envelopes.set(place(site, epoch, user), { user, generation, envelope: envelope.slice() });
  }

  async making(site: SiteId) {
    const making = this.#rotations.get(site);
    if (making === undefined) return null;
    return { epoch: making.epoch, device: making.device, parts: making.parts.map(({ hash }) => hash) };
  }

  async commit(committing: Committing): Promise<Committed> {
    const { site, device, set, parts, version, label, atMs } = committing;
    const making = this.#rotations.get(site);
    const epoch = this.#sites.keyEpochOf(site) ?? 0;
    if (set.epoch !== epoch + 1 || making?.epoch !== set.epoch || making.device !== device)
      return { kind: 'stale', epoch };
    const isSame = hex(concat(...parts)) === hex(concat(...making.parts.map(({ hash }) => hash)));
    if (!isSame || making.marks !== this.#marks(site) || this.#isForStranger(site, set.epoch)) {
      this.#drop(site, set.epoch);
      return { kind: 'stale', epoch };
    }
    const of = this.#sites.labelNow(site);
    if (of.version !== version) return { kind: 'label', ...of };
    const lacking = this.#sealable(site).filter((user) => {
      const given = this.#envelopes.get(place(site, set.epoch, user));
      if (given === undefined) return true;
      if (user === making.user && given.envelope.length === 0) return true;
      return given.envelope.length > 0 && given.generation !== this.#userKey(user)?.generation;
    });
    if (lacking.length > 0)
      return { kind: 'incomplete', users: lacking.toSorted().slice(0, committing.lackingMax) };
    this.#sets.set(site, [...(this.#sets.get(site) ?? []), copied(set)]);
    this.#sites.raise(site, set.epoch, label);
    this.#rotations.delete(site);
    const present = this.#sites.presentNow(site);
    this.#holders.set(site, new Set(present));
    this.#ended.delete(site);
    this.#changes.append({ kind: 'site', site, keyEpoch: set.epoch }, atMs);
    return { kind: 'ok' };
  }

  /** Whether somebody was given the key who is no member any more: perhaps she came after the last set. */
  #isForStranger(site: SiteId, epoch: number): boolean {
    const present = new Set(this.#sites.presentNow(site));
    return this.#sites
      .everNow(site)
      .some((user) => !present.has(user) && this.#envelopes.has(place(site, epoch, user)));
  }

  async addSiteEnvelopes(
    site: SiteId,
    epoch: number,
    envelopes: readonly SiteEnvelope[],
  ): Promise<'ok' | 'stale'> {
    if (this.#sites.keyEpochOf(site) !== epoch) return 'stale';
    const present = new Set(this.#sites.presentNow(site));
    const holders = new Set(this.#holders.get(site));
    for (const each of envelopes) {
      const key = this.#userKey(each.user);
      const isFor = each.envelope.length === 0 || each.generation === key?.generation;
      if (!present.has(each.user) || key?.due !== false || !isFor) continue;
      this.#put(site, epoch, each);
      holders.add(each.user);
    }
    this.#holders.set(site, holders);
    return 'ok';
  }

  async forgetEnvelopes(site: SiteId, epoch: number, countMax: number): Promise<boolean> {
    let count = 0;
    for (const user of this.#sites.everNow(site)) {
      if (count === countMax) return true;
      const next = this.#envelopes.get(place(site, epoch + 1, user));
      if (next === undefined || next.envelope.length === 0) continue;
      if (this.#envelopes.delete(place(site, epoch, user))) count++;
    }
    return false;
  }

  async dueSites(after: SiteId | null, countMax: number): Promise<readonly SiteId[]> {
    const sites = this.#sites.allNow().filter((site) => site > (after ?? '') && this.#due(site) !== null);
    return sites.toSorted().slice(0, countMax);
  }

  async due(user: UserId, after: SiteId | null, countMax: number): Promise<readonly DueRecord[]> {
    const behind = this.#sites.sitesNow(user).filter((site) => site > (after ?? ''));
    const sites = behind.flatMap((site) => this.#due(site) ?? []);
    return sites.toSorted((a, b) => (a.site < b.site ? -1 : 1)).slice(0, countMax);
  }
}

function newUserKeys(): UserKeys {
  return { statements: [], due: false, envelopes: new Map() };
}

function place(site: SiteId, epoch: number, user: string): string {
  return `${site} ${epoch} ${user}`;
}

function copied({ epoch, set, blessing, proof }: StoredSet): StoredSet {
  return { epoch, set: set.slice(), blessing: blessing.slice(), proof: proof.map((each) => each.slice()) };
}
