/** Users, devices, tokens and changes in memory (see `accounts-memory.ts`). Bytes are copied: their message does not live on. */

import type { Change } from 'copse/internal/api/auth.ts';
import { equal, hex } from 'copse/internal/base/bytes.ts';
import { key as keyOf, type DeviceId, type UserId } from 'copse/internal/base/ids.ts';
import type {
  AdmissionBy,
  Arrived,
  ChangeRecord,
  Changes,
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
import type { InvitationRefusal } from './accounts-sites.ts';
import type { TreeDesk } from './accounts-tree-desk.ts';

type Profile = UserRecord['profile'];

export class MemoryChanges implements Changes {
  readonly #listeners: ((record: ChangeRecord) => void)[] = [];
  #records: ChangeRecord[] = [];
  #seq = 0;

  listen(listener: (record: ChangeRecord) => void): void {
    this.#listeners.push(listener);
  }

  async kept(): Promise<{ floor: number; records: readonly ChangeRecord[] }> {
    const first = this.#records[0];
    return { floor: first === undefined ? this.#seq : first.seq - 1, records: [...this.#records] };
  }

  async forget(beforeMs: number): Promise<void> {
    this.#records = this.#records.filter((record) => record.atMs >= beforeMs);
  }

  append(change: Change, atMs: number): void {
    const record = { seq: ++this.#seq, atMs, change };
    this.#records.push(record);
    for (const listener of this.#listeners) listener(record);
  }
}

interface Invitations {
  /** Reserves an invitation for somebody who signs up with it. */
  take(by: AdmissionBy & { kind: 'invitation' }, user: UserId, nowMs: number): InvitationRefusal | null;
}

export class MemoryPeople implements People {
  readonly #changes: MemoryChanges;
  readonly #invitations: Invitations;
  readonly #tree: TreeDesk;
  readonly #users = new Map<UserId, UserRecord>();
  readonly #devices = new Map<DeviceId, DeviceRecord>();
  readonly #issues = new Map<string, Issue>();

  /** A device of this user has been revoked. */
  onRevoked: (user: UserId, device: DeviceId) => void = () => {};

  constructor(changes: MemoryChanges, tree: TreeDesk, invitations: Invitations) {
    this.#changes = changes;
    this.#tree = tree;
    this.#invitations = invitations;
  }

  async user(user: UserId): Promise<UserRecord | null> {
    return this.userNow(user);
  }

  userNow(user: UserId): UserRecord | null {
    return this.#users.get(user) ?? null;
  }

  deviceNow(device: DeviceId): DeviceRecord | null {
    return this.#devices.get(device) ?? null;
  }

  /** Those in use. */
  devicesOf(user: UserId): number {
    return [...this.#devices.values()].filter((each) => each.user === user && each.revokedMs === null).length;
  }

  devicesNow(user: UserId): readonly DeviceRecord[] {
    const all = [...this.#devices.values()].filter((each) => each.user === user && each.revokedMs === null);
    return all.toSorted((a, b) => (a.device < b.device ? -1 : 1));
  }

  /** How many of her devices have been revoked. */
  endedNow(user: UserId): number {
    return [...this.#devices.values()].filter((each) => each.user === user && each.revokedMs !== null).length;
  }

  async hasAdmin(): Promise<boolean> {
    return this.#hasAdmin();
  }

  async admins(countMax: number): Promise<readonly UserId[]> {
    const admins = [...this.#users.values()].filter(({ admin }) => admin);
    return admins.slice(0, countMax).map(({ user }) => user);
  }

  #hasAdmin(): boolean {
    return [...this.#users.values()].some((user) => user.admin);
  }

  async signUp(person: NewUser): Promise<SignedUp> {
    const known = this.userNow(person.user);
    if (known !== null && !equal(known.key, person.key)) return { kind: 'taken' };
    const account = this.#tree.admitsNow(person.key);
    if (account?.isThere === false) return { kind: 'revoked' };
    const place = this.#placeFor(person.device, person.devicesMax);
    if (place !== 'new' && place !== 'known') return { kind: place };
    if (known === null) {
      const refusal = account === null ? this.#refuses(person) : null;
      if (refusal !== null) return { kind: refusal };
      const { user, profile, by } = person;
      if (account === null) this.#tree.receive(person);
      const key = keyOf(person.key.slice());
      const admin = account === null ? by.kind === 'setup' : account.isAdmin;
      this.#users.set(user, { user, key, profile, admin, version: 1 });
    }
    this.#place(person.device);
    const admin = this.userNow(person.user)?.admin ?? false;
    return { kind: 'ok', admin, fresh: known === null };
  }

  #refuses(person: NewUser): InvitationRefusal | null {
    const { by } = person;
    if (by.kind === 'open') return null;
    if (by.kind === 'account') return 'unknown';
    if (by.kind === 'setup') return this.#hasAdmin() ? 'used' : null;
    return this.#invitations.take(by, person.user, person.device.atMs);
  }

  async device(device: DeviceId): Promise<DeviceRecord | null> {
    return this.deviceNow(device);
  }

  async devices(user: UserId, countMax: number): Promise<readonly DeviceRecord[]> {
    const all = [...this.#devices.values()].filter((device) => device.user === user);
    return all.toSorted(byUse).slice(0, countMax);
  }

  async arrive(device: NewDevice, devicesMax: number): Promise<Arrived> {
    if (this.userNow(device.user) === null) return { kind: 'unknown' };
    const place = this.#placeFor(device, devicesMax);
    if (place !== 'new' && place !== 'known') return { kind: place };
    this.#place(device);
    return { kind: 'ok', fresh: place === 'new' };
  }

  #placeFor(device: NewDevice, devicesMax: number): DeviceRefusal | 'new' | 'known' {
    const known = this.deviceNow(device.device);
    if (known === null) {
      const used = [...this.#devices.values()].filter((d) => d.user === device.user && d.revokedMs === null);
      return used.length >= devicesMax ? 'full' : 'new';
    }
    if (!equal(known.key, device.key) || known.user !== device.user) return 'taken';
    return known.revokedMs === null ? 'known' : 'revoked';
  }

  #place(device: NewDevice): void {
    const { atMs, blessedMs } = device;
    const known = this.deviceNow(device.device);
    this.#devices.set(device.device, {
      device: device.device,
      key: keyOf(device.key.slice()),
      user: device.user,
      name: known?.name ?? device.name,
      minEpoch: known?.minEpoch ?? 1,
      createdMs: known?.createdMs ?? atMs,
      seenMs: Math.max(known?.seenMs ?? 0, atMs),
      blessedMs: Math.max(known?.blessedMs ?? 0, blessedMs),
      revokedMs: null,
    });
  }

  async seen(device: DeviceId, atMs: number): Promise<void> {
    const known = this.deviceNow(device);
    if (known !== null) this.#devices.set(device, { ...known, seenMs: Math.max(known.seenMs, atMs) });
  }

  async renameDevice(user: UserId, device: DeviceId, name: string): Promise<boolean> {
    const known = this.deviceNow(device);
    if (known === null || known.user !== user) return false;
    this.#devices.set(device, { ...known, name });
    return true;
  }

  async endDevice(end: { user: UserId; device: DeviceId; revoke: boolean; atMs: number }): Promise<boolean> {
    return this.#endDevice(end);
  }

  #endDevice(end: { user: UserId; device: DeviceId; revoke: boolean; atMs: number }): boolean {
    const { device, atMs } = end;
    const known = this.deviceNow(device);
    if (known === null || known.user !== end.user || known.revokedMs !== null) return false;
    const minEpoch = known.minEpoch + 1;
    this.#devices.set(device, { ...known, minEpoch, revokedMs: end.revoke ? atMs : null });
    for (const [name, issue] of this.#issues) if (issue.device === device) this.#issues.delete(name);
    this.#changes.append({ kind: 'device', device, minEpoch }, atMs);
    if (end.revoke) this.onRevoked(end.user, device);
    return true;
  }

  /** Of an account that was removed: they may sign in when it is restored. */
  endDevices(user: UserId, atMs: number): readonly DeviceId[] {
    const ended = this.devicesNow(user).map(({ device }) => device);
    for (const device of ended) this.#endDevice({ user, device, revoke: false, atMs });
    this.#changes.append({ kind: 'user', user, minEpoch: 0 }, atMs);
    return ended;
  }

  async issue(issue: Issue): Promise<Issued> {
    const sinceMs = issue.atMs - issue.replayMs;
    const kept = this.#issued(issue.device, issue.guid, sinceMs);
    if (kept !== null) return kept;
    for (const [name, old] of this.#issues) if (old.atMs <= sinceMs) this.#issues.delete(name);
    const { device, guid, expiresMs } = issue;
    this.#issues.set(nameOf(device, guid), { ...issue, token: issue.token.slice() });
    return { token: issue.token, expiresMs };
  }

  async issued(device: DeviceId, guid: Uint8Array, sinceMs: number): Promise<Issued | null> {
    return this.#issued(device, guid, sinceMs);
  }

  #issued(device: DeviceId, guid: Uint8Array, sinceMs: number): Issued | null {
    const kept = this.#issues.get(nameOf(device, guid));
    if (kept === undefined || kept.atMs <= sinceMs) return null;
    return { token: kept.token, expiresMs: kept.expiresMs };
  }

  async updateProfile(user: UserId, version: number, profile: Profile): Promise<ProfileStored> {
    const known = this.userNow(user);
    if (known === null) return { kind: 'unknown' };
    if (known.version !== version) return { kind: 'stale', version: known.version, profile: known.profile };
    this.#users.set(user, { ...known, profile, version: version + 1 });
    return { kind: 'ok', version: version + 1 };
  }
}

function nameOf(device: DeviceId, guid: Uint8Array): string {
  return `${device} ${hex(guid)}`;
}

function byUse(a: DeviceRecord, b: DeviceRecord): number {
  const ended = Number(a.revokedMs !== null) - Number(b.revokedMs !== null);
  return ended || b.seenMs - a.seenMs || (a.device < b.device ? -1 : 1);
}
