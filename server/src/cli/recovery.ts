/** Commands about recovery: set it up, look after it, recover, and start anew with an admin's approval. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { userId } from 'copse/internal/base/ids.ts';
import type { PinWeakness, RealmReport, Recovered } from 'copse/internal/client/index.ts';
import { askReset, resetState } from 'copse/internal/client/recovery-reset.ts';
import { recoverAccount } from 'copse/internal/native/index.ts';
import { nativeRuntime } from 'copse/internal/native/runtime.ts';
import { recoveryTools } from 'copse/internal/client/open.ts';
import type { Context } from './context.ts';
import { table, type ExitName } from './output.ts';
import { open, ownKeep, siteCalled } from './person.ts';
import { pinSource } from './recovery-pin.ts';

type Flags = Readonly<Record<string, unknown>>;

const WEAK: Readonly<Record<PinWeakness, string>> = {
  short: 'it has fewer than six characters',
  repeated: 'it repeats itself',
  sequence: 'it is a sequence',
  date: 'it reads as a date or a year',
  common: 'it is among the most chosen ones',
};

function codePath(context: Context): string {
  return join(context.home, 'recovery-code');
}

function keepCode(context: Context, code: string): void {
  mkdirSync(context.home, { recursive: true, mode: 0o700 });
  writeFileSync(codePath(context), `${code}\n`, { mode: 0o600 });
}

/** The code given, or the one of the last set-up here. */
function codeOf(context: Context, given: string | undefined): string {
  if (given !== undefined) return given;
  if (existsSync(codePath(context))) return readFileSync(codePath(context), 'utf8').trim();
  throw new Fault('usage', 'Which recovery? Give its code.');
}

function numberOf(flags: Flags, name: string): number | undefined {
  const value = flags[name];
  if (typeof value !== 'string') return undefined;
  if (!/^\d{1,4}$/u.test(value)) throw new Fault('usage', `--${name} is a number.`);
  return Number(value);
}

export async function setUp(context: Context, realms: readonly string[], flags: Flags): Promise<void> {
  const pins = pinSource();
  const pin = await pins.ask('New PIN:');
  if ((await pins.ask('The same PIN again:')) !== pin) throw new Fault('usage', 'The two PINs differ.');
  const [threshold, tries] = [numberOf(flags, 'threshold'), numberOf(flags, 'tries')];
  const replaces = existsSync(codePath(context)) ? codeOf(context, undefined) : undefined;
  await using copse = await open(context);
  const made = await copse.recovery.setUp({
    pin,
    realms,
    ...(threshold === undefined ? {} : { threshold }),
    ...(tries === undefined ? {} : { tries }),
    ...(replaces === undefined ? {} : { replaces }),
  });
  keepCode(context, made.code);
  const remarks = [
    ...made.weaknesses.map((weakness) => `This PIN is easy to guess: ${WEAK[weakness]}.`),
    ...made.failed.map(({ url, fault }) => `${url} does not have it: ${fault.message}`),
  ];
  context.output.result(
    [
      ...remarks,
      `${made.threshold} of ${made.realms.length} realms and your PIN bring you back with this code:`,
      made.code,
      'Keep it where you find it without any device of yours.',
    ].join('\n'),
    {
      code: made.code,
      threshold: made.threshold,
      realms: made.realms,
      failed: made.failed.map(({ url, fault }) => ({ url, fault: fault.code })),
      weaknesses: made.weaknesses,
    },
  );
}

export async function status(context: Context, given: string | undefined): Promise<void> {
  const code = codeOf(context, given);
  await using copse = await open(context);
  const rows = await copse.recovery.status(code);
  const shown = rows.map(({ url, registered, fault }) => {
    if (registered === null) return [url, fault?.code === 'unknown' ? 'not registered' : 'not reached', ''];
    const { locked, triesLeft, triesMax, recoveredMs } = registered;
    const last = recoveredMs === null ? 'never' : new Date(recoveredMs).toISOString();
    return [url, locked ? 'locked' : `${triesLeft} of ${triesMax} tries left`, last];
  });
  context.output.result(
    table([['realm', 'state', 'last recovery'], ...shown]),
    rows.map(({ url, registered, fault }) => ({ url, registered, fault: fault?.code ?? null })),
  );
}

export async function recover(context: Context, code: string, flags: Flags): Promise<ExitName | void> {
  const realms = Array.isArray(flags['realm']) ? flags['realm'].map(String) : [];
  const pin = await pinSource().ask('PIN:');
  const answer = await recoverAccount({ code, pin, realms });
  if (answer.kind !== 'ok') return refused(context, answer);
  const { url, node } = answer.home;
  await using copse = await open(
    { ...context, node: url },
    { secret: answer.secret, nodeKey: node, deviceName: hostname() },
  );
  keepCode(context, code);
  const name = copse.profile.get().name || copse.user;
  context.output.result(`Recovered: you are ${name} on ${url}.`, {
    kind: 'ok',
    node: url,
    user: copse.user,
    device: copse.device,
    realms: answer.realms,
  });
}

