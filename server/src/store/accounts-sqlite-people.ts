/** Users, devices and tokens in SQLite (interface and promises: `accounts.ts`). */

import type { Profile } from 'copse/internal/api/model.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { devicesPerUserMax } from 'copse/internal/base/limits.ts';
import { deviceId, key, userId, type DeviceId, type UserId } from 'copse/internal/base/ids.ts';
import type {
  Arrived,
  DeviceRecord,
  DeviceRefusal,
  Issue,
  Issued,
  NewDevice,
  NewUser,
  People,
  ProfileStored,
  SignedUp,
  UserRecord,
} from './accounts.ts';
import { refusalOf, type InvitationRefusal } from './accounts-sites.ts';
import type { SqliteChanges, Write } from './accounts-sqlite-changes.ts';
import type { TreeDesk } from './accounts-tree-desk.ts';
import type { Database, Value } from './sqlite.ts';

const USER = 'SELECT id, key, admin, name, about, locale, version FROM user WHERE id = ?';
const ADMINS = 'SELECT id FROM user WHERE admin = 1 LIMIT ?';
const ADD_USER = `
  INSERT INTO user (id, key, admin, name, about, locale, version, created_ms, invited_by)
  VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)`;
const SET_PROFILE =
  'UPDATE user SET name = ?, about = ?, locale = ?, version = version + 1 WHERE id = ? AND version = ?';

const DEVICE = `
  SELECT id, key, user, name, min_epoch, created_ms, seen_ms, blessed_ms, revoked_ms
  FROM device WHERE id = ?`;
const DEVICES = `
  SELECT id, key, user, name, min_epoch, created_ms, seen_ms, blessed_ms, revoked_ms
  FROM device WHERE user = ? ORDER BY revoked_ms IS NOT NULL, seen_ms DESC, id LIMIT ?`;
const COUNT_DEVICES = 'SELECT count(*) AS count FROM device WHERE user = ? AND revoked_ms IS NULL';
const ADD_DEVICE = `
  INSERT INTO device (id, key, user, name, min_epoch, created_ms, seen_ms, blessed_ms)
  VALUES (?, ?, ?, ?, 1, ?, ?, ?)`;
const SEEN = `UPDATE device SET seen_ms = CASE WHEN seen_ms < ?1 THEN ?1 ELSE seen_ms END,
  blessed_ms = CASE WHEN blessed_ms < ?2 THEN ?2 ELSE blessed_ms END WHERE id = ?3`;
const RENAME = 'UPDATE device SET name = ? WHERE id = ? AND user = ?';
const END =
  'UPDATE device SET min_epoch = min_epoch + 1, revoked_ms = ? WHERE id = ? AND user = ? AND revoked_ms IS NULL';

const ISSUED = 'SELECT token, expires_ms FROM issued WHERE device = ? AND guid = ? AND at_ms > ?';
const ISSUE = `INSERT INTO issued (device, guid, token, expires_ms, at_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (device, guid) DO UPDATE SET token = excluded.token, expires_ms = excluded.expires_ms,
    at_ms = excluded.at_ms`;
const FORGET_ISSUED = 'DELETE FROM issued WHERE at_ms <= ?';
const DROP_ISSUED = 'DELETE FROM issued WHERE device = ?';

const INVITATION = `
  SELECT by_user, taken_by, joined_ms, withdrawn_ms, expires_ms FROM invitation WHERE key = ?`;
const TAKE = 'UPDATE invitation SET taken_by = ? WHERE key = ?';

interface UserRow {
  readonly id: string;
  readonly key: Uint8Array;
  readonly admin: number;
  readonly name: string;
  readonly about: string;
  readonly locale: string;
  readonly version: number;
}

interface DeviceRow {
  readonly id: string;
  readonly key: Uint8Array;
  readonly user: string;
  readonly name: string;
  readonly min_epoch: number;
  readonly created_ms: number;
  readonly seen_ms: number;
  readonly blessed_ms: number;
  readonly revoked_ms: number | null;
}

interface InvitationRow {
  readonly by_user: string;
  readonly taken_by: string | null;
  readonly joined_ms: number | null;
  readonly withdrawn_ms: number | null;
  readonly expires_ms: number;
}

interface Admitted {
  readonly kind: 'ok';
  readonly admin: boolean;
  readonly invitedBy: string | null;
}

export class SqlitePeople implements People {
  readonly #write: Write;
  readonly #changes: SqliteChanges;
  readonly #tree: TreeDesk;
  readonly #statements;

