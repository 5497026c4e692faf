/**
 * Everything that accounts answer about rights, as text: to compare what a file says before and after it
 * was brought to another version, or an engine with another.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { key, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import type { Holding } from '../../server/src/store/accounts-grants.ts';

export interface Subjects {
  readonly sites: readonly string[];
  readonly users: readonly string[];
  readonly attestations: readonly string[];
  readonly logs: readonly string[];
  /** Keys of invitations, in hex. */
  readonly invitations: readonly string[];
}

const ALL = 100;

/** One line per question, with its answer as JSON; bytes are hex. */
export async function answersOf(accounts: Accounts, of: Subjects): Promise<readonly string[]> {
  const lines: string[] = [];
  const say = (question: string, answer: unknown): void => {
    lines.push(`${question}: ${JSON.stringify(answer, bytesAsHex)}`);
  };
  for (const site of of.sites.map(siteId)) {
    await saySite(accounts, { site, of, say });
  }
  for (const user of of.users.map(userId)) {
    const all = await accounts.grants.whatHolds(user, null, ALL);
    say(`what ${user}`, bySite(all).map(holdingRow));
    say(`what ${user} by one`, bySite(await pagesOfWhat(accounts, user)).map(holdingRow));
    say(`memberships ${user}`, await accounts.sites.memberships(user, null, ALL));
  }
  say('standing', await accounts.grants.standing(of.attestations));
  for (const id of of.attestations) {
    say(`attestation ${id}`, await accounts.grants.attestation(id));
    say(`path ${id}`, await accounts.grants.path(id));
    say(`preview ${id}`, sorted(await accounts.grants.preview(id, ALL)));
  }
  for (const text of of.invitations) {
    say(`invitation ${text}`, await accounts.sites.invitation(key(Uint8Array.fromHex(text))));
  }
  return lines;
}

interface Asking {
  readonly site: ReturnType<typeof siteId>;
  readonly of: Subjects;
  readonly say: (question: string, answer: unknown) => void;
}

async function saySite({ grants, sites }: Accounts, { site, of, say }: Asking): Promise<void> {
  say(`site ${site}`, await sites.site(site));
  say(`members ${site}`, await sites.members(site, null, ALL));
  say(`page ${site}`, await grants.page(site, 0, ALL));
  say(`since ${site}`, await grants.since(site, 2, ALL));
  say(`revocations ${site}`, await grants.revocations(site, 0, ALL));
  say(`sealed ${site}`, await grants.hasSealed(site));
  for (const log of [null, ...of.logs.map(logId)]) {
    say(`who ${site} ${log}`, (await grants.whoHolds(site, log, null, ALL)).map(holdingRow));
  }
  for (const user of of.users.map(userId)) {
    const held = await grants.held(site, user);
    say(`held ${site} ${user}`, byNumber(held).map(holdingRow));
    for (const holding of byNumber(held)) say(`path of ${holding.number}`, await grants.pathOf(holding));
    say(`membership ${site} ${user}`, await sites.membership(site, user));
  }
}

async function pagesOfWhat({ grants }: Accounts, user: Holding['user']): Promise<readonly Holding[]> {
  const all: Holding[] = [];
  for (;;) {
    const last = all.at(-1);
    const after = last === undefined ? null : { site: last.site, number: last.number };
    const [next] = await grants.whatHolds(user, after, 1);
    if (next === undefined) return all;
    all.push(next);
  }
}

function bySite(held: readonly Holding[]): readonly Holding[] {
  return held.toSorted((a, b) => (a.site === b.site ? a.number - b.number : a.site < b.site ? -1 : 1));
}

function byNumber(held: readonly Holding[]): readonly Holding[] {
  return held.toSorted((a, b) => a.number - b.number);
}

function holdingRow({ site, user, rights, via, isShared, stands, number }: Holding) {
  return { site, user, rights, via, isShared, stands, number };
}

function sorted<T extends { readonly some: readonly string[] }>(blast: T | null) {
  return blast === null ? null : { ...blast, some: blast.some.toSorted() };
}

function bytesAsHex(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? hex(value) : value;
}
