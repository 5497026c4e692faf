/** The commands of the neighbourhood: post, feed, inbox, thread, find, edit, take-back, follow, unfollow, profile (SPEC Z62). */

import { text as textOfStream } from 'node:stream/consumers';
import { base64url, fromBase64url, fromHex, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { peerTagsMax, peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import type { Copse } from 'copse/internal/client/index.ts';
import { neighbourhoodOf } from 'copse/internal/native/neighbourhood.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import type { Page, Post, PostCursor } from 'copse/internal/client/neighbourhood/types.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open } from '../person.ts';

export interface Street extends AsyncDisposable {
  readonly copse: Copse;
  readonly place: Neighbourhood;
}

export async function street(context: Context): Promise<Street> {
  const copse = await open(context);
  const place = await neighbourhoodOf(copse);
  return {
    copse,
    place,
    async [Symbol.asyncDispose]() {
      place[Symbol.dispose]();
      await copse.close();
    },
  };
}

export interface PostFlags {
  readonly to?: string;
  readonly mention?: readonly string[];
  readonly tag?: readonly string[];
}

export async function post(context: Context, words: readonly string[], flags: PostFlags): Promise<void> {
  const text = words.length > 0 ? words.join(' ') : (await textOfStream(process.stdin)).trim();
  if (text === '') throw new Fault('usage', 'There are no words to post.');
  if (utf8(text).length > peerTextBytesMax)
    throw new Fault('usage', `A post has at most ${peerTextBytesMax} bytes: attach the rest as a file.`);
  const answers = flags.to === undefined ? null : idOf(flags.to);
  await using at = await street(context);
  const mentions = await Promise.all((flags.mention ?? []).map((who) => keyOf(at.copse, who)));
  const tags = [...new Set([...(flags.tag ?? []), ...tagsIn(text)])].slice(0, peerTagsMax);
  const draft = { text, mentions, tags };
  const posted = await (answers === null ? at.place.post(draft) : at.place.reply(answers, draft));
  context.output.result(`Posted as ${posted.id}.`, jsonOf(posted));
}

export interface PageFlags {
  readonly more?: string;
}

export async function feed(context: Context, flags: PageFlags & { readonly of?: string }): Promise<void> {
  await using at = await street(context);
  const before = cursorOf(flags.more);
  const { of } = flags;
  const page =
    of === undefined ? at.place.feed(before) : at.place.moving.postsOf(await keyOf(at.copse, of), before);
  await show(context, at.place, await page, 'Nothing yet: `copse post hello`, or `copse follow` somebody.');
}

export async function inbox(context: Context, flags: PageFlags): Promise<void> {
  await using at = await street(context);
  const page = await at.place.mentions(meOf(at.place), cursorOf(flags.more));
  await show(context, at.place, page, 'Nobody has mentioned you.');
}

export async function thread(context: Context, id: string, flags: PageFlags): Promise<void> {
  await using at = await street(context);
  const named = await at.place.get(idOf(id));
  if (named === null)
    throw new Fault('unknown', `There is no post ${id} here: it was taken back, or never came.`);
  const [page, first] = await Promise.all([
    at.place.thread(named.thread, cursorOf(flags.more)),
    named.thread === named.id ? named : at.place.get(named.thread),
  ]);
  const isLast = flags.more === undefined && first !== null;
  const posts = isLast ? [...page.posts, first] : page.posts;
  await show(context, at.place, { posts, next: page.next }, '');
}

export async function find(context: Context, words: readonly string[], flags: PageFlags): Promise<void> {
  await using at = await street(context);
  const before = cursorOf(flags.more);
  const [only = ''] = words;
  const isTag = words.length === 1 && only.startsWith('#');
  const page = isTag ? at.place.tagged(only.slice(1), before) : at.place.search(words.join(' '), before);
  await show(context, at.place, await page, 'Nothing was found.');
}

export async function edit(context: Context, id: string, words: readonly string[]): Promise<void> {
  await using at = await street(context);
  const before = await at.place.get(idOf(id));
  if (before === null) throw new Fault('unknown', `There is no post ${id} here.`);
  if (hex(before.from) !== hex(meOf(at.place)))
    throw new Fault('forbidden', 'Only who has written a post edits it.');
  const text = words.join(' ');
  await at.place.edit(id, {
    text,
    mentions: before.mentions,
    tags: tagsIn(text),
    attachments: before.attachments,
  });
  context.output.result(`Edited ${id}.`, { id });
}

export async function takeBack(context: Context, ids: readonly string[]): Promise<void> {
  await using at = await street(context);
  await at.place.takeBack(...ids.map(idOf));
  context.output.result(`Taken back: ${ids.length}.`, { ids });
}

export async function follow(
  context: Context,
  who: string | undefined,
  { moved = false }: { readonly moved?: boolean } = {},
): Promise<void> {
  await using at = await street(context);
  if (who !== undefined) await followAt(at, who);
  if (moved) await at.place.moving.followSuccessors();
  const keys = await at.place.follows();
  const names = await namesOf(at.place, keys);
  const rows = keys.map((each) => ({ key: base64url(each), name: names.get(hex(each)) ?? '' }));
  const text =
    rows.length === 0
      ? 'You follow nobody yet.'
      : table([['name', 'key'], ...rows.map((row) => [row.name, row.key])]);
  context.output.result(text, rows);
}

/** What stands behind `@` is said of her first, so that the node knows where she is. */
async function followAt({ copse, place }: Street, who: string): Promise<void> {
  const [name = '', address] = who.split(/@(.*)/s);
  const whom = await keyOf(copse, name);
  if (address !== undefined) await place.vouch(whom, { addresses: [address] });
  await place.follow(whom);
}

export async function unfollow(context: Context, who: string): Promise<void> {
  await using at = await street(context);
  await at.place.unfollow(await keyOf(at.copse, who));
  await at.place.follows();
  context.output.result(`You do not follow ${who} any more.`, { who });
}

export async function profile(
  context: Context,
  who: string | undefined,
  flags: { readonly name?: string; readonly about?: string },
): Promise<void> {
  await using at = await street(context);
  const of = who === undefined ? meOf(at.place) : await keyOf(at.copse, who);
  const before = (await at.place.profile(of)) ?? { name: '', about: '' };
  const { name = before.name, about = before.about } = flags;
  const isChange = flags.name !== undefined || flags.about !== undefined;
  if (isChange && who !== undefined)
    throw new Fault('usage', 'One says of oneself who one is: leave the key away.');
  if (isChange) await at.place.setProfile({ name, about });
  const lines = [name === '' ? 'no name yet' : name, about, base64url(of)];
  context.output.result(lines.filter((line) => line !== '').join('\n'), { key: base64url(of), name, about });
}

/** Whom somebody at a terminal means: a key, or a name that was claimed for good. */
export async function keyOf(copse: Copse, who: string): Promise<Key> {
  const bytes = who.length === 64 ? fromHex(who) : fromBase64url(who);
  if (bytes?.length === 32) return key(bytes);
  const holder = await (await copse.names()).holder('people', who);
  if (holder === null)
    throw new Fault(
      'unknown',
      `Nobody has claimed the name \`${who}\`: give a key, as \`copse profile\` shows it.`,
    );
  return key(holder.user.slice());
}

export function meOf(place: Neighbourhood): Key {
  if (place.me === null) throw new Fault('forbidden', 'Sign in first: `copse login`.');
  return place.me;
}

/** The id of a post as commands show it. */
function idOf(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new Fault('usage', 'The id of a post has 64 digits, as `copse feed` shows it.');
}

/** Words behind a `#`, as people write them. */
function tagsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\p{L}\p{N}])#([\p{L}\p{N}_]{1,32})/gu)].map(([, tag = '']) => tag);
}

