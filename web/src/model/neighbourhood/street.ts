/**
 * The neighbourhood as the rooms share it: the connection, posts and people that came up, whom one follows, whom one
 * does not want to hear, and what concerns oneself. Made once, after the first room is there; it goes with the house.
 */

import { quietName } from 'copse/internal/client/neighbourhood/quiet-list.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { KIND } from 'copse/neighbourhood';
import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import { keepQuiet } from '../../worker/quiet.ts';
import { deviceCaches } from '../../worker/showing.ts';
import type { Bell } from '../bell.ts';
import { draftFiles, type Local } from '../local.ts';
import { onHide } from '../page-hide.ts';
import type { Copse, Status, UserId } from '../sdk.ts';
import { fromStore } from 'copse/solid';
import type { Heard, Neighbourhood, Outgoing, PlaceStorage, Post, PostDraft } from '../sdk-street.ts';
import { draftShelf } from './draft-shelf.ts';
import { createDraftBook, draftsName, type DraftBook } from './drafts.ts';
import { createInbox, inboxName, type Inbox } from './inbox.ts';
import { keyOf, leads, personOf, type PersonKey } from './keys.ts';
import { createFilesDoor, type FilesDoor } from './files-door.ts';
import { createKnocks, type Knocks } from './knocks.ts';
import { createPeopleBook, type PeopleBook } from './people-book.ts';
import { createPostBook, type PostBook } from './post-book.ts';
import { createQuiet, type QuietPeople } from './quiet.ts';
import { createReading, type Reading } from './reading.ts';
import { createReadsTold } from './reads-told.ts';
import type { Shelf } from './uploads.ts';

type Hello = Awaited<ReturnType<Neighbourhood['hello']>>;

export interface Street {
  readonly place: Neighbourhood;
  readonly me: PersonKey;
  readonly people: PeopleBook;
  readonly posts: PostBook;
  readonly quiet: QuietPeople;
  readonly inbox: Inbox;
  readonly feed: Reading;
  readonly drafts: DraftBook;
  readonly files: FilesDoor;
  /** Files of drafts, until they are posted. */
  readonly shelf: Shelf;
  /** Who without an account has left something. */
  readonly knocks: Knocks;
  /** Whom one follows; null until it is known. */
  readonly follows: Accessor<readonly PersonKey[] | null>;
  readonly setFollow: (person: PersonKey, isFollowed: boolean) => Promise<void>;
  /** What one is to this node, and how much of it one uses; null until it has said. */
  readonly hello: Accessor<Hello | null>;
  readonly refreshHello: () => Promise<void>;
  /** By how much the clock of this device is ahead of the node's. */
  readonly clockAheadMs: Accessor<number>;
  /** The post that somebody wants to answer: its room begins in the field. */
  readonly answering: { get(): string | null; set(id: string | null): void };
  /** Nobody to whom this node grants an account: one reads. */
  readonly isStranger: Accessor<boolean>;
  /** Posts, or answers; what comes of it is in the feed at once. */
  readonly say: (draft: PostDraft, answers: string | null) => Promise<Post>;
  readonly isHidden: (post: Post) => boolean;
  /** Where the messages are that these pages show: on this device, too, or at the node alone. */
  readonly storage: Accessor<PlaceStorage>;
  /** What one has written and the node has not taken, by id. */
  readonly outgoing: Accessor<ReadonlyMap<string, Outgoing>>;
  /** Brings to the node once more what it has refused. */
  readonly again: (id: string) => Promise<void>;
  /** Takes out what it has not taken. */
  readonly drop: (id: string) => Promise<void>;
  /** Posts of oneself that were pinned on these pages. */
  readonly pinned: Accessor<ReadonlySet<string>>;
  readonly pin: (id: string, isPinned: boolean) => Promise<void>;
}

export interface StreetOptions {
  readonly place: Neighbourhood;
  readonly copse: Pick<Copse, 'names' | 'files' | 'user'>;
  readonly bell: Pick<Bell, 'notifications' | 'isOn'>;
  readonly local: Local;
  readonly status: Accessor<Status>;
  readonly memberName: (user: UserId) => string | null;
}

