/** Commands about devices: letting new ones in, listing, naming, revoking (SPEC D1-D6). */

import { hostname } from 'node:os';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Asking, Copse, DeviceRow, Revocation } from 'copse/internal/client/index.ts';
import { identityIn } from 'copse/internal/client/identity.ts';
import { readAddress } from 'copse/internal/client/open.ts';
import { pairDevice } from 'copse/internal/native/index.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Asker } from '../ask.ts';
import type { Context } from '../context.ts';
import type { ExitName } from '../output.ts';
import { nodeAddress, open, ownKeep } from '../person.ts';
import { devices } from './people.ts';

type Flags = Readonly<Record<string, unknown>>;

export const list = devices;

/** This device waits until another one lets it in. */
export async function add(context: Context, address: string | undefined, flags: Flags): Promise<void> {
  const url = nodeAddress(address === undefined ? context : { ...context, node: address });
  await requireNobody(context, url);
  const deviceName = textOf(flags, 'deviceName') ?? hostname();
  using asking = await pairDevice(url, { deviceName });
  await show(context, asking);
  const answered = await asking.answered();
  if (answered.kind === 'digits') await compare(context, asking, answered.digits);
  const { secret, generations, nodeKey } = await asking.handed();
  await using copse = await open({ ...context, node: url }, { secret, generations, nodeKey, deviceName });
  const name = copse.profile.get().name || copse.user;
  context.output.result(`This is a device of ${name} now.`, {
    node: copse.node.url,
    user: copse.user,
    device: copse.device,
    name,
  });
}

/** Said before somebody lets it in, not after. */
async function requireNobody(context: Context, url: string): Promise<void> {
  await using keep = await ownKeep(context, readAddress(url).url);
  if ((await identityIn(nativePrimitives(), keep)) === null) return;
  throw new Fault('taken', 'Somebody is signed in here already; `--home` makes another place.');
}

async function show(context: Context, { link, code, untilMs }: Asking): Promise<void> {
  const { renderUnicodeCompact } = await import('uqr');
  const words = [
    renderUnicodeCompact(link),
    'Take this picture with another device of yours, or type there (`copse device approve`, or Devices in the app):',
    `    ${code}`,
    `It waits until ${new Date(untilMs).toLocaleTimeString()}.`,
  ];
  context.output.item(words.join('\n'), { link, code, untilMs });
}

/** The node could answer itself and give an account of its own: a person says that her device did. */
async function compare(context: Context, asking: Asking, digits: string): Promise<void> {
  context.output.item(`Type these six digits on the other device: ${digits}`, { digits });
  if (isYes(await askOnce('Has it let this device in? [yes/no]'))) return;
  await asking.cancel();
  throw new Fault('badProof', 'Then somebody may be in between, and nothing was taken over.');
}

export async function approve(context: Context, text: string, flags: Flags): Promise<void> {
  await using copse = await open(context);
  const approval = await (await copse.deviceDesk()).answer(text);
  const { deviceName, scanned } = approval;
  const digits = scanned
    ? ''
    : (textOf(flags, 'digits') ?? (await askOnce(`Which six digits does ${deviceName} show?`)));
  await approval.approve(digits);
  context.output.result(`${deviceName} is let in.`, { deviceName, scanned });
}

export async function rename(context: Context, word: string, name: string): Promise<void> {
  await using copse = await open(context);
  const row = deviceCalled(await copse.devices(), word);
  await copse.renameDevice(row.device, name);
  context.output.result(`${row.name} is called ${name} now.`, { device: row.device, name });
}

export async function revoke(context: Context, word: string, flags: Flags): Promise<ExitName | void> {
  await using copse = await open(context);
  const row = deviceCalled(await copse.devices(), word);
  const seen = await (await copse.deviceDesk()).preview(row.device);
  const shown = { device: row.device, name: row.name, ...seen };
  if (flags['preview'] === true) {
    context.output.result(wordsOf(copse, row, seen), shown);
    return;
  }
  if (flags['yes'] !== true) {
    context.output.log(wordsOf(copse, row, seen));
    if (!isYes(await askOnce(`Revoke ${row.name}? [yes/no]`))) {
      context.output.result('It stays.', { ...shown, revoked: false });
      return 'refused';
    }
  }
  await copse.revokeDevice(row.device);
  context.output.result(`${row.name} is shut out.`, { ...shown, revoked: true });
}

function wordsOf(copse: Copse, row: DeviceRow, { sites, isHere, others, statements }: Revocation): string {
  const titles = sites.map(({ site, members, isAdmin }) => {
    const who = isAdmin ? 'you can make it' : 'an admin makes it';
    return `  ${copse.site(site)?.title.get() ?? site}: a new key for ${members} members, ${who}`;
  });
  const last = others === 0 ? ['It is your only device: come back with your 24 words or your recovery.'] : [];
  return [
    `${row.name}, last seen ${new Date(row.seenMs).toISOString()}${isHere ? ', is connected now' : ''}.`,
    sites.length === 0 ? 'It can open no site.' : 'It can open:',
    ...titles,
    ...(statements > 0 ? [`It signed in with e-mail ${statements} times.`] : []),
    'What it has read, it may still have. Whoever holds your 24 words could add a device again.',
    ...last,
  ].join('\n');
}

/** Those in use before revoked ones, which may have the same name. */
function deviceCalled(rows: readonly DeviceRow[], word: string): DeviceRow {
  const inUse = rows.filter(({ revokedMs }) => revokedMs === null);
  const found = inUse.filter(({ name, device }) => name === word || device.startsWith(word));
  const [one] = found;
  if (one === undefined || word === '')
    throw new Fault('unknown', `No device of yours is called \`${word}\`.`);
  if (found.length === 1) return one;
  const ids = found.map(({ device }) => device).join(', ');
  throw new Fault('usage', `Several devices are called \`${word}\`; give an id: ${ids}.`);
}

function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

async function askOnce(question: string): Promise<string> {
  using asker = new Asker();
  return await asker.ask(question);
}

function isYes(answer: string): boolean {
  return /^y(?:es)?$/iu.test(answer);
}
