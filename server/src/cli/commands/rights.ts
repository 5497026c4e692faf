/** Commands about rights: share, grants, who, what, revoke, proof, group (SPEC R9). */

import { readFileSync, writeFileSync } from 'node:fs';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import { verifyProof } from 'copse/internal/capability/proof-file.ts';
import type {
  BlastRow,
  Copse,
  GrantRow,
  Group,
  HoldingRow,
  RightsDesk,
  Site,
} from 'copse/internal/client/index.ts';
import { permission } from 'copse/internal/client/index.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { caveatsIn, caveatWords } from '../caveats.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { permissionBits, permissionWords } from '../permissions.ts';
import { memberKey } from '../members.ts';
import { open, siteCalled } from '../person.ts';
import { trustByUser } from './trust.ts';

type Flags = Readonly<Record<string, unknown>>;
type Words = readonly string[];

const SHORT = 12;
const WHOLE_ID = /^[0-9a-f]{64}$/u;

export async function share(context: Context, words: Words, flags: Flags): Promise<void> {
  const [siteWord = '', who = ''] = words;
  const caveats = caveatsIn(flags);
  await using copse = await open(context);
  const site = siteCalled(copse, siteWord);
  const toGroup = flags['group'] === true;
  const to = toGroup ? (await groupCalled(copse, who)).key : await memberKey(site, who);
  const sealed = flags['sealed'];
  const { id, proof } = await site.share({
    to,
    toGroup,
    caveats,
    sealed: typeof sealed === 'string',
    ...optional(flags, 'permissions', (text) => ({ permissions: permissionBits(text) })),
    ...optional(flags, 'on', (resource) => ({ resource })),
    ...optional(flags, 'until', (text) => ({ until: dateIn(text) })),
    ...optional(flags, 'delegations', (text) => ({ delegations: countIn(text, '--delegations') })),
    ...optional(flags, 'quota', (text) => ({ quota: countIn(text, '--quota') })),
  });
  if (typeof sealed === 'string') writeFileSync(sealed, proof);
  const name = typeof sealed === 'string' ? id : id.slice(0, SHORT);
  context.output.result(`Shared as ${name}. Take it back: copse revoke ${siteWord} ${name}`, {
    id,
    proof: base64url(proof),
  });
}

export function optional<T extends object>(flags: Flags, name: string, of: (text: string) => T): T | object {
  const value = flags[name];
  return typeof value === 'string' ? of(value) : {};
}

function countIn(text: string, flag: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Fault('usage', `\`${flag}\` is a number.`);
}

export function dateIn(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new Fault('usage', `\`${text}\` is no date; write it as 2027-01-31.`);
  return date;
}

async function memberId(site: Site, word: string): Promise<UserId> {
  return userIdOf(nativePrimitives(), await memberKey(site, word));
}

async function groupCalled(copse: Copse, word: string): Promise<Group> {
  const all = await (await copse.rights).groups();
  const found = all.filter(({ title, id }) => title === word || id.startsWith(word));
  const [group] = found;
  if (group === undefined || found.length > 1)
    throw new Fault('unknown', `${found.length} groups of yours are called \`${word}\`.`);
  return group;
}

function grantCalled(rows: readonly GrantRow[], word: string): GrantRow {
  const found = rows.filter(({ id }) => id.startsWith(word));
  const [grant] = found;
  if (grant === undefined || found.length > 1)
    throw new Fault('unknown', `${found.length} grants begin with \`${word}\`.`);
  return grant;
}

/** Names for the ids of the logs that the site lists. */
export async function namesOf(desk: RightsDesk, site: Site): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>([['*', '*']]);
  for (const name of site.logs.get()) {
    names.set(await desk.resourceOf(site.id, name), name);
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    names.set(await desk.resourceOf(site.id, `${folder}/*`), `${folder}/*`);
  }
  return names;
}

export const COLUMNS = ['by', 'to', 'permissions', 'on', 'until', 'again', 'if'];

export function dateWords(ms: number): string {
  return ms === 0 ? '' : new Date(ms).toISOString().slice(0, 16);
}

export function grantCells(row: GrantRow, names: ReadonlyMap<string, string>): readonly string[] {
  const { rights } = row;
  return [
    row.issuerName || (row.above === null ? 'the root key' : row.issuerUser),
    row.subjectKind === 'oneTime' ? 'an invitation' : row.subjectName || row.subjectUser,
    permissionWords(rights.permissions),
    names.get(rights.resource) ?? rights.resource.slice(0, 8),
    dateWords(rights.expiresMs),
    String(rights.delegations),
    caveatWords(rights.caveats),
  ];
}

