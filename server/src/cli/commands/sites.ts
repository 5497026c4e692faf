/** Commands about sites and who is in them: site, invite, join. */

import type { Site } from 'copse/internal/client/index.ts';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { permissionBits, permissionWords } from '../permissions.ts';
import { open, siteCalled } from '../person.ts';
import { trustOf } from './trust.ts';

function siteValue(site: Site): object {
  return {
    id: site.id,
    title: site.title.get(),
    logs: site.logs.get(),
    permissions: permissionWords(site.permissions.get()),
    members: site.memberCount.get(),
  };
}

export async function siteList(context: Context): Promise<void> {
  await using copse = await open(context);
  const sites = copse.sites.get();
  const rows = sites.map((site) => [
    site.id.slice(0, 8),
    site.title.get(),
    site.logs.get().join(' '),
    permissionWords(site.permissions.get()),
    String(site.memberCount.get()),
  ]);
  const text =
    sites.length === 0
      ? 'No sites yet: `copse site found "Our garden"`.'
      : table([['id', 'title', 'logs', 'permissions', 'members'], ...rows]);
  context.output.result(text, sites.map(siteValue));
}

export async function siteFound(
  context: Context,
  title: string,
  flags: { readonly log?: readonly string[] },
): Promise<void> {
  await using copse = await open(context);
  const site = await copse.found({ title, ...(flags.log === undefined ? {} : { logs: flags.log }) });
  context.output.result(
    `Founded ${title} (${site.id.slice(0, 8)}). Invite somebody: copse invite ${site.id.slice(0, 8)}`,
    siteValue(site),
  );
}

export async function siteMembers(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const members = await siteCalled(copse, word).members();
  const trust = await trustOf(
    copse,
    members.map(({ key }) => key),
  );
  const rows = members.map((member, at) => [
    member.user,
    member.name,
    trust[at] ?? '',
    permissionWords(member.permissions),
    new Date(member.joinedMs).toISOString(),
  ]);
  context.output.result(
    table([['user', 'name', 'key', 'permissions', 'joined'], ...rows]),
    members.map((member, at) => ({
      ...member,
      trust: trust[at],
      key: base64url(member.key),
      permissions: permissionWords(member.permissions),
    })),
  );
}

export async function siteRename(context: Context, word: string, title: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  await site.rename(title);
  context.output.result(`${word} is now called ${title}.`, siteValue(site));
}

export async function siteAddLog(context: Context, word: string, name: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  await site.addLog(name);
  context.output.result(`${site.title.get()} has the log ${name}.`, siteValue(site));
}

export async function siteLeave(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const value = siteValue(site);
  await site.leave();
  context.output.result(`You are no longer a member of ${word}.`, value);
}

export interface InviteFlags {
  readonly permissions?: string;
  readonly days?: string;
  readonly qr?: boolean;
}

export async function invite(context: Context, word: string, flags: InviteFlags): Promise<void> {
  await using copse = await open(context);
  const days = flags.days === undefined ? undefined : Number(flags.days);
  if (days !== undefined && !(days > 0)) throw new Fault('usage', '`--days` is a number above 0.');
  const link = await siteCalled(copse, word).invite({
    ...(flags.permissions === undefined ? {} : { permissions: permissionBits(flags.permissions) }),
    ...(days === undefined ? {} : { days }),
  });
  const picture = flags.qr === true ? (await import('uqr')).renderUnicodeCompact(link) : null;
  context.output.result(picture === null ? link : `${picture}\n\n${link}`, { link });
}

export async function invitations(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const rows = await siteCalled(copse, word).invitations();
  const shown = rows.map((row) => [
    base64url(row.key).slice(0, 8),
    row.state,
    permissionWords(row.permissions),
    new Date(row.expiresMs).toISOString(),
    row.usedBy ?? '',
  ]);
  const text =
    rows.length === 0
      ? 'No invitations.'
      : table([['id', 'state', 'permissions', 'expires', 'used by'], ...shown]);
  context.output.result(
    text,
    rows.map((row) => ({ ...row, key: base64url(row.key), permissions: permissionWords(row.permissions) })),
  );
}

export async function withdraw(context: Context, word: string, id: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const found = (await site.invitations()).filter((row) => base64url(row.key).startsWith(id));
  const row = found[0];
  if (row === undefined || found.length > 1)
    throw new Fault('unknown', `${found.length} invitations begin with \`${id}\`.`);
  await site.withdraw(row.key);
  context.output.result('Withdrawn.', { key: base64url(row.key) });
}

/** The link is also the way in: who has no account on its node yet gets one by it. */
export async function join(context: Context, link: string, flags: { readonly name?: string }): Promise<void> {
  await using copse = await open(
    { ...context, node: link },
    flags.name === undefined ? {} : { name: flags.name },
  );
  const site = await copse.join(link);
  context.output.result(`Joined ${site.title.get()} (${site.id.slice(0, 8)}).`, siteValue(site));
}
