/** The commands of `copse notify`: what this device hears while its user is away (SPEC I7, I8, I20), and what reached no device (SPEC I15). */

import { fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type {
  Copse,
  DeadLetter,
  DigestState,
  Level,
  Notifications,
  NotificationsState,
  QuietHours,
  SiteLevel,
  TestAnswer,
} from 'copse/internal/client/index.ts';
import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { Context } from '../context.ts';
import { table, type ExitName } from '../output.ts';
import { open, siteCalled } from '../person.ts';

interface Desk extends AsyncDisposable {
  readonly copse: Copse;
  readonly notifications: Notifications;
}

async function desk(context: Context): Promise<Desk> {
  const copse = await open(context);
  const notifications = await copse.notifications();
  return { copse, notifications, [Symbol.asyncDispose]: () => copse.close() };
}

export async function list(context: Context): Promise<void> {
  await using at = await desk(context);
  tell(context, at.copse, await at.notifications.look());
}

export async function level(context: Context, site: string, word: string): Promise<void> {
  const wanted = LEVELS.find((each) => each === word);
  if (wanted === undefined) throw new Fault('usage', `A level is ${LEVELS.join(', ')}, not \`${word}\`.`);
  await change(context, site, (of, notifications) => notifications.level(of, wanted));
}

const LEVELS: readonly Level[] = ['all', 'mentions', 'none'];

export interface ForFlags {
  readonly for?: string;
}

export async function mute(context: Context, site: string, flags: ForFlags): Promise<void> {
  const durationMs = durationOf(flags.for);
  await change(context, site, (of, notifications) => notifications.mute(of, durationMs));
}

export async function unmute(context: Context, site: string, flags: ForFlags): Promise<void> {
  const durationMs = durationOf(flags.for);
  await change(context, site, (of, notifications) => notifications.unmute(of, durationMs));
}

/** Changes what is heard of a site, and says what it is now. */
async function change(
  context: Context,
  word: string,
  act: (site: SiteLevel['site'], notifications: Notifications) => Promise<void>,
): Promise<void> {
  await using at = await desk(context);
  const before = await at.notifications.look();
  const { site, title } = placeCalled(at.copse, before, word);
  if (site === null) throw new Fault('unknown', 'This device hears of nothing: `copse notify subscribe`.');
  await act(site, at.notifications);
  const row = rowsOf(at.notifications.state.get() ?? before).find((each) => each.site === site);
  if (row === undefined)
    throw new Fault('unknown', 'This device hears of no site: `copse notify subscribe`.');
  context.output.result(`${title}: ${levelWords(row)}`, { title, ...row });
}

const NEIGHBOURHOOD = 'neighbourhood';

/** A site of that title comes first: it has another id by which one may call it. */
function placeCalled(
  copse: Copse,
  { neighbourhood }: NotificationsState,
  word: string,
): { readonly site: SiteLevel['site'] | null; readonly title: string } {
  const isSite = copse.sites.get().some(({ title }) => title.get() === word);
  if (word === NEIGHBOURHOOD && !isSite) return { site: neighbourhood?.site ?? null, title: NEIGHBOURHOOD };
  const found = siteCalled(copse, word);
  return { site: found.id, title: found.title.get() };
}

function rowsOf({ sites, neighbourhood }: NotificationsState): readonly SiteLevel[] {
  return neighbourhood === null ? sites : [neighbourhood, ...sites];
}

function titleOf(copse: Copse, site: SiteLevel['site']): string | null {
  return neighbourIn(site) === null ? (copse.site(site)?.title.get() ?? null) : NEIGHBOURHOOD;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90m`; 0 when nothing is given. */
export function durationOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/u.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (!(ms > 0)) throw new Fault('usage', `A duration is as 90m, 8h or 2d, not \`${text}\`.`);
  return ms;
}

export interface QuietFlags {
  readonly zone?: string;
  readonly days?: string;
  readonly mentions?: boolean;
}

