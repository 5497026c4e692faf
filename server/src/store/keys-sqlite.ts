/** Keys in the SQLite file of the accounts (interface and promises: `keys.ts`). */

import { equal } from 'copse/internal/base/bytes.ts';
import {
  deviceId,
  key,
  siteId,
  userId,
  type DeviceId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import type { SqliteChanges, Write } from './accounts-sqlite-changes.ts';
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
import { keysStatements, setOf, setProof, type KeysStatements } from './keys-sqlite-rows.ts';
import { RosterScan } from './keys-sqlite-scan.ts';
import type { Database } from './sqlite.ts';

/** Envelopes of a set that is given up, of one turn: a millisecond. */
const SWEPT = 512;

export class SqliteKeys implements Keys {
  readonly #write: Write;
  readonly #changes: Pick<SqliteChanges, 'append'>;
  readonly #of: KeysStatements;
  readonly #scan: RosterScan;

  constructor(database: Database, write: Write, changes: Pick<SqliteChanges, 'append'>) {
    this.#write = write;
    this.#changes = changes;
    this.#of = keysStatements(database);
    this.#scan = new RosterScan(database, write);
  }

  async putExchange(device: DeviceId, statement: Uint8Array): Promise<void> {
    const known = this.#of.exchange.get(device);
    if (known !== null && equal(known.statement, statement)) return;
    await this.#write(() => void this.#of.putExchange.run(device, statement));
  }

  async userKey(user: UserId): Promise<UserKeyRecord | null> {
    const row = this.#of.userKey.get(user);
    return row === null ? null : { ...row, due: row.due === 1 };
  }

  async devicesOf(user: UserId): Promise<readonly DeviceKeyRecord[]> {
    return this.#of.devices.all(user).map((row) => ({
      device: deviceId(row.device),
      key: key(row.key),
      statement: row.statement,
      holds: row.holds === 1,
    }));
  }

  async userEnvelope(user: UserId, device: DeviceId): Promise<Uint8Array | null> {
    return this.#of.userEnvelope.get(user, device)?.envelope ?? null;
  }

  publishUserKey(publishing: UserKeyPublishing): Promise<UserKeyPublished> {
    const { user, from, statement, envelopes, atMs } = publishing;
    return this.#write((): UserKeyPublished => {
      const generation = this.#of.userKey.get(user)?.generation ?? 0;
      if (generation !== from) return { kind: 'stale', generation };
      const devices = this.#of.devices.all(user);
      const given = new Map(envelopes.map((each) => [each.device as string, each.envelope]));
      // The first comes from her secret, which her devices hold.
      const lacking = devices.find((row) => from > 0 && row.statement !== null && !given.has(row.device));
      if (lacking !== undefined) return { kind: 'incomplete', device: deviceId(lacking.device) };
      this.#of.addUserKey.run(user, from + 1, statement, atMs);
      // What is derived from her secret a device knows that has ended before there was a statement.
      const isOpen = from === 0 && this.#of.hasEnded.get(user) !== null;
      this.#of.putUserKeyNow.run(user, from + 1, isOpen ? 1 : 0);
      for (const { device } of devices) {
        const envelope = given.get(device);
        if (envelope !== undefined) this.#of.putUserEnvelope.run(user, device, from + 1, envelope);
      }
      if (!isOpen) this.#of.dueForUser.run(atMs, user);
      return { kind: 'ok' };
    });
  }

  addUserEnvelopes(
    user: UserId,
    generation: number,
    envelopes: readonly DeviceEnvelope[],
  ): Promise<'ok' | 'stale' | 'unknown'> {
    return this.#write(() => {
      if (this.#of.userKey.get(user)?.generation !== generation) return 'stale';
      const known = new Set(this.#of.devices.all(user).map((row) => row.device));
      if (envelopes.some(({ device }) => !known.has(device))) return 'unknown';
      for (const { device, envelope } of envelopes)
        this.#of.putUserEnvelope.run(user, device, generation, envelope);
      return 'ok';
    });
  }

  async userKeysBelow(user: UserId, below: number, countMax: number): Promise<readonly Uint8Array[]> {
    return this.#of.userKeysBelow.all(user, below, countMax).map((row) => row.statement);
  }

  async siteKey(site: SiteId): Promise<SiteKeyRecord | null> {
    const row = this.#of.site.get(site);
    if (row === null) return null;
    const set = this.#of.set.get(site, row.key_epoch);
    const due = this.#of.dueSite.get(site);
    return {
      epoch: row.key_epoch,
      set: set === null ? null : setOf(set),
      due: due === null ? null : { site, rotate: due.rotate === 1, sinceMs: due.since_ms },
    };
  }

  async setsBelow(site: SiteId, below: number, countMax: number): Promise<readonly StoredSet[]> {
    return this.#of.setsBelow.all(site, below, countMax).map(setOf);
  }

  async envelope(site: SiteId, epoch: number, user: UserId): Promise<Uint8Array | null> {
    const row = this.#of.envelope.get(site, epoch, user) ?? this.#of.memberEnvelope.get(site, user, epoch);
    // An empty one says that its maker would not seal to her.
    return row === null || row.envelope.length === 0 ? null : row.envelope;
  }

  async roster(
    site: SiteId,
    missing: boolean,
    after: UserId | null,
    countMax: number,
  ): Promise<readonly RosterRecord[]> {
    const rows = missing
      ? this.#of.missing.all(site, after ?? '', countMax)
      : this.#of.roster.all(site, after ?? '', countMax);
    return rows.map((row) => ({ user: userId(row.user), key: key(row.key), statement: row.statement }));
  }

  async begin(beginning: Beginning): Promise<Begun> {
    for (;;) {
      const begun = await this.#write(() => this.#beginning(beginning));
      if (begun !== null) return begun;
    }
  }

  /** Null: something of an older set is left, of which some went. */
  #beginning({ site, from, user, device, resume, anew, atMs }: Beginning): Begun | null {
    const epoch = this.#of.site.get(site)?.key_epoch ?? 0;
    if (epoch !== from || this.#of.userKey.get(user)?.due !== 0) return { kind: 'stale', epoch };
    const marks = this.#of.dueSite.get(site)?.marks ?? 0;
    const begun = this.#of.rotation.get(site);
    const isHers = begun?.user === user && begun.epoch === from + 1 && begun.marks === marks;
    if (begun !== null && isHers && !anew) {
      this.#of.takeRotation.run(device, site);
      const parts = this.#of.parts.all(site);
      const last = parts.at(-1)?.last_user ?? '';
      return {
        kind: 'resumed',
        resume: begun.resume,
        parts: parts.map((row) => row.hash),
        after: last === '' ? null : userId(last),
      };
    }
    this.#drop(site);
    if (!this.#sweep(site, from + 1)) return null;
    this.#of.addRotation.run(site, from + 1, user, device, resume, marks, atMs);
    return { kind: 'ok' };
  }

  /** What is being made is made no more; its envelopes are swept away after it. */
  #drop(site: SiteId): void {
    this.#of.dropRotation.run(site);
    this.#of.dropParts.run(site);
  }

  /** Answers whether nothing of a set that nobody makes is left: 20,000 envelopes at once took 20 ms. */
  #sweep(site: SiteId, epoch: number): boolean {
    if (this.#of.rotation.get(site) !== null || this.#of.site.get(site)?.key_epoch !== epoch - 1) return true;
    return this.#of.dropEnvelopes.run(site, epoch, site, epoch, SWEPT) < SWEPT;
  }

  putPart({ site, epoch, device, part, hash, envelopes }: Part): Promise<'ok' | 'unknown'> {
    return this.#write(() => {
      const making = this.#of.rotation.get(site);
      if (making?.epoch !== epoch || making.device !== device) return 'unknown';
      if (part > this.#of.parts.all(site).length) return 'unknown';
      for (const each of envelopes)
        this.#of.putEnvelope.run(site, epoch, each.user, each.generation, each.envelope);
      this.#of.putPart.run(site, part, hash, envelopes.at(-1)?.user ?? '');
      return 'ok';
    });
  }

  async making(site: SiteId) {
    const row = this.#of.rotation.get(site);
    if (row === null) return null;
    const parts = this.#of.parts.all(site).map(({ hash }) => hash);
    return { epoch: row.epoch, device: deviceId(row.device), parts };
  }

  async commit(committing: Committing): Promise<Committed> {
    const { site, set } = committing;
    this.#scan.watch(site);
    try {
      const answer = await this.#scanned(committing);
      if (answer.kind === 'stale') while (!(await this.#write(() => this.#sweep(site, set.epoch))));
      return answer;
    } finally {
      this.#scan.release(site);
    }
  }

  /** Looks at every member in slices, then makes the set count in one transaction. */
  async #scanned(committing: Committing): Promise<Committed> {
    const { site, set, lackingMax } = committing;
    const first = await this.#write(() => this.#hindrance(committing));
    if (first !== null) return first;
    const maker = this.#of.rotation.get(site)?.user ?? '';
    const of = { site, epoch: set.epoch, maker, countMax: lackingMax };
    const users = await this.#scan.lacking(of);
    if (users.length > 0) return { kind: 'incomplete', users };
    return this.#write((): Committed => {
      const hindrance = this.#hindrance(committing);
      if (hindrance !== null) return hindrance;
      const changed = this.#scan.changed(of);
      if (changed.length > 0) return { kind: 'incomplete', users: changed };
      this.#count(committing);
      return { kind: 'ok' };
    });
  }

  /** Why this set cannot count, whoever is in it. */
  #hindrance({ site, device, set, parts, version, label }: Committing): Committed | null {
    const of = this.#of.site.get(site);
    const making = this.#of.rotation.get(site);
    const epoch = of?.key_epoch ?? 0;
    if (set.epoch !== epoch + 1 || making?.epoch !== set.epoch || making.device !== device)
      return { kind: 'stale', epoch };
    const kept = this.#of.parts.all(site);
    const isSame = kept.length === parts.length && kept.every(({ hash }, i) => equal(hash, parts[i] ?? hash));
    const isUnmarked = (this.#of.dueSite.get(site)?.marks ?? 0) === making.marks;
    if (!isSame || !isUnmarked) {
      this.#drop(site);
      return { kind: 'stale', epoch };
    }
    if (of === null || of.version !== version)
      return { kind: 'label', version: of?.version ?? 0, label: of?.label ?? label };
    return null;
  }

  #count({ site, set, label, atMs }: Committing): void {
    this.#of.addSet.run(site, set.epoch, set.set, set.blessing, setProof(set.proof), atMs);
    this.#of.raise.run(set.epoch, label, site);
    this.#drop(site);
    this.#of.settle.run(site);
    this.#changes.append({ kind: 'site', site, keyEpoch: set.epoch }, atMs);
  }

  addSiteEnvelopes(site: SiteId, epoch: number, envelopes: readonly SiteEnvelope[]): Promise<'ok' | 'stale'> {
    return this.#write(() => {
      if (this.#of.site.get(site)?.key_epoch !== epoch) return 'stale';
      for (const { user, generation, envelope } of envelopes)
        if (this.#of.canTake.get(site, user, generation, envelope.length) !== null)
          this.#of.putEnvelope.run(site, epoch, user, generation, envelope);
      if (this.#of.missing.get(site, '', 1) === null) this.#of.settleAdmitted.run(site);
      return 'ok';
    });
  }

  forgetEnvelopes(site: SiteId, epoch: number, countMax: number): Promise<boolean> {
    return this.#write(() => this.#of.forget.run(site, epoch, site, epoch, epoch + 1, countMax) === countMax);
  }

  async dueSites(after: SiteId | null, countMax: number): Promise<readonly SiteId[]> {
    return this.#of.dueSites.all(after ?? '', countMax).map((row) => siteId(row.site));
  }

  async due(user: UserId, after: SiteId | null, countMax: number): Promise<readonly DueRecord[]> {
    return this.#of.due.all(user, after ?? '', countMax).map((row) => ({
      site: siteId(row.site),
      rotate: row.rotate === 1,
      sinceMs: row.since_ms,
    }));
  }
}