function cursorOf(text: string | undefined): PostCursor | null {
  if (text === undefined) return null;
  const [, timeMs, seq] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (timeMs === undefined || seq === undefined)
    throw new Fault('usage', 'The rest of a list is asked for by what stands at its end.');
  return { timeMs: Number(timeMs), seq: Number(seq) };
}

const cursorText = ({ timeMs, seq }: PostCursor): string => `${timeMs}.${seq}`;

/** The oldest at the top, as a conversation is read. */
async function show(context: Context, place: Neighbourhood, page: Page, empty: string): Promise<void> {
  const { posts, next } = page;
  const names = await namesOf(
    place,
    posts.map(({ from }) => from),
  );
  const lines = posts.toReversed().map((each) => linesOf(each, names.get(hex(each.from)) ?? ''));
  const more = next === null ? [] : [`Older ones: --more ${cursorText(next)}`];
  const text = posts.length === 0 ? empty : [...lines, ...more].join('\n\n');
  context.output.result(text, {
    posts: posts.map(jsonOf),
    more: next === null ? null : cursorText(next),
  });
}

function linesOf(each: Post, name: string): string {
  const time = new Date(each.timeMs).toISOString().slice(0, 16).replace('T', ' ');
  const who = name === '' ? base64url(each.from).slice(0, 12) : name;
  const marks = [
    each.isEdited ? 'edited' : '',
    each.answers === null ? '' : `answers ${each.answers.slice(0, 8)}`,
  ];
  const head = [time, who, ...marks.filter((mark) => mark !== '')].join(' · ');
  return `${head}\n${each.text.replaceAll(/^/gm, '  ')}\n  ${each.id}`;
}

/** What people call themselves, of each once; nobody has to have said. */
async function namesOf(place: Neighbourhood, keys: readonly Key[]): Promise<ReadonlyMap<string, string>> {
  const once = new Map(keys.map((each) => [hex(each), each]));
  const found = await Promise.all(
    [...once].map(async ([id, each]) => [id, (await place.profile(each))?.name ?? ''] as const),
  );
  return new Map(found);
}

function jsonOf({
  id,
  from,
  timeMs,
  text,
  mentions,
  answers,
  thread: of,
  tags,
  isEdited,
  shares,
}: Post): object {
  const who = { from: base64url(from), mentions: mentions.map(base64url) };
  return { id, ...who, timeMs, text, answers, thread: of, tags, isEdited, shares };
}