// long: the parts are made in the order in which they need one another
export function createStreet({ place, copse, bell, local, status, memberName }: StreetOptions): Street {
  const me = personOf(place.me ?? new Uint8Array(32));
  const posts = createPostBook(place);
  const people = createPeopleBook({ place, copse, local, memberName, me });
  const quiet = createQuiet(place);
  const [follows, setFollows] = createSignal<readonly PersonKey[] | null>(null);
  const [hello, setHello] = createSignal<Hello | null>(null);
  const isQuiet = (person: PersonKey): boolean => quiet.of(person) !== null;
  // The worker shows nothing of theirs, and may have no key for the list.
  createEffect(on(quiet.list, (list) => void keepQuiet(deviceCaches, [...list.keys()]), { defer: true }));
  const told = createReadsTold(bell, copse.user);
  const inbox = createInbox({ place, book: posts, me, isQuiet, told });
  const knocks = createKnocks(place, told);
  const inFeed = createMemo(() => new Set([me, ...(follows() ?? [])]));
  const feed = createReading({
    book: posts,
    load: (before, rows) => place.page(authors(me, follows() ?? []), before, rows),
    isShown: (author) => inFeed().has(author) && !isQuiet(author),
    isOwn: (author) => author === me,
  });
  const readFollows = async (): Promise<void> => {
    const found = (await place.follows()).map(personOf);
    // The same list is no change: the feed is not asked for again.
    if (found.join() !== follows()?.join()) setFollows(found);
  };
  const [clockAheadMs, setClockAheadMs] = createSignal(0);
  const refreshHello = async (): Promise<void> => {
    const now = await place.hello();
    setClockAheadMs(Date.now() - now.nowMs);
    setHello(now);
  };
  const own = (heard: Heard): void => {
    posts.hear(heard);
    if (heard.kind !== 'other' || hex(heard.message.from) !== me) return;
    const { kind, name } = heard.message;
    if (kind === KIND.follows) attempt(readFollows());
    if (kind === KIND.profile) people.look(me);
    if (kind === KIND.state && name === inboxName) attempt(inbox.look());
    if (kind === KIND.state && name === quietName) attempt(quiet.look());
    if (kind === KIND.state && name === draftsName) attempt(drafts.look());
  };
  const storage = fromStore(place.storage);
  const mayShare = (): boolean => {
    const kept = storage();
    // What waits for the node stands on this device anyway, once.
    if (status() !== 'live' || (kept.kind === 'kept' && !kept.isUp)) return false;
    return hello() !== null && hello()?.standing !== 'stranger';
  };
  const drafts = createDraftBook({ place, local, mayShare, onHide });
  const watch = place.watch([leads('other', me)], own);
  onCleanup(() => {
    watch[Symbol.dispose]();
    place[Symbol.dispose]();
  });
  createFeedWatch(follows, { place, me, posts, people, feed });
  const start = async (): Promise<void> => {
    attempt(drafts.look());
    await Promise.all([refreshHello(), readFollows(), quiet.look()]);
    await Promise.all([inbox.start(), feed.catchUp()]);
    if (hello()?.standing !== 'stranger') await knocks.look();
  };
  const outgoing = fromStore(place.outgoing);
  // What is on this device is there at once; what could not be asked for is, when the connection is back.
  createEffect(
    on([status, storage], ([now, { kind }]) => {
      if (now === 'live' || kind === 'kept') attempt(start());
    }),
  );
  const [pinned, setPinned] = createSignal<ReadonlySet<string>>(new Set());
  let answering: string | null = null;
  return {
    place,
    me,
    clockAheadMs,
    answering: { get: () => answering, set: (id) => void (answering = id) },
    people,
    posts,
    quiet,
    inbox,
    feed,
    drafts,
    files: createFilesDoor(copse, status),
    shelf: draftShelf({ name: draftFiles, local }),
    knocks,
    follows,
    hello,
    refreshHello,
    isStranger: createMemo(() => hello()?.standing === 'stranger'),
    storage,
    outgoing: createMemo(() => new Map(outgoing().map((each): [string, Outgoing] => [each.id, each]))),
    again: (id) => place.again(id),
    async drop(id) {
      await place.drop(id);
      posts.look([id]);
    },
    isHidden: (post) => quiet.of(personOf(post.from)) === 'blocked',
    pinned,
    async pin(id, isPinned) {
      await place.pin(id, isPinned);
      const others = [...pinned()].filter((each) => each !== id);
      setPinned(new Set(isPinned ? [...others, id] : others));
    },
    async setFollow(person, isFollowed) {
      await (isFollowed ? place.follow(keyOf(person)) : place.unfollow(keyOf(person)));
      await readFollows();
    },
    async say(draft, answers) {
      const post = answers === null ? await place.post(draft) : await place.reply(answers, draft);
      posts.hear({ kind: 'post', post });
      feed.arrive(post);
      inbox.posted(post.id);
      attempt(refreshHello());
      return post;
    },
  };
}

interface FeedParts extends Pick<Street, 'place' | 'me' | 'posts' | 'people' | 'feed'> {}

/** Follows whom one follows: their posts, and what they say of themselves. */
function createFeedWatch(
  follows: Accessor<readonly PersonKey[] | null>,
  { place, me, posts, people, feed }: FeedParts,
): void {
  createEffect(
    on(follows, (now) => {
      if (now === null) return;
      const interests = [...authors(me, now), ...now.map((person) => leads('other', person))];
      const watch = place.watch(interests, (heard) => {
        posts.hear(heard);
        if (heard.kind === 'post') feed.arrive(heard.post);
        else if (heard.kind === 'gap') attempt(feed.refresh());
        else if (heard.message.kind === KIND.profile) people.look(hex(heard.message.from));
      });
      onCleanup(() => watch[Symbol.dispose]());
      attempt(feed.refresh());
      // What came between the page and the watch.
      attempt(watch.ready.then(() => feed.refresh()));
    }),
  );
}

function authors(me: PersonKey, follows: readonly PersonKey[]) {
  return [me, ...follows].map((person) => leads('posts', person));
}

/** Without it the pages show what they have, and the line of the connection says why. */
function attempt(task: Promise<unknown>): void {
  task.catch(() => {});
}
