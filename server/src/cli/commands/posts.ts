/** The commands about posts: post, feed, inbox, thread, find, edit, take-back, react, pin (SPEC Z62). */

import { text as textOfStream } from 'node:stream/consumers';
import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { peerInterestsPerCallMax, peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import { concerning, lately } from 'copse/internal/client/neighbourhood/concerning.ts';
import { interest } from 'copse/internal/client/neighbourhood/interest.ts';
import { tagsAfter, tagsIn } from 'copse/internal/client/neighbourhood/tags.ts';
import type { MessageId, Post } from 'copse/internal/client/neighbourhood/types.ts';
import type { Context } from '../context.ts';
import { attached } from './attach.ts';
import { keyOf, meOf, street, type Street } from './peer.ts';
import { showLive, type LiveFlags } from './post-live.ts';
import { cursorOf, idOf, jsonOf, show } from './post-show.ts';
import { quietOf } from './quiet.ts';

export interface PostFlags {
  readonly to?: string;
  readonly share?: string;
  readonly mention?: readonly string[];
  readonly tag?: readonly string[];
  readonly attach?: readonly string[];
  readonly alt?: readonly string[];
}

export async function post(context: Context, words: readonly string[], flags: PostFlags): Promise<void> {
  const text = await wordsOf(words, flags);
  if (utf8(text).length > peerTextBytesMax)
    throw new Fault(
      'usage',
      `A post has at most ${peerTextBytesMax} bytes: put the rest into a file, and give it with --attach.`,
    );
  const about = flags.to ?? flags.share;
  const target = about === undefined ? null : idOf(about);
  await using at = await street(context);
  const posted = await (flags.share === undefined || target === null
    ? written(at, { text, flags, answers: target })
    : shared(at, target, text));
  context.output.result(`Posted as ${posted.id}.`, jsonOf(posted));
}

/** Standard input, unless there is something else to post. */
async function wordsOf(
  words: readonly string[],
  { share, attach = [], ...more }: PostFlags,
): Promise<string> {
  if (share !== undefined && (attach.length > 0 || Object.keys(more).length > 0))
    throw new Fault('usage', 'What is shared goes with words alone.');
  const hasMore = share !== undefined || attach.length > 0;
  if (hasMore) return words.join(' ');
  const text = words.length > 0 ? words.join(' ') : (await textOfStream(process.stdin)).trim();
  if (text === '') throw new Fault('usage', 'There are no words to post.');
  return text;
}

interface Writing {
  readonly text: string;
  readonly flags: PostFlags;
  readonly answers: MessageId | null;
}

async function written(at: Street, { text, flags, answers }: Writing): Promise<Post> {
  const mentions = await Promise.all((flags.mention ?? []).map((who) => keyOf(at.copse, who)));
  const given = (flags.tag ?? []).map((tag) => tag.replace(/^#/, ''));
  const attachments = await attached(at.copse, flags.attach ?? [], flags.alt ?? []);
  const draft = { text, mentions, tags: tagsIn(text, given), attachments };
  return answers === null ? at.place.post(draft) : at.place.reply(answers, draft);
}

async function shared(at: Street, id: MessageId, text: string): Promise<Post> {
  await there(at, id);
  return at.place.share(id, text);
}

async function there({ place }: Street, id: MessageId): Promise<Post> {
  const found = await place.get(idOf(id));
  if (found === null)
    throw new Fault('unknown', `There is no post ${id} here: it was taken back, or never came.`);
  return found;
}

export interface PageFlags {
  readonly more?: string;
  /** Also what those have posted whom one blocks. */
  readonly blocked?: boolean;
}

export async function feed(
  context: Context,
  flags: PageFlags & LiveFlags & { readonly of?: string },
): Promise<void> {
  await using at = await street(context);
  const { place } = at;
  const before = cursorOf(flags.more);
  const of = flags.of === undefined ? null : await keyOf(at.copse, flags.of);
  const whose = of === null ? [meOf(place), ...(await place.follows())] : [of];
  const live = {
    interests: whose.slice(0, peerInterestsPerCallMax).map((each) => interest('posts', each)),
    page: () => (of === null ? place.feed(before) : place.moving.postsOf(of, before)),
    empty: 'Nothing yet: `copse post hello`, or `copse follow` somebody.',
    hidden: of === null ? await quietOf(place, 'muted') : new Set<string>(),
  };
  await showLive(context, place, live, flags);
}

export async function inbox(context: Context, flags: PageFlags & LiveFlags): Promise<void> {
  await using at = await street(context);
  const { place } = at;
  const me = meOf(place);
  const interests = concerning(me, await lately(place, me));
  const live = {
    interests,
    page: () => place.page(interests, cursorOf(flags.more)),
    empty: 'Nobody has mentioned you, answered you or shared what you have posted.',
    hidden: new Set([...(await quietOf(place, 'muted')), hex(me)]),
  };
  await showLive(context, place, live, flags);
}

export async function thread(context: Context, id: string, flags: PageFlags): Promise<void> {
  await using at = await street(context);
  const named = await there(at, id);
  const [page, first] = await Promise.all([
    at.place.thread(named.thread, cursorOf(flags.more)),
    named.thread === named.id ? named : at.place.get(named.thread),
  ]);
  const isLast = flags.more === undefined && first !== null;
  const posts = isLast ? [...page.posts, first] : page.posts;
  const hidden = await blockedUnless(at, flags);
  hidden.delete(hex(named.from));
  await show(context, at.place, { page: { posts, next: page.next }, empty: '', hidden });
}

export async function find(context: Context, words: readonly string[], flags: PageFlags): Promise<void> {
  await using at = await street(context);
  const before = cursorOf(flags.more);
  const [only = ''] = words;
  const isTag = words.length === 1 && only.startsWith('#');
  const page = isTag ? at.place.tagged(only.slice(1), before) : at.place.search(words.join(' '), before);
  const hidden = await blockedUnless(at, flags);
  await show(context, at.place, { page: await page, empty: 'Nothing was found.', hidden });
}

async function blockedUnless({ place }: Street, { blocked = false }: PageFlags): Promise<Set<string>> {
  return blocked ? new Set() : quietOf(place, 'blocked');
}

export async function edit(context: Context, id: string, words: readonly string[]): Promise<void> {
  await using at = await street(context);
  const before = await there(at, id);
  if (hex(before.from) !== hex(meOf(at.place)))
    throw new Fault('forbidden', 'Only who has written a post edits it.');
  const text = words.join(' ');
  const { mentions, attachments } = before;
  await at.place.edit(id, { text, mentions, attachments, tags: tagsAfter(before, text) });
  context.output.result(`Edited ${id}.`, { id });
}

export async function takeBack(context: Context, ids: readonly string[]): Promise<void> {
  await using at = await street(context);
  await at.place.takeBack(...ids.map(idOf));
  context.output.result(`Taken back: ${ids.length}.`, { ids });
}

/** One answers with the same picture once; without one all of one's own are taken back. */
export async function react(context: Context, id: string, picture: string | undefined): Promise<void> {
  await using at = await street(context);
  await there(at, id);
  const reactions = (await at.place.marks([id])).get(id)?.reactions ?? [];
  const mine = reactions.flatMap((each) => (each.mine === null ? [] : [{ ...each, mine: each.mine }]));
  if (picture === undefined) {
    if (mine.length === 0) throw new Fault('unknown', 'You have answered it with no picture.');
    await at.place.takeBack(...mine.map((each) => each.mine));
  } else if (!mine.some((each) => each.picture === picture)) await at.place.react(id, picture);
  const said = picture === undefined ? 'Taken back.' : `Answered ${id} with ${picture}.`;
  context.output.result(said, { id, picture: picture ?? null });
}

export async function pin(context: Context, id: string, pinned: boolean): Promise<void> {
  await using at = await street(context);
  await at.place.pin(idOf(id), pinned);
  const words = pinned ? 'is kept, whatever else makes room' : 'makes room like others';
  context.output.result(`${id} ${words}.`, { id, pinned });
}
