/** The commands of the doorstep: knocking at a node without an account, and what users do about those who knock (SPEC Z70 to Z77). */

import { base64url, fromBase64url, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Doorstep, Knock, Neighbourhood, Reach } from 'copse/internal/client/neighbourhood/index.ts';
import { askNodeKey } from 'copse/internal/client/node-key.ts';
import { neighbourhoodOf, openNeighbourhood } from 'copse/internal/native/neighbourhood.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open } from '../person.ts';

export interface KnockFlags {
  readonly days?: string;
  readonly bits?: string;
}

/** At another node, with the key that this person has at the one she uses. */
export async function knock(
  context: Context,
  [url = '', who = '', text = '']: readonly string[],
  { days = '7', bits = '26' }: KnockFlags,
): Promise<void> {
  const node = await askNodeKey(url.replace(/\/+$/, ''));
  const to = who === 'node' ? node : keyIn(who);
  using place = await openNeighbourhood({ url, node, secret: await ownSecret(context) });
  const knocked = await place.doorstep.knock(
    to,
    { text },
    {
      days: numberIn('days', days),
      bitsMax: numberIn('bits', bits),
      onProgress: (work) =>
        context.output.progress(
          `${work.bits} bits: ${work.tries} tries, ${percent(work.progress)} as long as usual`,
        ),
    },
  );
  context.output.progress('');
  const until = knocked.kind === 'waiting' ? ` until ${timeOf(knocked.untilMs)}` : '';
  const { message, ...rest } = knocked;
  context.output.result(`${SAID[knocked.kind]}${until}.`, { ...rest, id: hex(message.id) });
}

async function ownSecret(context: Context): Promise<Uint8Array> {
  const copse = await open(context);
  try {
    return await copse.secret();
  } finally {
    await copse.close();
  }
}

const SAID = {
  waiting: 'It waits for an answer',
  delivered: 'It is with her: she has accepted you before',
  known: 'It is there, or was answered',
} as const;

export interface WhoseFlags {
  readonly ofNode?: boolean;
}

export async function requests(context: Context, { ofNode = false }: WhoseFlags): Promise<void> {
  await using at = await desk(context);
  const knocks = await at.doorstep.requests(ofNode ? 'node' : 'mine');
  const rows = knocks.map(({ post, bits, untilMs, purpose }) => [
    post.id.slice(0, 8),
    base64url(post.from),
    String(bits),
    timeOf(untilMs),
    purpose === 'invitation' ? `asks for an account: ${post.text}` : post.text,
  ]);
  const text =
    rows.length === 0 ? 'Nobody knocks.' : table([['id', 'from', 'bits', 'until', 'says'], ...rows]);
  context.output.result(
    text,
    knocks.map(({ post, ...rest }) => ({
      ...rest,
      id: post.id,
      from: base64url(post.from),
      text: post.text,
    })),
  );
}

export async function answer(
  context: Context,
  word: string,
  { ofNode = false, act }: WhoseFlags & { readonly act: 'accept' | 'decline' },
): Promise<void> {
  await using at = await desk(context);
  const whose = ofNode ? 'node' : 'mine';
  const { post } = knockCalled(await at.doorstep.requests(whose), word);
  await at.doorstep[act](post.id, whose);
  const said =
    act === 'accept' ? 'Accepted: she may write to you for a month.' : 'Declined: it does not come again.';
  context.output.result(said, { id: post.id, from: base64url(post.from), act });
}

function knockCalled(knocks: readonly Knock[], word: string): Knock {
  const [found, another] = knocks.filter(({ post }) => post.id.startsWith(word.toLowerCase()));
  if (found === undefined || word === '')
    throw new Fault('unknown', `Nothing waits that is called \`${word}\`: \`copse requests\` lists it.`);
  if (another !== undefined) throw new Fault('usage', `Several begin with \`${word}\`.`);
  return found;
}

const REACHES: Readonly<Record<string, Reach>> = {
  everybody: 'everybody',
  friends: 'friendsOfFriends',
  members: 'members',
  nobody: 'nobody',
};

const REACH_WORDS: Readonly<Record<Reach, string>> = {
  everybody: 'Everybody may knock who works for it.',
  friendsOfFriends: 'Friends of your friends may knock, with work.',
  members: 'Only people with an account on this node reach you, and those whom you have accepted.',
  nobody: 'Nobody without an account on this node reaches you.',
};