export function grantValue(row: GrantRow, names: ReadonlyMap<string, string>): object {
  const { rights } = row;
  return {
    id: row.id,
    above: row.above,
    by: { user: row.issuerUser, name: row.issuerName },
    to: { kind: row.subjectKind, id: row.subjectUser, name: row.subjectName, key: base64url(row.subject) },
    ...rightsValue(rights, names),
    below: row.below,
    created: row.atMs,
  };
}

function rightsValue(rights: HoldingRow['rights'], names: ReadonlyMap<string, string>): object {
  return {
    permissions: permissionWords(rights.permissions),
    on: names.get(rights.resource) ?? rights.resource,
    from: rights.notBeforeMs,
    until: rights.expiresMs,
    delegations: rights.delegations,
    quota: rights.quota,
    caveats: caveatWords(rights.caveats),
  };
}

export async function grants(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const rows = await site.grants();
  const names = await namesOf(await copse.rights, site);
  const cells = rows.map((row) => [row.id.slice(0, SHORT), ...grantCells(row, names)]);
  context.output.result(
    table([['grant', ...COLUMNS], ...cells]),
    rows.map((row) => grantValue(row, names)),
  );
}

export async function who(context: Context, word: string, log: string | undefined): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const rows = await site.whoHolds(log);
  const names = await namesOf(await copse.rights, site);
  const trust = await trustByUser(copse, site);
  const cells = rows.map(({ user, name, rights, shared, via }) => [
    name || user,
    trust.get(user) ?? 'unverified',
    permissionWords(rights.permissions),
    names.get(rights.resource) ?? rights.resource.slice(0, 8),
    dateWords(rights.expiresMs),
    shared ? 'by a group' : '',
    caveatWords(rights.caveats),
    via.slice(0, SHORT),
  ]);
  context.output.result(
    table([['who', 'key', 'permissions', 'on', 'until', '', 'if', 'grant'], ...cells]),
    rows.map((row) => ({
      user: row.user,
      name: row.name,
      trust: trust.get(row.user) ?? 'unverified',
      ...rightsValue(row.rights, names),
      group: row.shared,
      grant: row.via,
    })),
  );
}

export async function what(context: Context, words: Words): Promise<void> {
  const [siteWord, who] = words;
  await using copse = await open(context);
  const desk = await copse.rights;
  const site = siteWord === undefined ? null : siteCalled(copse, siteWord);
  const user = site === null || who === undefined ? null : await memberId(site, who);
  const rows = await desk.whatHolds(site?.id ?? null, user);
  const groups = await desk.groups();
  const titleOf = (row: HoldingRow): string =>
    copse.site(row.site)?.title.get() ??
    groups.find(({ id }) => id === row.site)?.title ??
    row.site.slice(0, 8);
  const maps = new Map(
    await Promise.all(copse.sites.get().map(async (site) => [site.id, await namesOf(desk, site)] as const)),
  );
  const names = (row: HoldingRow): ReadonlyMap<string, string> => maps.get(row.site) ?? new Map([['*', '*']]);
  const cells = rows.map((row) => [
    titleOf(row),
    permissionWords(row.rights.permissions),
    names(row).get(row.rights.resource) ?? row.rights.resource.slice(0, 8),
    dateWords(row.rights.expiresMs),
    String(row.rights.delegations),
    row.shared ? 'by a group' : '',
    row.via.slice(0, SHORT),
  ]);
  context.output.result(
    table([['where', 'permissions', 'on', 'until', 'again', '', 'grant'], ...cells]),
    rows.map((row) => ({
      site: row.site,
      title: titleOf(row),
      ...rightsValue(row.rights, names(row)),
      group: row.shared,
      grant: row.via,
    })),
  );
}

function blastWords({ people, out, devices, sites, grants: further, names }: BlastRow): string {
  const some = names.map(({ user, name }) => name || user).join(', ');
  const who = people === 0 ? '' : ` (${some}${people > names.length ? ', …' : ''})`;
  return `${people} people${who} with ${devices} devices lose a right in ${sites} sites, ${out} of them their last one there; ${further} further grants fall.`;
}

export async function revoke(context: Context, words: Words, flags: Flags): Promise<void> {
  const [siteWord = '', grantWord = ''] = words;
  await using copse = await open(context);
  const site = siteCalled(copse, siteWord);
  const rows = await site.grants();
  const isPreview = flags['preview'] === true;
  const options = { force: flags['force'] === true };
  // Of a sealed grant nothing is known but its whole id, so nothing can be said before.
  if (!isPreview && WHOLE_ID.test(grantWord) && !rows.some(({ id }) => id === grantWord)) {
    const tookMs = await timeOf(() => site.revoke(grantWord, options));
    const text = `Taken back in ${tookMs} ms: a sealed grant.`;
    context.output.result(text, { id: grantWord, revoked: true, tookMs });
    return;
  }
  const { id } = grantCalled(rows, grantWord);
  const blast = await site.preview(id);
  if (isPreview)
    return context.output.result(`Would fall: ${blastWords(blast)}`, { id, revoked: false, ...blast });
  const tookMs = await timeOf(() => site.revoke(id, options));
  const text = `Taken back in ${tookMs} ms: ${blastWords(blast)}`;
  context.output.result(text, { id, revoked: true, tookMs, ...blast });
}

