/** The neighbourhood of the fake node: in memory, with people who post by themselves. */

import { fromHex, fromUtf8, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { userId, type Key } from 'copse/internal/base/ids.ts';
import { KIND, noMarks } from 'copse/neighbourhood';
import type { Status, UserId } from '../model/sdk.ts';
import type {
  Heard,
  Marks,
  Neighbourhood,
  PersonProfile,
  Post,
  PostCursor,
  PostDraft,
  PostPage,
  Watch,
} from '../model/sdk-street.ts';
import { FakeDevice } from './fake-device.ts';
import { isLed, isOlder } from './fake-leads.ts';
import { pause } from './fake-log.ts';
import { keyOf } from './fake-rights.ts';
import { ada, type Person } from './people.ts';
import { profiles, said, type Said } from './street-script.ts';

export interface FakeStreetOptions {
  readonly delayMs: number;
  /** `empty`: nobody has posted; `stranger`: Ada has no account; `full`: her account is; `long`: many posts. */
  readonly as: string | null;
  readonly status: () => Status;
  readonly takeFault: () => Fault | null;
}

interface Row {
  post: Post;
  readonly reactions: { readonly id: string; readonly from: string; readonly picture: string }[];
}

type Interests = Parameters<Neighbourhood['watch']>[0];
type Page = Parameters<Neighbourhood['page']>[0];

interface Watcher {
  readonly interests: Interests;
  readonly listener: (heard: Heard) => void;
}

const PAGE_ROWS = 20;
const MINUTE_MS = 60_000;
const FULL_BYTES = 64 * 1024 * 1024;

/** The first half tells posts apart, as it does on a node. */
export function fakePostId(number: number): string {
  return number.toString(16).padStart(16, '0').padEnd(64, '0');
}

export class FakeNeighbourhood extends FakeDevice {
  readonly me = keyOf(ada.user);
  readonly #options: FakeStreetOptions;
  readonly #rows = new Map<string, Row>();
  readonly #watchers = new Set<Watcher>();
  readonly #profiles = new Map<string, PersonProfile>();
  readonly #shared = new Map<string, Uint8Array>();
  readonly #reactions = new Map<string, string>();
  #follows: readonly Key[] = [];
  #count = 0;
  #reactionCount = 0;
  #isHeld = false;

  constructor(options: FakeStreetOptions) {
    super();
    this.#options = options;
    if (options.as === 'empty') return;
    for (const [person, profile] of profiles) this.#profiles.set(hex(keyOf(person.user)), profile);
    this.#follows = profiles.slice(1, 4).map(([person]) => keyOf(person.user));
    const ids: string[] = [];
    for (const line of said(options.as === 'long')) ids.push(this.#begin(line, ids));
  }

  async drop(id: string): Promise<void> {
    this.leave(id);
    this.#rows.delete(id);
  }

  /** The newest post of this user waits to go out, or was refused. */
  holdBack(code: string): void {
    const mine = [...this.#rows.values()].filter(({ post }) => hex(post.from) === hex(this.me));
    const newest = mine.toSorted((a, b) => b.post.timeMs - a.post.timeMs)[0];
    if (newest !== undefined) this.hold(newest.post, code);
  }

  async hello(): ReturnType<Neighbourhood['hello']> {
    await this.#answer();
    const isFull = this.#options.as === 'full';
    return {
      epoch: new Uint8Array(16).fill(1),
      head: this.#count,
      standing: this.#isStranger ? 'stranger' : 'friend',
      nowMs: Date.now(),
      compares: !this.#isStranger,
      usage: {
        bytes: isFull ? FULL_BYTES - 40_000 : 6_291_456,
        bytesMax: FULL_BYTES,
        messages: this.#rows.size,
        markMs: isFull ? Date.now() - 90 * 86_400_000 : 0,
      },
    };
  }

  post(draft: PostDraft): Promise<Post> {
    return this.#write(this.me, draft, {});
  }

  async reply(to: string, draft: PostDraft): Promise<Post> {
    const answered = this.#rows.get(to)?.post;
    if (answered === undefined) throw new Fault('unknown');
    return this.#write(this.me, draft, { answers: to, thread: answered.thread });
  }

  async edit(id: string, draft: PostDraft): Promise<void> {
    await this.#mayWrite();
    const row = this.#rows.get(id);
    if (row === undefined) throw new Fault('unknown');
    row.post = { ...row.post, mentions: [], tags: [], attachments: [], ...draft, isEdited: true };
    this.#tellOther(KIND.edit, [id]);
  }

  async takeBack(...ids: readonly string[]): Promise<void> {
    await this.#mayWrite();
    for (const id of ids) {
      this.#rows.delete(id);
      const row = this.#rows.get(this.#reactions.get(id) ?? '');
      const at = row?.reactions.findIndex((reaction) => reaction.id === id) ?? -1;
      if (at >= 0) row?.reactions.splice(at, 1);
    }
    this.#tellOther(KIND.delete, ids);
  }

  share(id: string, text = ''): Promise<Post> {
    return this.#write(this.me, { text }, { shares: id });
  }

  async react(id: string, picture: string): Promise<void> {
    await this.#mayWrite();
    this.#reactTo(id, this.me, picture);
    this.#tellOther(KIND.reaction, [id]);
  }

  async get(id: string): Promise<Post | null> {
    return (await this.getAll([id])).get(id) ?? null;
  }

  async getAll(ids: readonly string[]): Promise<ReadonlyMap<string, Post>> {
    await this.#answer();
    return new Map(
      ids.flatMap((id): readonly (readonly [string, Post])[] => {
        const row = this.#rows.get(id);
        // As a node answers: read anew each time.
        return row === undefined ? [] : [[id, structuredClone(row.post)]];
      }),
    );
  }

  async marks(ids: readonly string[]): Promise<ReadonlyMap<string, Marks>> {
    await this.#answer();
    return new Map(ids.map((id) => [id, this.#marksOf(id)]));
  }

  posts(of: Key, before: PostCursor | null = null): Promise<PostPage> {
    return this.#page((post) => hex(post.from) === hex(of), before);
  }

  thread(of: string, before: PostCursor | null = null): Promise<PostPage> {
    return this.#page((post) => post.id !== of && post.thread === of, before);
  }

  tagged(tag: string, before: PostCursor | null = null): Promise<PostPage> {
    const wanted = tag.toLowerCase();
    return this.#page(({ tags }) => tags.some((each) => each.toLowerCase() === wanted), before);
  }

  page(of: Page, before: PostCursor | null = null): Promise<PostPage> {
    return this.#page((post) => of.some((each) => isLed(each, post)), before);
  }

  search(words: string, before: PostCursor | null = null): Promise<PostPage> {
    const wanted = words.toLowerCase().split(/\s+/u);
    return this.#page(({ text }) => wanted.every((word) => text.toLowerCase().includes(word)), before);
  }

  async follows(): Promise<readonly Key[]> {
    await this.#answer();
    return this.#follows;
  }

  async follow(whom: Key): Promise<void> {
    await this.#mayWrite();
    this.#follows = [...this.#follows, whom];
  }

  async unfollow(whom: Key): Promise<void> {
    await this.#mayWrite();
    this.#follows = this.#follows.filter((each) => hex(each) !== hex(whom));
  }

  async profile(of: Key): Promise<PersonProfile | null> {
    await this.#answer();
    return this.#profiles.get(hex(of)) ?? null;
  }

  async setProfile(profile: PersonProfile): Promise<void> {
    await this.#mayWrite();
    this.#profiles.set(hex(this.me), profile);
  }

  async shared(name: string): Promise<Uint8Array | null> {
    await this.#answer();
    return this.#shared.get(name) ?? null;
  }

  async setShared(name: string, bytes: Uint8Array): Promise<void> {
    // Drafts go by themselves: they take no fault that waits for what somebody does.
    await (name === 'drafts' ? this.#answer() : this.#mayWrite());
    this.#shared.set(name, bytes);
    this.#tellOther(KIND.state, [], name);
  }

  userOf(of: Key): UserId {
    return userId((fromUtf8(of) ?? '').slice(0, 16));
  }

  async pin(): Promise<void> {
    await this.#mayWrite();
  }

  watch(interests: Interests, listener: (heard: Heard) => void): Watch {
    const watcher = { interests, listener };
    this.#watchers.add(watcher);
    return {
      interests,
      ready: Promise.resolve(),
      [Symbol.dispose]: () => void this.#watchers.delete(watcher),
    };
  }

  [Symbol.dispose](): void {
    this.#watchers.clear();
  }

  /** Somebody else posts, or answers the last post of Ada's. */
  async arrive(who: Person, text: string, isAnswer: boolean): Promise<void> {
    const own = [...this.#rows.values()].findLast(({ post }) => hex(post.from) === hex(this.me))?.post;
    const place = isAnswer && own !== undefined ? { answers: own.id, thread: own.thread } : {};
    const mentions = text.includes(`@${ada.name}`) ? [this.me] : [];
    this.#add(keyOf(who.user), { text, mentions }, { ...place, timeMs: Date.now() });
  }

  /** Somebody posts much; `missed`: while the page was away. */
  crowd(who: Person, count: number, how: 'told' | 'missed'): void {
    const watchers = how === 'told' ? [] : [...this.#watchers];
    for (const each of watchers) this.#watchers.delete(each);
    for (let at = 1; at <= count; at++)
      this.#add(keyOf(who.user), { text: `Number ${at} of ${count}` }, { timeMs: Date.now() });
    for (const each of watchers) {
      this.#watchers.add(each);
      each.listener({ kind: 'gap' });
    }
  }

  /** Posts wait on the way until they are told to go on. */
  holdPosts(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  get #isStranger(): boolean {
    return this.#options.as === 'stranger';
  }

  async #answer(): Promise<void> {
    await pause(this.#options.delayMs);
    if (this.#options.status() === 'offline') throw new Fault('closed');
  }

  async #mayWrite(): Promise<void> {
    await this.#answer();
    const fault = this.#options.takeFault();
    if (fault !== null) throw fault;
    if (this.#isStranger) throw new Fault('forbidden');
  }

  async #write(from: Key, draft: PostDraft, place: Partial<Post>): Promise<Post> {
    await this.#mayWrite();
    while (this.#isHeld) await pause(20);
    return this.#add(from, draft, { ...place, timeMs: Date.now() });
  }

  #begin(line: Said, ids: readonly string[]): string {
    const answered = line.to === undefined ? undefined : this.#rows.get(ids[line.to] ?? '')?.post;
    const { id } = this.#add(
      keyOf(line.who.user),
      {
        text: line.text,
        tags: line.tags ?? [],
        mentions: (line.mentions ?? []).map(({ user }) => keyOf(user)),
        attachments: line.attachments ?? [],
      },
      {
        timeMs: Date.now() - line.agoMinutes * MINUTE_MS,
        isEdited: line.isEdited === true,
        ...(line.shares === undefined ? {} : { shares: ids[line.shares] ?? null }),
        ...(answered === undefined ? {} : { answers: answered.id, thread: answered.thread }),
      },
    );
    for (const [person, picture] of line.reactions ?? []) this.#reactTo(id, keyOf(person.user), picture);
    return id;
  }

  #add(from: Key, draft: PostDraft, place: Partial<Post>): Post {
    const seq = ++this.#count;
    const id = fakePostId(seq);
    const timeMs = place.timeMs ?? Date.now();
    const post: Post = {
      id,
      from,
      timeMs,
      tags: [],
      mentions: [],
      attachments: [],
      ...draft,
      answers: null,
      thread: id,
      isEdited: false,
      shares: null,
      ...place,
      cursor: { timeMs, seq },
    };
    this.#rows.set(id, { post, reactions: [] });
    const now = [...this.#watchers];
    for (const { interests, listener } of now)
      if (interests.some((each) => isLed(each, post))) listener({ kind: 'post', post });
    return post;
  }

  #reactTo(id: string, from: Key, picture: string): void {
    const reaction = { id: `f${fakePostId(++this.#reactionCount).slice(1)}`, from: hex(from), picture };
    this.#reactions.set(reaction.id, id);
    this.#rows.get(id)?.reactions.push(reaction);
  }

  #marksOf(id: string): Marks {
    const all = [...this.#rows.values()].map(({ post }) => post);
    const row = this.#rows.get(id);
    if (row === undefined) return noMarks;
    const pictures = [...new Set(row.reactions.map(({ picture }) => picture))];
    return {
      answers: all.filter((post) => post.id !== id && (post.answers === id || post.thread === id)).length,
      shares: all.filter(({ shares }) => shares === id).length,
      shared: all.find((post) => post.shares === id && hex(post.from) === hex(this.me))?.id ?? null,
      reactions: pictures.map((picture) => ({
        picture,
        count: row.reactions.filter((each) => each.picture === picture).length,
        mine:
          row.reactions.find((each) => each.picture === picture && each.from === hex(this.me))?.id ?? null,
      })),
    };
  }

  #tellOther(kind: number, replies: readonly string[], name = ''): void {
    const message: Extract<Heard, { kind: 'other' }>['message'] = {
      kind,
      timeMs: Date.now(),
      text: '',
      type: '',
      mentions: [],
      replies: replies.map((id) => fromHex(id) ?? new Uint8Array(32)),
      attachments: [],
      tags: [],
      name,
      content: new Uint8Array(),
      thread: new Uint8Array(),
      id: new Uint8Array(32),
      from: this.me,
      bytes: new Uint8Array(),
    };
    const now = [...this.#watchers];
    for (const { listener } of now) listener({ kind: 'other', message });
  }

  async #page(isWanted: (post: Post) => boolean, before: PostCursor | null): Promise<PostPage> {
    await this.#answer();
    const found = [...this.#rows.values()]
      .map(({ post }) => post)
      .filter(isWanted)
      .toSorted((a, b) => b.timeMs - a.timeMs || b.cursor.seq - a.cursor.seq)
      .filter(({ cursor }) => before === null || isOlder(cursor, before));
    const posts = found.slice(0, PAGE_ROWS);
    return { posts, next: posts.at(-1)?.cursor ?? null };
  }
}
