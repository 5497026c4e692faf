/** A site of the fake node. */

import { Fault } from 'copse/internal/base/fault.ts';
import { key, siteId } from 'copse/internal/base/ids.ts';
import { permissionsAll } from 'copse/internal/api/model.ts';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Cell } from 'copse/internal/client/store.ts';
import type { Codec } from 'copse/internal/client/types.ts';
import type {
  BlastRow,
  GrantRow,
  HeldRight,
  InvitationRow,
  KeyState,
  Member,
  Shared,
  ShareOptions,
  Site,
  SiteId,
} from '../model/sdk.ts';
import { logOfDocument } from '../logic/documents.ts';
import { FakeDocument } from './fake-document.ts';
import { FakeLog, pause, type FakeNet } from './fake-log.ts';
import { FakeRights, keyOf } from './fake-rights.ts';
import { ada, ben, stranger, wiremu, yuki, type Person } from './people.ts';
import type { SiteScript } from './script.ts';
import { deviceId } from 'copse/internal/base/ids.ts';

const DAY_MS = 86_400_000;
export const myDevice = deviceId('d0c5a7e31b9f2468');

export class FakeSite implements Site {
  readonly id: SiteId;
  readonly title: Cell<string>;
  readonly logs: Cell<readonly string[]>;
  readonly permissions = new Cell(permissionsAll);
  readonly memberCount: Cell<number>;
  readonly #net: FakeNet;
  readonly #logs = new Map<string, FakeLog>();
  readonly #documents = new Map<string, FakeDocument>();
  readonly #members: readonly Member[];
  readonly #leave: (site: FakeSite) => void;
  readonly rights: FakeRights;
  readonly #people: readonly Person[];
  #invitations: readonly InvitationRow[];

  constructor(script: SiteScript, net: FakeNet, leave: (site: FakeSite) => void) {
    const nowMs = Date.now();
    this.id = siteId(script.id);
    this.title = new Cell(script.title);
    const documents = script.documents ?? [];
    this.logs = new Cell<readonly string[]>([
      ...script.logs.map(({ name }) => name),
      ...documents.map(({ title }) => logOfDocument(title)),
    ]);
    for (const { blocks, title, writer } of documents)
      this.#documents.set(logOfDocument(title), new FakeDocument(myDevice, net, [writer, blocks]));
    this.memberCount = new Cell(script.members.length);
    this.#net = net;
    this.#leave = leave;
    this.#people = script.members;
    this.rights = new FakeRights(this.id, script.members, net, script.strangers ?? 0);
    for (const { name, lines } of script.logs)
      this.#logs.set(name, new FakeLog(name, myDevice, net, lines, nowMs));
    this.#members = script.members.map((person, at) => memberOf(person, at, script.members, nowMs));
    this.#invitations = script.members.length > 3 ? sampleInvitations(nowMs) : [];
  }

  async rename(title: string): Promise<void> {
    await pause(this.#net.delayMs());
    this.title.set(title);
  }

  async addLog(name: string): Promise<void> {
    await pause(this.#net.delayMs());
    this.logs.set([...this.logs.get(), name]);
  }

  log(name: string): FakeLog;
  log(name: string, options: { readonly codec: Codec<Uint8Array> }): FakeDocument;
  log(name: string, options?: { readonly codec: Codec<Uint8Array> }): FakeLog | FakeDocument {
    return options === undefined ? this.#conversation(name) : this.document(name);
  }

  document(name: string): FakeDocument {
    const made = this.#documents.get(name) ?? new FakeDocument(myDevice, this.#net, [ada, []]);
    this.#documents.set(name, made);
    return made;
  }

  #conversation(name: string): FakeLog {
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const made = new FakeLog(name, myDevice, this.#net, [], Date.now());
    this.#logs.set(name, made);
    return made;
  }

  async invite(options: { readonly permissions?: number; readonly days?: number } = {}): Promise<string> {
    await pause(this.#net.delayMs());
    const nowMs = Date.now();
    const bytes = crypto.getRandomValues(new Uint8Array(64));
    const row: InvitationRow = {
      key: key(bytes.slice(32)),
      permissions: options.permissions ?? 3,
      by: ada.user,
      createdMs: nowMs,
      expiresMs: nowMs + (options.days ?? 7) * DAY_MS,
      state: 'open',
      usedBy: null,
    };
    this.#invitations = [...this.#invitations, row];
    return `${location.origin}/#join=${base64url(bytes)}`;
  }

  async invitations(): Promise<readonly InvitationRow[]> {
    await pause(this.#net.delayMs());
    return this.#invitations;
  }

  async withdraw(withdrawn: Uint8Array): Promise<void> {
    await pause(this.#net.delayMs());
    this.#invitations = this.#invitations.map((row) =>
      row.key === withdrawn ? { ...row, state: 'withdrawn' as const } : row,
    );
  }

  async members(): Promise<readonly Member[]> {
    if (this.#net.status.get() === 'offline') throw new Fault('closed');
    await pause(this.#net.delayMs());
    return this.#members;
  }

  async leave(): Promise<void> {
    await pause(this.#net.delayMs());
    this.#leave(this);
  }

  share(options: ShareOptions): Promise<Shared> {
    return this.rights.share(options, [...this.#people, stranger], this.#net.groups?.() ?? []);
  }

  grants(): Promise<readonly GrantRow[]> {
    return this.rights.grants();
  }

  whoHolds(log?: string): Promise<readonly HeldRight[]> {
    return this.rights.whoHolds(log);
  }

  preview(grant: string): Promise<BlastRow> {
    return this.rights.preview(grant);
  }

  revoke(grant: string): Promise<void> {
    return this.rights.revoke(grant);
  }

  keyState(): Promise<KeyState> {
    return this.rights.keyState();
  }

  rotate(): Promise<number> {
    return this.rights.rotate(null);
  }

  followKey(): Promise<number> {
    return this.rights.follow();
  }

  history(isShown: boolean): Promise<number> {
    return this.rights.rotate(isShown);
  }
}

function memberOf(person: Person, at: number, all: readonly Person[], nowMs: number): Member {
  const inviter = at === 0 ? null : (all[Math.floor((at - 1) / 2)]?.user ?? null);
  return {
    user: person.user,
    key: keyOf(person.user),
    name: person.name,
    permissions: at === 0 ? permissionsAll : at < 3 ? 11 : 3,
    joinedMs: nowMs - (180 - at * 23) * DAY_MS,
    invitedBy: inviter,
  };
}

function sampleInvitations(nowMs: number): readonly InvitationRow[] {
  const row = (number: number, agoDays: number, days: number): Omit<InvitationRow, 'state' | 'usedBy'> => ({
    key: key(new Uint8Array(32).fill(number)),
    permissions: 3,
    by: number === 2 ? ben.user : ada.user,
    createdMs: nowMs - agoDays * DAY_MS,
    expiresMs: nowMs + (days - agoDays) * DAY_MS,
  });
  return [
    { ...row(1, 2, 7), state: 'open', usedBy: null },
    { ...row(2, 41, 7), state: 'used', usedBy: wiremu.user },
    { ...row(3, 65, 30), state: 'used', usedBy: yuki.user },
    { ...row(4, 90, 1), state: 'expired', usedBy: null },
    { ...row(5, 120, 7), state: 'withdrawn', usedBy: null },
  ];
}
