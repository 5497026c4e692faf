/** Grants of a site of the fake node: kept as rows, counted and taken back as a node does it. */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, userId, type Key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import {
  delegationsMax,
  isWithin,
  permissionsAll,
  resourceIn,
  type Resource,
} from 'copse/internal/capability/policy.ts';
import type {
  BlastRow,
  GrantRow,
  Group,
  HeldRight,
  HoldingRow,
  KeyState,
  Shared,
  ShareOptions,
} from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { ada, ben, chiara, noor, tomas, wiremu, yuki, type Person } from './people.ts';

const DAY_MS = 86_400_000;

type Given = Partial<Pick<GrantRow, 'subjectKind'>> & {
  readonly from: GrantRow | null;
  readonly to: Person;
  readonly permissions: number;
  readonly resource?: string;
  readonly days?: number;
  readonly delegations?: number;
  readonly agoDays?: number;
  readonly caveats?: GrantRow['rights']['caveats'];
};

export class FakeRights {
  readonly #site: SiteId;
  readonly #net: FakeNet;
  #rows: readonly GrantRow[] = [];
  #count = 0;
  #epoch = 1;
  #revokedMs = 0;
  #isHistoryShown = true;
  /** Whether the newest key was given to this user. */
  held: KeyState['held'] = 'yes';

