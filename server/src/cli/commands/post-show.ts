/** Posts as a terminal shows them (SPEC Z62): the oldest at the top, with what others have made of them. */

import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Attachment } from 'copse/internal/social/message/terms.ts';
import { noMarks, type Marks } from 'copse/internal/client/neighbourhood/marks.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import type { MessageId, Page, Post, PostCursor } from 'copse/internal/client/neighbourhood/types.ts';
import type { Context } from '../context.ts';
import { size } from '../output.ts';
import { namesOf } from './peer.ts';

/** The id of a post as commands show it. */
export function idOf(text: string): MessageId {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new Fault('usage', 'The id of a post has 64 digits, as `copse feed` shows it.');
}

export function cursorOf(text: string | undefined): PostCursor | null {
  if (text === undefined) return null;
  const [, timeMs, seq] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (timeMs === undefined || seq === undefined)
    throw new Fault('usage', 'The rest of a list is asked for by what stands at its end.');
  return { timeMs: Number(timeMs), seq: Number(seq) };
}

const cursorText = ({ timeMs, seq }: PostCursor): string => `${timeMs}.${seq}`;

export interface Shown {
  readonly page: Page;
  /** What is said where there is nothing. */
  readonly empty: string;
  /** Keys in hex of those whose posts are left out. */
  readonly hidden: ReadonlySet<string>;
}

export async function show(
  context: Context,
  place: Neighbourhood,
  { page, empty, hidden }: Shown,
): Promise<void> {
  const { next } = page;
  const posts = page.posts.filter(({ from }) => !hidden.has(hex(from)));
  const [names, marks] = await Promise.all([
    namesOf(
      place,
      posts.map(({ from }) => from),
    ),
    posts.length === 0 ? new Map<MessageId, Marks>() : place.marks(posts.map(({ id }) => id)),
  ]);
  const lines = posts
    .toReversed()
    .map((each) => linesOf(each, names.get(hex(each.from)) ?? '', marks.get(each.id) ?? noMarks));
  const more = next === null ? [] : [`Older ones: --more ${cursorText(next)}`];
  const text = posts.length === 0 && next === null ? empty : [...lines, ...more].join('\n\n');
  context.output.result(text, {
    posts: posts.map((each) => ({ ...jsonOf(each), marks: marks.get(each.id) ?? noMarks })),
    more: next === null ? null : cursorText(next),
  });
}

/** One that has just come: nobody has made anything of it. */
export async function showOne(context: Context, place: Neighbourhood, each: Post): Promise<void> {
  const names = await namesOf(place, [each.from]);
  const text = linesOf(each, names.get(hex(each.from)) ?? '', noMarks);
  context.output.item(`\n${text}`, { ...jsonOf(each), marks: noMarks });
}

function linesOf(each: Post, name: string, marks: Marks): string {
  const time = new Date(each.timeMs).toISOString().slice(0, 16).replace('T', ' ');
  const who = name === '' ? base64url(each.from).slice(0, 12) : name;
  const head = [
    time,
    who,
    ...(each.isEdited ? ['edited'] : []),
    ...(each.answers === null ? [] : [`answers ${each.answers.slice(0, 8)}`]),
    ...(each.shares === null ? [] : [`shares ${each.shares}`]),
  ];
  const lines = [
    ...(each.text === '' ? [] : [each.text]),
    ...each.attachments.map(fileLine),
    ...marksLine(marks),
    each.id,
  ];
  return `${head.join(' · ')}\n${lines.join('\n').replaceAll(/^/gm, '  ')}`;
}

/** As `copse file get` takes it. */
function fileLine({ address, size: bytes, type, alt }: Attachment): string {
  const words = alt === '' ? '' : `${alt}, `;
  return `[file: ${words}${type}, ${size(bytes)}] ${hex(address)}`;
}

function marksLine({ answers, shares, reactions }: Marks): readonly string[] {
  const counts = [
    ...(answers === 0 ? [] : [`${answers} ${answers === 1 ? 'answer' : 'answers'}`]),
    ...(shares === 0 ? [] : [`${shares} ${shares === 1 ? 'share' : 'shares'}`]),
    ...reactions.map(({ picture, count }) => `${picture} ${count}`),
  ];
  return counts.length === 0 ? [] : [counts.join(' · ')];
}

export function jsonOf(post: Post): object {
  const { id, from, timeMs, text, mentions, answers, thread, tags, isEdited, shares, attachments } = post;
  const who = { from: base64url(from), mentions: mentions.map(base64url) };
  const files = attachments.map(({ address, thumbnail, ...each }) => ({
    ...each,
    address: hex(address),
    ...(thumbnail === undefined ? {} : { thumbnail: hex(thumbnail) }),
  }));
  return { id, ...who, timeMs, text, answers, thread, tags, isEdited, shares, attachments: files };
}