  constructor(
    database: Database,
    parts: { readonly write: Write; readonly changes: SqliteChanges; readonly tree: TreeDesk },
  ) {
    this.#write = parts.write;
    this.#changes = parts.changes;
    this.#tree = parts.tree;
    this.#statements = {
      user: database.prepare<UserRow>(USER),
      admins: database.prepare<{ id: string }>(ADMINS),
      addUser: database.prepare(ADD_USER),
      setProfile: database.prepare(SET_PROFILE),
      device: database.prepare<DeviceRow>(DEVICE),
      devices: database.prepare<DeviceRow>(DEVICES),
      countDevices: database.prepare<{ count: number }>(COUNT_DEVICES),
      addDevice: database.prepare(ADD_DEVICE),
      seen: database.prepare(SEEN),
      rename: database.prepare(RENAME),
      end: database.prepare(END),
      issued: database.prepare<{ token: Uint8Array; expires_ms: number }>(ISSUED),
      issue: database.prepare(ISSUE),
      forgetIssued: database.prepare(FORGET_ISSUED),
      dropIssued: database.prepare(DROP_ISSUED),
      invitation: database.prepare<InvitationRow>(INVITATION),
      take: database.prepare(TAKE),
    };
  }

  async user(user: UserId): Promise<UserRecord | null> {
    return this.#user(user);
  }

  async hasAdmin(): Promise<boolean> {
    return this.#statements.admins.get(1) !== null;
  }

  async admins(countMax: number): Promise<readonly UserId[]> {
    return this.#statements.admins.all(countMax).map(({ id }) => userId(id));
  }

  signUp(person: NewUser): Promise<SignedUp> {
    return this.#write(() => this.#signUp(person));
  }

  #signUp(person: NewUser): SignedUp {
    const known = this.#user(person.user);
    if (known !== null && !equal(known.key, person.key)) return { kind: 'taken' };
    const account = this.#tree.admitsNow(person.key);
    if (account?.isThere === false) return { kind: 'revoked' };
    const place = this.#placeFor(person.device, person.devicesMax);
    if (place !== 'new' && place !== 'known') return { kind: place };
    if (known !== null) {
      this.#place(person.device, place);
      return { kind: 'ok', admin: known.admin, fresh: false };
    }
    const admitted = account === null ? this.#admit(person) : withAccount(account.isAdmin);
    if (admitted.kind !== 'ok') return admitted;
    if (account === null) this.#tree.receive(person);
    const { user, profile, device } = person;
    const { name, about, locale } = profile;
    const admin = admitted.admin ? 1 : 0;
    const values: Value[] = [user, person.key, admin, name, about, locale, device.atMs, admitted.invitedBy];
    this.#statements.addUser.run(...values);
    this.#place(person.device, place);
    return { kind: 'ok', admin: admitted.admin, fresh: true };
  }

  #admit({ by, user, device }: NewUser): Admitted | { readonly kind: InvitationRefusal } {
    switch (by.kind) {
      case 'account':
        return { kind: 'unknown' };
      case 'open':
        return { kind: 'ok', admin: false, invitedBy: null };
      case 'setup':
        if (this.#statements.admins.get(1) !== null) return { kind: 'used' };
        return { kind: 'ok', admin: true, invitedBy: null };
      case 'invitation': {
        const row = this.#statements.invitation.get(by.key);
        if (row === null) return { kind: 'unknown' };
        const refusal = refusalOf(standing(row), user, device.atMs);
        if (refusal !== null) return { kind: refusal };
        this.#statements.take.run(user, by.key);
        return { kind: 'ok', admin: false, invitedBy: row.by_user };
      }
    }
  }

  async device(device: DeviceId): Promise<DeviceRecord | null> {
    return this.#device(device);
  }

  async devices(user: UserId, countMax: number): Promise<readonly DeviceRecord[]> {
    return this.#statements.devices.all(user, countMax).map(deviceOf);
  }

  arrive(device: NewDevice, devicesMax: number): Promise<Arrived> {
    return this.#write((): Arrived => {
      if (this.#user(device.user) === null) return { kind: 'unknown' };
      const place = this.#placeFor(device, devicesMax);
      if (place !== 'new' && place !== 'known') return { kind: place };
      this.#place(device, place);
      return { kind: 'ok', fresh: place === 'new' };
    });
  }

  /** Where a device stands, before anything is written. */
  #placeFor(device: NewDevice, devicesMax: number): DeviceRefusal | 'new' | 'known' {
    const known = this.#device(device.device);
    if (known === null) {
      const count = this.#statements.countDevices.get(device.user)?.count ?? 0;
      return count >= devicesMax ? 'full' : 'new';
    }
    if (!equal(known.key, device.key) || known.user !== device.user) return 'taken';
    return known.revokedMs === null ? 'known' : 'revoked';
  }

  #place(device: NewDevice, place: 'new' | 'known'): void {
    const { atMs, blessedMs } = device;
    if (place === 'known') this.#statements.seen.run(atMs, blessedMs, device.device);
    else {
      const { user, name } = device;
      this.#statements.addDevice.run(device.device, device.key, user, name, atMs, atMs, blessedMs);
    }
  }

  async seen(device: DeviceId, atMs: number): Promise<void> {
    await this.#write(() => this.#statements.seen.run(atMs, 0, device));
  }

  renameDevice(user: UserId, device: DeviceId, name: string): Promise<boolean> {
    return this.#write(() => this.#statements.rename.run(name, device, user) > 0);
  }

  endDevice(end: { user: UserId; device: DeviceId; revoke: boolean; atMs: number }): Promise<boolean> {
    return this.#write(() => this.#endDevice(end));
  }

  #endDevice(end: { user: UserId; device: DeviceId; revoke: boolean; atMs: number }): boolean {
    const { user, device, atMs } = end;
    if (this.#statements.end.run(end.revoke ? atMs : null, device, user) === 0) return false;
    this.#statements.dropIssued.run(device);
    const minEpoch = this.#device(device)?.minEpoch ?? 0;
    this.#changes.append({ kind: 'device', device, minEpoch }, atMs);
    return true;
  }

  /** Of an account that was removed: they may sign in when it is restored. Part of the caller's transaction. */
  endDevices(user: UserId, atMs: number): readonly DeviceId[] {
    const rows = this.#statements.devices.all(user, devicesPerUserMax);
    const used = rows.filter((row) => row.revoked_ms === null).map((row) => deviceId(row.id));
    for (const device of used) this.#endDevice({ user, device, revoke: false, atMs });
    // Who speaks by a blessing on a device that is not registered is ended by this alone; no token is older.
    this.#changes.append({ kind: 'user', user, minEpoch: 0 }, atMs);
    return used;
  }

  issue(issue: Issue): Promise<Issued> {
    return this.#write(() => {
      const sinceMs = issue.atMs - issue.replayMs;
      const kept = this.#issued(issue.device, issue.guid, sinceMs);
      if (kept !== null) return kept;
      this.#statements.forgetIssued.run(sinceMs);
      const { device, guid, token, expiresMs, atMs } = issue;
      this.#statements.issue.run(device, guid, token, expiresMs, atMs);
      return { token, expiresMs };
    });
  }

  async issued(device: DeviceId, guid: Uint8Array, sinceMs: number): Promise<Issued | null> {
    return this.#issued(device, guid, sinceMs);
  }

  #issued(device: DeviceId, guid: Uint8Array, sinceMs: number): Issued | null {
    const row = this.#statements.issued.get(device, guid, sinceMs);
    return row === null ? null : { token: row.token, expiresMs: row.expires_ms };
  }

  updateProfile(user: UserId, version: number, profile: Profile): Promise<ProfileStored> {
    return this.#write((): ProfileStored => {
      const { name, about, locale } = profile;
      if (this.#statements.setProfile.run(name, about, locale, user, version) > 0) {
        return { kind: 'ok', version: version + 1 };
      }
      const row = this.#user(user);
      if (row === null) return { kind: 'unknown' };
      return { kind: 'stale', version: row.version, profile: row.profile };
    });
  }

  #user(user: UserId): UserRecord | null {
    const row = this.#statements.user.get(user);
    if (row === null) return null;
    const { name, about, locale, version } = row;
    return {
      user: userId(row.id),
      key: key(row.key),
      admin: row.admin === 1,
      profile: { name, about, locale },
      version,
    };
  }

  #device(device: DeviceId): DeviceRecord | null {
    const row = this.#statements.device.get(device);
    return row === null ? null : deviceOf(row);
  }
}

/** Her account was made before; nobody is asked again. */
function withAccount(admin: boolean): Admitted {
  return { kind: 'ok', admin, invitedBy: null };
}

function deviceOf(row: DeviceRow): DeviceRecord {
  return {
    device: deviceId(row.id),
    key: key(row.key),
    user: userId(row.user),
    name: row.name,
    minEpoch: row.min_epoch,
    createdMs: row.created_ms,
    seenMs: row.seen_ms,
    blessedMs: row.blessed_ms,
    revokedMs: row.revoked_ms,
  };
}

function standing(row: InvitationRow): Parameters<typeof refusalOf>[0] {
  return {
    takenBy: row.taken_by === null ? null : userId(row.taken_by),
    joinedMs: row.joined_ms,
    withdrawnMs: row.withdrawn_ms,
    expiresMs: row.expires_ms,
  };
}