/** From asking to the node's word: whoever lost it is sent nothing after that (SPEC R5, R7). */
async function timeOf(revoke: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await revoke();
  return Math.ceil(performance.now() - beganMs);
}

export async function proofExport(context: Context, words: Words): Promise<void> {
  const [siteWord = '', grantWord = '', file = ''] = words;
  await using copse = await open(context);
  const site = siteCalled(copse, siteWord);
  const desk = await copse.rights;
  const held = (await desk.whatHolds(site.id)).find(({ via }) => via.startsWith(grantWord));
  const id = held?.via ?? grantCalled(await site.grants(), grantWord).id;
  const proof = await desk.proofOf(id);
  writeFileSync(file, proof);
  context.output.result(`${file}: ${proof.length} bytes.`, { file, id, bytes: proof.length });
}

/** Needs no node: only what is in the file, and the date. */
export async function proofVerify(context: Context, file: string, flags: Flags): Promise<void> {
  const at = flags['at'];
  const atMs = typeof at === 'string' ? dateIn(at).getTime() : context.env.wallMs();
  const primitives = nativePrimitives();
  const answer = await verifyProof(primitives, readProof(file), atMs);
  if (answer.kind === 'refused')
    throw new Fault('badProof', `${answer.reason}, attestation ${answer.at + 1}`);
  const { rights, caveats, subject, subjectKind, root, path } = answer;
  const value = {
    root: base64url(root),
    site: path[0]?.site ?? '',
    subject: base64url(subject),
    kind: subjectKind,
    user: userIdOf(primitives, subject),
    permissions: permissionWords(rights.permissions),
    on: rights.resource,
    from: rights.notBeforeMs,
    until: rights.expiresMs,
    delegations: rights.delegations,
    caveats: caveatWords(caveats satisfies readonly Caveat[]),
    depth: path.length,
  };
  const rows = Object.entries(value).map(([name, each]) => [name, String(each)]);
  context.output.result(table(rows), value);
}

function readProof(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new Fault('unknown', `${file} cannot be read.`, { cause });
  }
}

export async function groupFound(context: Context, title: string): Promise<void> {
  await using copse = await open(context);
  const group = await (await copse.rights).foundGroup(title);
  context.output.result(`Founded the group ${title} (${group.id.slice(0, 8)}).`, groupValue(group));
}

function groupValue({ id, key, title, permissions }: Group): object {
  return { id, key: base64url(key), title, permissions: permissionWords(permissions) };
}

export async function groupList(context: Context): Promise<void> {
  await using copse = await open(context);
  const all = await (await copse.rights).groups();
  const cells = all.map((group) => [group.id.slice(0, 8), group.title, permissionWords(group.permissions)]);
  const text = all.length === 0 ? 'You are in no group.' : table([['id', 'title', 'permissions'], ...cells]);
  context.output.result(text, all.map(groupValue));
}

export async function groupAdd(context: Context, words: Words, flags: Flags): Promise<void> {
  const [groupWord = '', siteWord = '', whoWord = ''] = words;
  await using copse = await open(context);
  const group = await groupCalled(copse, groupWord);
  const to = await memberKey(siteCalled(copse, siteWord), whoWord);
  const isAdmin = flags['admin'] === true;
  const permissions = isAdmin ? permission.read | permission.invite | permission.admin : permission.read;
  const { id } = await (
    await copse.rights
  ).share(group.id, { to, permissions, delegations: isAdmin ? 1 : 0 });
  context.output.result(`${whoWord} is in ${group.title}.`, { id, group: group.id });
}

export async function groupMembers(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const group = await groupCalled(copse, word);
  const rows = await (await copse.rights).whoHolds(group.id, null);
  const cells = rows.map((row) => [
    row.name || row.user,
    permissionWords(row.rights.permissions),
    row.via.slice(0, SHORT),
  ]);
  context.output.result(
    table([['who', 'permissions', 'grant'], ...cells]),
    rows.map(({ user, name, rights, via }) => ({
      user,
      name,
      permissions: permissionWords(rights.permissions),
      grant: via,
    })),
  );
}

export async function groupRemove(context: Context, words: Words): Promise<void> {
  const [groupWord = '', grantWord = ''] = words;
  await using copse = await open(context);
  const group = await groupCalled(copse, groupWord);
  const desk = await copse.rights;
  const { id } = grantCalled(await desk.grants(group.id), grantWord);
  await desk.revoke(group.id, id);
  context.output.result('Taken back.', { id, group: group.id });
}
