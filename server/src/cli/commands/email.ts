/** Commands about e-mail: login with an address, email add, list, forget, waiting, let-in, deny (SPEC E2, E4-E6). */

import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type {
  Copse,
  EmailConfirmed,
  EmailFailure,
  Emails,
  Knock,
  OpenOptions,
} from 'copse/internal/client/index.ts';
import { EmailEntry, providersOf } from 'copse/internal/client/email-entry.ts';
import { readAddress, recoveryTools } from 'copse/internal/client/open.ts';
import { nativeRuntime } from 'copse/internal/native/runtime.ts';
import { Asker } from '../ask.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { permissionBits } from '../permissions.ts';
import { nodeAddress, open, ownKeep, siteCalled } from '../person.ts';

const WHY: Readonly<Record<EmailFailure, string>> = {
  denied: 'the provider says that you have refused',
  unverified: 'the provider does not vouch for an address',
  mismatch: 'what came back was not what was asked for',
  unreachable: 'the provider cannot be reached',
  expired: 'it took too long',
  wrongCode: 'the digits were wrong too often',
  refused: 'the node has refused it',
};

export interface EmailLoginFlags {
  readonly email: string;
  readonly name?: string;
  readonly deviceName?: string;
  /** Makes a new account although another device could hand over the keys of one. */
  readonly isNew: boolean;
}

/** Makes an account, or brings the one of this address, with the keys that another device hands over. */
export async function emailLogin(
  context: Context,
  address: string | undefined,
  flags: EmailLoginFlags,
): Promise<void> {
  using asker = new Asker();
  const to = address === undefined ? context : { ...context, node: address };
  using entry = await begin(to, flags);
  const { output } = context;
  output.item(`Open this in a browser:\n${entry.url}`, { url: entry.url, until: entry.untilMs });
  const { isKnown } = await confirm(asker, (digits) => entry.confirm(digits));
  if (isKnown && !flags.isNew) await beLetIn(context, entry);
  await using copse = await entry.open();
  const profile = copse.profile.get();
  output.result(`Logged in to ${copse.node.url} as ${profile.name || copse.user}.`, {
    node: copse.node.url,
    user: copse.user,
    device: copse.device,
    name: profile.name,
  });
}

async function begin(context: Context, flags: EmailLoginFlags): Promise<EmailEntry> {
  const address = nodeAddress(context);
  const { url, node } = readAddress(address);
  const names = {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.deviceName === undefined ? {} : { deviceName: flags.deviceName }),
  };
  const runtime = nativeRuntime();
  await using keep = await ownKeep(context, url);
  const parts = {
    tools: recoveryTools(runtime, {}),
    url,
    node,
    keep,
    open: (handed: OpenOptions): Promise<Copse> => open(context, { ...names, ...handed }),
  };
  const deviceName = flags.deviceName ?? runtime.deviceName;
  return await EmailEntry.begin(parts, { provider: flags.email, deviceName });
}

interface Ok {
  readonly kind: 'ok';
}

async function confirm<T extends Ok>(
  asker: Asker,
  tell: (digits: string) => Promise<T | Exclude<EmailConfirmed, Ok>>,
): Promise<T> {
  for (;;) {
    const answer = await tell(await asker.ask('Digits that the browser shows:'));
    if (answer.kind === 'ok') return answer;
    if (answer.kind === 'failed') throw new Fault('forbidden', `Not signed in: ${WHY[answer.reason]}.`);
  }
}

async function beLetIn({ output }: Context, entry: EmailEntry): Promise<void> {
  output.item('Your other devices have been told. Let this one in there: copse email let-in', {
    waiting: true,
  });
  const digits = await entry.digits();
  if (digits !== null) {
    output.item(`This device shows ${digits}: say so on the other one.`, { digits });
    if ((await entry.handed()) === 'given') return;
  }
  throw new Fault('forbidden', 'The other device has sent this one away.');
}

export async function emailProviders(context: Context): Promise<void> {
  const { url, node } = readAddress(nodeAddress(context));
  const rows = await providersOf(recoveryTools(nativeRuntime(), {}), url, node);
  const shown = rows.map(({ id, name }) => [id, name]);
  const text = rows.length === 0 ? 'This node has no e-mail providers.' : table([['id', 'name'], ...shown]);
  context.output.result(text, rows);
}

export async function emailAdd(context: Context, provider: string): Promise<void> {
  using asker = new Asker();
  await using copse = await open(context);
  const visit = await (await copse.emails()).begin(provider);
  const { url, untilMs } = visit;
  context.output.item(`Open this in a browser:\n${url}`, { url, until: untilMs });
  const { email, statement } = await confirm(asker, (digits) => visit.confirm(digits));
  context.output.result(`${email} is yours, says the node in leaf ${statement} of its log.`, {
    email,
    statement,
  });
}