export async function quiet(context: Context, hours: string | undefined, flags: QuietFlags): Promise<void> {
  const wanted = hours === undefined || hours === 'off' ? null : quietOf(hours, flags);
  await using at = await desk(context);
  if (hours === undefined) await at.notifications.look();
  else await at.notifications.quiet(wanted);
  const now = at.notifications.state.get()?.quiet ?? null;
  context.output.result(quietWords(now), now);
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const EVERY_DAY = 127;

export function quietOf(hours: string, { zone, days, mentions = false }: QuietFlags): QuietHours {
  const [, from, to] = /^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/u.exec(hours) ?? [];
  return {
    zone: zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    days: days === undefined ? EVERY_DAY : daysOf(days),
    fromMinute: minuteOf(from, hours),
    toMinute: minuteOf(to, hours),
    mentionsPass: mentions,
  };
}

function minuteOf(text: string | undefined, given: string): number {
  const [hour = Number.NaN, minute = Number.NaN] = (text ?? '').split(':').map(Number);
  const isTime = hour < 24 && minute < 60;
  if (text === undefined || !isTime) throw new Fault('usage', `Hours are as 22:00-7:00, not \`${given}\`.`);
  return hour * 60 + minute;
}

function daysOf(list: string): number {
  let bits = 0;
  for (const word of list.split(',')) {
    const day = DAYS.indexOf(word.trim().toLowerCase());
    if (day < 0) throw new Fault('usage', `A day is ${DAYS.join(', ')}, not \`${word}\`.`);
    bits |= 1 << day;
  }
  return bits;
}

export interface DigestFlags {
  readonly after?: string;
}

export async function digest(
  context: Context,
  address: string | undefined,
  { after = '8' }: DigestFlags,
): Promise<void> {
  const afterHours = Number(after);
  if (!/^\d{1,3}$/u.test(after) || afterHours < 1)
    throw new Fault('usage', `Hours are a number, as 8, not \`${after}\`.`);
  await using at = await desk(context);
  if (address !== undefined)
    await at.notifications.setDigest(address === 'off' ? null : { email: address, afterHours });
  const state = await at.notifications.digest();
  context.output.result(digestWords(state), state);
}

export interface SubscribeFlags {
  readonly url?: string;
  readonly p256dh?: string;
  readonly auth?: string;
}

export async function subscribe(context: Context, flags: SubscribeFlags): Promise<void> {
  const keys = { p256dh: bytesOf('p256dh', flags.p256dh, 65), auth: bytesOf('auth', flags.auth, 16) };
  await using at = await desk(context);
  await at.notifications.subscribe({ endpoint: flags.url ?? '', keys });
  tell(context, at.copse, at.notifications.state.get() ?? (await at.notifications.look()));
}

function bytesOf(name: string, text: string | undefined, size: number): Uint8Array {
  const bytes = fromBase64url(text ?? '');
  if (bytes?.length !== size) throw new Fault('usage', `\`--${name}\` is ${size} bytes in base64url.`);
  return bytes;
}

export async function unsubscribe(context: Context): Promise<void> {
  await using at = await desk(context);
  await at.notifications.unsubscribe();
  tell(context, at.copse, at.notifications.state.get() ?? (await at.notifications.look()));
}

const OUTCOMES: Readonly<Record<TestAnswer['outcome'], string>> = {
  sent: 'The push service has taken it.',
  none: 'This device has no address.',
  refused: 'The push service has refused it.',
  gone: 'The push service says that nobody is there any more.',
  late: 'The push service has not answered yet.',
};

export async function test(context: Context): Promise<ExitName> {
  await using at = await desk(context);
  const answer = await at.notifications.test();
  const { outcome, said } = answer;
  context.output.result(said === '' ? OUTCOMES[outcome] : `${OUTCOMES[outcome]} ${said}`, answer);
  return outcome === 'sent' ? 'done' : 'failed';
}

export async function history(context: Context): Promise<void> {
  await using at = await desk(context);
  const [rows, devices] = [await at.notifications.history(), await at.copse.devices()];
  const named = rows.map((row) => ({
    ...row,
    deviceName: devices.find(({ device }) => device === row.device)?.name ?? null,
    title: row.site === null ? null : titleOf(at.copse, row.site),
  }));
  const lines = named.map(({ atMs, what, deviceName, device, title, site }) => [
    timeOf(atMs),
    deviceName ?? device,
    title ?? site ?? '',
    what,
  ]);
  const text =
    lines.length === 0 ? 'Nothing was sent yet.' : table([['when', 'device', 'site', 'what'], ...lines]);
  context.output.result(text, named);
}

export async function letters(context: Context): Promise<void> {
  await using at = await desk(context);
  const rows = await at.notifications.deadLetters();
  const lines = rows.map(({ id, atMs, user, device, origin, why, last }) => {
    return [String(id), timeOf(atMs), user, device, origin, [why, last].filter(Boolean).join(', ')];
  });
  const heads = ['letter', 'when', 'user', 'device', 'push service', 'why'];
  context.output.result(rows.length === 0 ? 'There are no dead letters.' : table([heads, ...lines]), rows);
}

/** All are those that are there now: one that dies again is another letter. */
export async function replay(context: Context, word: string): Promise<void> {
  const id = word === 'all' ? null : letterOf(word);
  await using at = await desk(context);
  const ids = id === null ? (await at.notifications.deadLetters()).map(numberOf) : [id];
  const count = await at.notifications.replay(ids);
  if (count === 0 && id === null) throw new Fault('unknown', 'There are no dead letters.');
  if (count === 0) throw new Fault('unknown', `No letter ${id}: \`copse notify letters\` lists them.`);
  const text =
    count === 1
      ? '1 letter goes again: its device is told what there is for it now.'
      : `${count} letters go again: their devices are told what there is for them now.`;
  context.output.result(text, { count });
}

function letterOf(word: string): number {
  if (!/^[1-9]\d{0,14}$/u.test(word))
    throw new Fault('usage', `A letter is a number or \`all\`, not \`${word}\`.`);
  return Number(word);
}

const numberOf = ({ id }: DeadLetter): number => id;

// How it is told

function tell(context: Context, copse: Copse, state: NotificationsState): void {
  const { pushKey, address, quiet: hours } = state;
  const sites = rowsOf(state).map((row) => ({ title: titleOf(copse, row.site), ...row }));
  const rows = sites.map((row) => [row.title ?? row.site, levelWords(row)]);
  const lines = [
    pushKey === null ? 'This node does not notify.' : addressWords(state),
    ...(hours === null ? [] : [quietWords(hours)]),
    ...(rows.length === 0 ? [] : [table([['site', 'hears'], ...rows])]),
  ];
  const key = pushKey === null ? null : Buffer.from(pushKey).toString('base64url');
  context.output.result(lines.join('\n'), { ...state, address, pushKey: key, sites });
}

const STATES: Readonly<Record<NotificationsState['state'], string>> = {
  none: '',
  good: '',
  failing: ' What was sent last did not come through.',
  gone: ' The push service says that nobody is there any more.',
};

function addressWords({ address, state }: NotificationsState): string {
  if (address === null) return 'This device is reached nowhere.';
  return `This device is reached at ${address}.${STATES[state]}`;
}

function levelWords({ level: base, override }: Pick<SiteLevel, 'level' | 'override'>): string {
  if (override === null) return base;
  const until = override.untilMs === null ? 'until it is changed' : `until ${timeOf(override.untilMs)}`;
  return `${override.level} ${until}, then ${base}`;
}

function digestWords({ sends, to }: DigestState): string {
  if (to === null) return sends ? 'No digest.' : 'This node sends no e-mail.';
  const hours = to.afterHours === 1 ? 'an hour' : `${to.afterHours} hours`;
  return `A digest goes to ${to.email} after ${hours} away.${sends ? '' : ' This node sends no e-mail now.'}`;
}

function quietWords(hours: QuietHours | null): string {
  if (hours === null) return 'No quiet hours.';
  const { zone, days, fromMinute, toMinute, mentionsPass } = hours;
  const named = days === EVERY_DAY ? 'every day' : DAYS.filter((_, i) => (days & (1 << i)) !== 0).join(', ');
  const passing = mentionsPass ? ', but for mentions' : '';
  return `Quiet from ${clock(fromMinute)} to ${clock(toMinute)} (${zone}), ${named}${passing}.`;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 16);
}