export async function reach(context: Context, word: string | undefined): Promise<void> {
  const wanted = word === undefined ? null : REACHES[word];
  if (wanted === undefined)
    throw new Fault('usage', `Who may knock is ${Object.keys(REACHES).join(', ')}, not \`${word ?? ''}\`.`);
  await using at = await desk(context);
  if (wanted !== null) await at.doorstep.setReach(wanted);
  await tellReach(context, at);
}

export async function keepAway(context: Context, who: string, act: 'keepAway' | 'letNear'): Promise<void> {
  const whom = keyIn(who);
  await using at = await desk(context);
  await at.doorstep[act](whom);
  await tellReach(context, at);
}

async function tellReach(context: Context, { doorstep, place }: Desk): Promise<void> {
  const state = await doorstep.reach();
  const own = place.me === null ? '' : base64url(place.me);
  const guests = state.guests.map(({ who, untilMs }) => [
    base64url(who),
    `writes to you until ${timeOf(untilMs)}`,
  ]);
  const away = state.away.map((who) => [base64url(who), 'is kept away']);
  const lines = [REACH_WORDS[state.reach], `You are reached at ${own}.`];
  const rows = [...guests, ...away];
  context.output.result([...lines, ...(rows.length === 0 ? [] : [table(rows)])].join('\n'), {
    key: own,
    reach: state.reach,
    guests: state.guests.map(({ who, untilMs }) => ({ who: base64url(who), untilMs })),
    away: state.away.map(base64url),
  });
}

export interface ReportFlags {
  readonly message?: string;
}

export async function report(
  context: Context,
  [who = '', why = '']: readonly string[],
  flags: ReportFlags,
): Promise<void> {
  await using at = await desk(context);
  await at.doorstep.report(keyIn(who), why, flags.message ?? null);
  context.output.result('The admins of the node are told.', { about: who });
}

type ReportRow = Awaited<ReturnType<Doorstep['reports']>>[number];

async function allReports({ doorstep }: Desk): Promise<readonly ReportRow[]> {
  const rows: ReportRow[] = [];
  for (;;) {
    const page = await doorstep.reports(rows.at(-1)?.number ?? 0);
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}

export async function reports(context: Context): Promise<void> {
  await using at = await desk(context);
  const rows = await allReports(at);
  const lines = rows.map(({ number, by, about, why, atMs }) => [
    String(number),
    timeOf(atMs),
    base64url(about),
    base64url(by),
    why,
  ]);
  const heads = ['report', 'when', 'about', 'by', 'why'];
  context.output.result(
    rows.length === 0 ? 'Nothing is reported.' : table([heads, ...lines]),
    rows.map(({ by, about, message, ...rest }) => ({
      ...rest,
      by: base64url(by),
      about: base64url(about),
      message: message === null ? null : base64url(message),
    })),
  );
}

export async function settle(context: Context, word: string): Promise<void> {
  const number = numberIn('report', word);
  await using at = await desk(context);
  await at.doorstep.settle(number);
  context.output.result(`Report ${number} is dealt with.`, { number });
}

export async function takeAway(context: Context, word: string): Promise<void> {
  const number = numberIn('report', word);
  await using at = await desk(context);
  const row = (await allReports(at)).find((each) => each.number === number);
  const post = row === undefined ? null : await at.doorstep.reported(row);
  if (post === null) throw new Fault('unknown', `No report ${number} with a post waits.`);
  await at.doorstep.takeAway(post.id);
  await at.doorstep.settle(number);
  context.output.result('Taken away: nobody finds it on this node any more.', { number, id: post.id });
}

interface Desk extends AsyncDisposable {
  readonly place: Neighbourhood;
  readonly doorstep: Doorstep;
}

async function desk(context: Context): Promise<Desk> {
  const copse = await open(context);
  const place = await neighbourhoodOf(copse);
  const close = async (): Promise<void> => {
    place[Symbol.dispose]();
    await copse.close();
  };
  return { place, doorstep: place.doorstep, [Symbol.asyncDispose]: close };
}

function keyIn(word: string): Key {
  const bytes = fromBase64url(word);
  if (bytes?.length !== 32)
    throw new Fault(
      'usage',
      `A key has 43 characters, as \`copse reach\` shows one's own; \`${word}\` is none.`,
    );
  return key(bytes);
}

function numberIn(what: string, word: string): number {
  if (!/^\d{1,9}$/u.test(word)) throw new Fault('usage', `\`${word}\` is no number (${what}).`);
  return Number(word);
}

function percent(part: number): string {
  return `${Math.round(100 * part)} %`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 16);
}