  /** `more` people whom nobody knows stand on the members, to see what a large site looks like. */
  constructor(site: SiteId, members: readonly Person[], net: FakeNet, more = 0) {
    this.#site = site;
    this.#net = net;
    const [founder = ada, ...others] = members;
    const root = this.#give({
      from: null,
      to: founder,
      permissions: permissionsAll,
      delegations: delegationsMax,
    });
    if (members.length > 3) this.#garden(root);
    else for (const to of others) this.#invite(root, to, 3);
    this.#strangers(more);
  }

  /** The same people as in the list of members, with what they have given on. */
  #garden(root: GrantRow): void {
    const bens = this.#invite(root, ben, 11);
    const chiaras = this.#invite(root, chiara, 11);
    const noors = this.#invite(bens, noor, 3);
    this.#invite(bens, tomas, 3);
    this.#invite(chiaras, yuki, 3);
    this.#invite(chiaras, wiremu, 3);
    const tools = { resource: idOf('tools'), permissions: 3 };
    const lent = this.#give({ from: root, to: tomas, ...tools, delegations: 2, days: 12, agoDays: 3 });
    this.#give({ from: lent, to: wiremu, ...tools, days: 3, agoDays: 2 });
    this.#give({ from: chiaras, to: noor, ...tools, days: -2, agoDays: 40 });
    const keepers = { user: userId('77aa11bb22cc33dd'), name: 'Tool keepers' };
    this.#give({ from: root, to: keepers, ...tools, subjectKind: 'group', agoDays: 30 });
    this.#give({ from: noors, to: yuki, permissions: 1, resource: idOf('harvest'), days: 90, agoDays: 20 });
    this.#give({
      from: root,
      to: { user: userId('ffffffffffffffff'), name: '' },
      permissions: 3,
      subjectKind: 'oneTime',
      days: 6,
      agoDays: 1,
    });
  }

  #strangers(count: number): void {
    const open = this.#rows.filter(
      ({ rights, subjectKind }) => rights.delegations > 1 && subjectKind === 'user',
    );
    for (let number = 0; number < count; number++) {
      const from = open[(number * 7) % open.length] ?? null;
      const to = {
        user: userId((0x51ab_0000 + number).toString(16).padStart(16, '5')),
        name: `Neighbour ${number + 1}`,
      };
      const permissions = [1, 3, 3, 11][number % 4] ?? 3;
      const made = this.#give({ from, to, permissions, delegations: (from?.rights.delegations ?? 1) - 1 });
      if (number % 5 === 0 && made.rights.delegations > 1) open.push(made);
    }
  }

  /** A link, and who took it up. */
  #invite(from: GrantRow, to: Person, permissions: number): GrantRow {
    const delegations = Math.max(0, from.rights.delegations - 1);
    const link = this.#give({
      from,
      to: { user: to.user, name: '' },
      permissions,
      delegations,
      subjectKind: 'oneTime',
    });
    const taken = this.#give({ from: link, to, permissions, delegations });
    this.#rows = this.#rows.map((row) => (row.id === taken.id ? { ...row, issuerName: '' } : row));
    return taken;
  }

  #give(given: Given): GrantRow {
    const { from, to, permissions, resource = '*', days = 0, delegations = 0, agoDays = 160 } = given;
    const number = ++this.#count;
    const nowMs = Date.now();
    const row: GrantRow = {
      id: `${this.#site}${number.toString(16).padStart(32, '0')}`,
      number,
      site: this.#site,
      above: from?.id ?? null,
      issuer: key(new Uint8Array(32)),
      issuerUser:
        from === null || from.subjectKind === 'oneTime' ? userId('0000000000000000') : from.subjectUser,
      issuerName: from?.subjectName ?? '',
      subject: keyOf(to.user),
      subjectKind: given.subjectKind ?? 'user',
      subjectUser: to.user,
      subjectName: to.name,
      rights: {
        permissions,
        resource,
        delegations,
        notBeforeMs: 0,
        expiresMs: days === 0 ? 0 : nowMs + days * DAY_MS,
        quota: 0,
        caveats: given.caveats ?? [],
      },
      below: 0,
      atMs: nowMs - agoDays * DAY_MS,
      endedMs: null,
    };
    this.#rows = [
      ...this.#rows.map((other) => (other.id === from?.id ? { ...other, below: other.below + 1 } : other)),
      row,
    ];
    return row;
  }

  async grants(): Promise<readonly GrantRow[]> {
    await this.#answer();
    return this.#rows;
  }

  async holdings(user: UserId): Promise<readonly HoldingRow[]> {
    await this.#answer();
    return this.#rows.filter((row) => row.subjectKind === 'user' && row.subjectUser === user).map(holdingOf);
  }

  async whoHolds(log: string | undefined): Promise<readonly HeldRight[]> {
    await this.#answer();
    const asked = log === undefined ? null : resourceIn(idOf(log));
    const held = this.#rows.filter(
      ({ subjectKind, rights }) =>
        subjectKind === 'user' && (asked === null || isWithin(asked, resourceIn(rights.resource) ?? '*')),
    );
    return held.map((row) => ({ ...holdingOf(row), name: row.subjectName }));
  }

  /** Puts somebody in without asking anybody. */
  put(to: Person, { permissions }: { readonly permissions: number }): void {
    this.#give({ from: this.#rows[0] ?? null, to, permissions });
  }

  has(grant: string): boolean {
    return this.#rows.some(({ id }) => id === grant);
  }

  async share(options: ShareOptions, members: readonly Person[], groups: readonly Group[]): Promise<Shared> {
    await this.#answer();
    const own = this.#rows.find(
      ({ subjectUser, rights }) => subjectUser === ada.user && rights.delegations > 0,
    );
    const all = options.toGroup === true ? groups.map(({ id, title }) => groupPerson(id, title)) : members;
    const to = all.find(({ user }) => hex(keyOf(user)) === hex(options.to));
    if (own === undefined || to === undefined) throw new Fault('forbidden');
    const endMs = options.until?.getTime() ?? 0;
    if (options.sealed === true) return { id: hex(keyOf(to.user)), proof: utf8('Copse') };
    const { id } = this.#give({
      from: own,
      to,
      permissions: options.permissions ?? 1,
      resource: idOf(options.resource ?? '*'),
      delegations: options.delegations ?? 0,
      days: endMs === 0 ? 0 : (endMs - Date.now()) / DAY_MS,
      agoDays: 0,
      caveats: options.caveats ?? [],
      subjectKind: options.toGroup === true ? 'group' : 'user',
    });
    return { id, proof: new Uint8Array(0) };
  }

  async preview(grant: string): Promise<BlastRow> {
    await this.#answer();
    const fallen = this.#from(grant);
    const people = new Map(
      fallen.flatMap((row) =>
        row.subjectKind === 'user' ? [[row.subjectUser, row.subjectName] as const] : [],
      ),
    );
    const ids = new Set(fallen.map(({ id }) => id));
    const stays = new Set(this.#rows.filter(({ id }) => !ids.has(id)).map(({ subjectUser }) => subjectUser));
    return {
      people: people.size,
      out: [...people.keys()].filter((user) => !stays.has(user)).length,
      devices: [...people.keys()].reduce((sum, user) => sum + 1 + (user.charCodeAt(3) % 2), 0),
      sites: 1,
      grants: fallen.length - 1,
      names: [...people].slice(0, 20).map(([user, name]) => ({ user, name })),
    };
  }

  async revoke(grant: string): Promise<void> {
    await this.#answer();
    // What is sealed stands in no row.
    if (!this.has(grant)) return;
    const fallen = new Set(this.#from(grant).map(({ id }) => id));
    this.#rows = this.#rows.filter(({ id }) => !fallen.has(id));
    if (this.#revokedMs === 0) this.#revokedMs = Date.now();
  }

  /** A new key is due, then made, then there: as long as a node and an admin's device need for it. */
  async keyState(): Promise<KeyState> {
    const sinceMs = this.#revokedMs;
    const goneMs = Date.now() - sinceMs;
    const [dueMs, madeMs] = [700 + this.#net.delayMs(), 1_600 + 4 * this.#net.delayMs()];
    const state =
      sinceMs === 0 ? 'current' : goneMs < dueMs ? 'due' : goneMs < madeMs ? 'rekeying' : 'current';
    if (sinceMs !== 0 && state === 'current') {
      this.#epoch++;
      this.#revokedMs = 0;
    }
    const history = this.#isHistoryShown;
    return {
      epoch: this.#epoch,
      state,
      sinceMs: state === 'current' ? 0 : sinceMs,
      history,
      held: this.held,
    };
  }

  async rotate(isHistoryShown: boolean | null): Promise<number> {
    await this.#answer();
    this.#isHistoryShown = isHistoryShown ?? this.#isHistoryShown;
    this.held = 'yes';
    return ++this.#epoch;
  }

  async follow(): Promise<number> {
    await this.#answer();
    this.held = 'yes';
    return this.#epoch;
  }

  #from(id: string): readonly GrantRow[] {
    const row = this.#rows.find((candidate) => candidate.id === id);
    if (row === undefined) throw new Fault('unknown');
    const below = this.#rows.filter(({ above }) => above === id);
    return [row, ...below.flatMap((each) => this.#from(each.id))];
  }

  async #answer(): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
    if (this.#net.status.get() === 'offline') throw new Fault('closed');
  }
}

function groupPerson(id: SiteId, name: string): Person {
  return { user: userId(id.slice(0, 16)), name };
}

function holdingOf({ site, subjectUser, rights, id, number }: GrantRow): HoldingRow {
  return { site, user: subjectUser, rights, via: id, shared: false, number };
}

/** The key of somebody of the fake node. */
export function keyOf(user: UserId): Key {
  return key(new TextEncoder().encode(user.repeat(2)));
}

/** What a name is called in a right. */
function idOf(name: string): string {
  if (name === '*') return name;
  const part = (text: string): string =>
    Array.from(text)
      .reduce((sum, letter) => (sum * 31n + BigInt(letter.codePointAt(0) ?? 0)) % 2n ** 64n, 7n)
      .toString(16)
      .padStart(16, '0');
  const at = name.lastIndexOf('/');
  const folder = part(name.slice(0, Math.max(0, at)));
  return name.endsWith('/*') ? `${folder}*` : `${folder}${part(name.slice(at + 1))}`;
}

export function resourceOf(name: string): Resource {
  return resourceIn(idOf(name)) ?? '*';
}