export async function emailList(context: Context): Promise<void> {
  await using copse = await open(context);
  const rows = await (await copse.emails()).list();
  const shown = rows.map((row) => [
    row.email,
    base64url(row.device),
    row.method,
    new Date(row.timeMs).toISOString(),
  ]);
  context.output.result(
    shown.length === 0 ? 'No addresses.' : table([['address', 'device', 'by', 'since'], ...shown]),
    rows.map((row) => ({ ...row, device: base64url(row.device) })),
  );
}

export async function emailForget(context: Context, email: string): Promise<void> {
  await using copse = await open(context);
  const ended = await (await copse.emails()).forget(email);
  context.output.result(`${ended} statements about ${email} have ended.`, { email, ended });
}

export async function emailWaiting(context: Context): Promise<void> {
  await using copse = await open(context);
  const knocks = await (await copse.emails()).knocks();
  const shown = knocks.map((knock) => [
    idOf(knock),
    knock.deviceName,
    knock.email,
    knock.provider,
    new Date(knock.timeMs).toISOString(),
    knock.sameAccount ? '' : 'NOT the account at the provider that you used',
  ]);
  context.output.result(
    shown.length === 0
      ? 'No device waits.'
      : table([['id', 'device', 'address', 'by', 'since', ''], ...shown]),
    knocks.map((knock) => ({ ...knock, id: idOf(knock), device: base64url(knock.device) })),
  );
}

function idOf({ id }: Knock): string {
  return base64url(id).slice(0, 8);
}

async function knockCalled(emails: Emails, word: string): Promise<Knock> {
  const found = (await emails.knocks()).filter((knock) => idOf(knock) === word || word === '');
  const [knock] = found;
  if (knock === undefined || found.length > 1)
    throw new Fault('unknown', `${found.length} devices wait; \`copse email waiting\` shows their ids.`);
  return knock;
}

/** What the new device shows is typed here: digits that are only shown are not compared by everybody. */
export async function emailLetIn(context: Context, word: string): Promise<void> {
  using asker = new Asker();
  await using copse = await open(context);
  const emails = await copse.emails();
  const knock = await knockCalled(emails, word);
  const letting = await emails.meet(knock);
  const typed = (await asker.ask(`Digits that ${knock.deviceName} shows:`)).replaceAll(/\D/gu, '');
  if (typed !== letting.digits.replaceAll(/\D/gu, '')) {
    await letting.deny();
    throw new Fault(
      'badProof',
      `This device has ${letting.digits}: somebody is in between, or it is another.`,
    );
  }
  await letting.give();
  context.output.result(`${knock.deviceName} is in, with all your keys.`, {
    id: idOf(knock),
    deviceName: knock.deviceName,
    digits: letting.digits,
  });
}

export async function emailDeny(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const emails = await copse.emails();
  const knock = await knockCalled(emails, word);
  await emails.deny(knock);
  context.output.result(`${knock.deviceName} has been sent away.`, { id: idOf(knock) });
}

export interface EmailInviteFlags {
  readonly permissions?: string;
  readonly days?: string;
}

/** One invitation for each user of the address; the node could name another, so the mark is shown beside. */
export async function emailInvite(
  context: Context,
  [siteWord = '', email = '']: readonly string[],
  flags: EmailInviteFlags,
): Promise<void> {
  const days = flags.days === undefined ? undefined : Number(flags.days);
  if (days !== undefined && !(days > 0)) throw new Fault('usage', '`--days` is a number above 0.');
  await using copse = await open(context);
  const site = siteCalled(copse, siteWord);
  const made = await (
    await copse.emails()
  ).invite(site, email, {
    ...(flags.permissions === undefined ? {} : { permissions: permissionBits(flags.permissions) }),
    ...(days === undefined ? {} : { days }),
  });
  const shown = made.map(({ user, trust, text }) =>
    text === null
      ? `${base64url(user)} has stated no key: send her a link of \`copse invite\` by a way on which you know her.`
      : `For ${base64url(user)} (${trust}):\n${text}`,
  );
  context.output.result(
    shown.length === 0 ? `Nobody signs in as ${email}.` : shown.join('\n\n'),
    made.map(({ user, trust, text }) => ({ user: base64url(user), trust, invitation: text })),
  );
}

export async function emailJoin(context: Context, invitation: string): Promise<void> {
  await using copse = await open(context);
  const link = await (await copse.emails()).open(invitation);
  const site = await copse.join(link);
  context.output.result(`Joined ${site.title.get()} (${site.id.slice(0, 8)}).`, {
    id: site.id,
    title: site.title.get(),
  });
}