/** What went wrong, with what became of each realm. */
function refused(context: Context, answer: Exclude<Recovered, { kind: 'ok' }>): ExitName {
  const lines = answer.realms.map(({ url, state }) => `  ${url}: ${STATES[state]}`);
  context.output.result([headline(answer), ...lines].join('\n'), answer);
  return answer.kind === 'missing' ? 'unreachable' : 'refused';
}

function headline(answer: Exclude<Recovered, { kind: 'ok' }>): string {
  switch (answer.kind) {
    case 'wrongPin':
      return `The PIN is wrong. ${answer.triesLeft} tries are left.`;
    case 'missing':
      return `${answer.needed} more realms are needed. Try again when they can be reached.`;
    case 'locked':
      return 'Too few realms have a share left: this recovery is locked for ever.';
  }
}

const STATES: Readonly<Record<RealmReport['state'], string>> = {
  ok: 'answered',
  unasked: 'not needed',
  offline: 'not reached',
  unknown: 'knows nothing of this recovery',
  old: 'has an older registration',
  locked: 'has destroyed its share',
  lying: 'answered falsely',
  busy: 'was asked too often; wait a minute',
};

export async function remove(context: Context, given: string | undefined): Promise<ExitName | void> {
  const code = codeOf(context, given);
  await using copse = await open(context);
  const failed = await copse.recovery.remove(code);
  if (failed.length === 0) rmSync(codePath(context), { force: true });
  const rows = failed.map(({ url, fault }) => ({ url, fault: fault.code }));
  const text = failed.length === 0 ? 'No realm knows it any more.' : 'Not removed everywhere:';
  context.output.result([text, ...failed.map(({ url }) => `  ${url}`)].join('\n'), { failed: rows });
  return failed.length === 0 ? undefined : 'unreachable';
}

export async function grant(context: Context): Promise<void> {
  await using copse = await open(context);
  const link = await copse.recovery.grant();
  context.output.result(`Whoever gets this link can make this node a realm of hers, once:\n${link}`, {
    link,
  });
}

export async function resetRequest(context: Context, user: string, flags: Flags): Promise<void> {
  const id = fromHex(user);
  if (id?.length !== 8) throw new Fault('usage', 'A user is 16 hexadecimal digits; an admin can read them.');
  if (context.node === null) throw new Fault('usage', 'At which node? Give --node URL.');
  const url = new URL(context.node).origin;
  await using keep = await ownKeep(context, url);
  const words = typeof flags['words'] === 'string' ? flags['words'] : '';
  const asking = { url, user: userId(user), words, deviceName: hostname(), keep };
  const asked = await askReset(tools(), asking);
  context.output.result(
    `Request ${asked.request}. Tell the admin this code, by a way on which she knows you: ${asked.code}\nAfter the approval: copse --node ${url} login`,
    asked,
  );
}

function tools() {
  return recoveryTools(nativeRuntime(), {});
}

export async function resetStateOf(context: Context, request: string): Promise<void> {
  if (context.node === null) throw new Fault('usage', 'At which node? Give --node URL.');
  const state = await resetState(tools(), new URL(context.node).origin, request);
  context.output.result(`The request is ${state}.`, { request, state });
}

/** Without a request: lists those that wait. */
export async function resetApprove(
  context: Context,
  request: string | undefined,
  flags: Flags,
): Promise<void> {
  await using copse = await open(context);
  if (request === undefined) {
    const rows = await copse.recovery.resets();
    const shown = rows.map(({ request: id, user, name, code, words }) => [id, user, name, code, words]);
    context.output.result(table([['request', 'user', 'name', 'code', 'words'], ...shown]), rows);
    return;
  }
  const approve = flags['refuse'] !== true;
  const code = typeof flags['code'] === 'string' ? flags['code'].trim().toUpperCase() : null;
  const row = (await copse.recovery.resets()).find((one) => one.request === request);
  if (row === undefined) throw new Fault('unknown', 'No such request waits.');
  if (approve && code !== row.code)
    throw new Fault(
      'badProof',
      'Ask her for her code, and give it as --code; it is not the one of this request.',
    );
  await copse.recovery.decideReset(request, approve);
  context.output.result(approve ? `${row.name} has a new key.` : 'Refused.', { request, approved: approve });
}

/** Who waits in a site; without one, where this user waits. */
export async function pending(context: Context, site: string | undefined): Promise<void> {
  await using copse = await open(context);
  const rows = await copse.recovery.pending(site === undefined ? null : siteCalled(copse, site).id);
  const shown = rows.map(({ site: id, user, name, code }) => [id, user, name, code]);
  context.output.result(table([['site', 'user', 'name', 'code'], ...shown]), rows);
}

export async function readmit(context: Context, words: readonly string[]): Promise<void> {
  const [site = '', user = '', code = ''] = words;
  await using copse = await open(context);
  await copse.recovery.readmit({ site: siteCalled(copse, site).id, user: userId(user), code });
  context.output.result('She can join again: copse recovery rejoin', { user });
}

export async function rejoin(context: Context): Promise<void> {
  await using copse = await open(context);
  const sites = await copse.recovery.rejoin();
  const titles = sites.map((id) => copse.site(id)?.title.get() ?? id);
  context.output.result(
    titles.length === 0 ? 'Nobody has let you in yet.' : `Joined: ${titles.join(', ')}.`,
    {
      sites,
    },
  );
}
