/**
 * What concerns oneself: who mentions one, answers one, or shares what one has posted. How far it was read is the
 * same on all of one's devices, and sealed (SPEC U41).
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { postsSeenMax } from 'copse/internal/base/limits-notify.ts';
import { concerning, lately } from 'copse/internal/client/neighbourhood/concerning.ts';
import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import {
  allRead,
  decodeMarks,
  encodeMarks,
  isUnread,
  merged,
  noMarks,
  withRead,
  type ReadMarks,
} from '../../logic/neighbourhood/read-marks.ts';
import type { Row } from '../../logic/neighbourhood/stretch.ts';
import type { Neighbourhood, Post, PostCursor, PostPage } from '../sdk-street.ts';
import { keyOf, personOf, type PersonKey } from './keys.ts';
import type { PostBook } from './post-book.ts';
import { createReading, type Reading } from './reading.ts';
import type { ReadsTold } from './reads-told.ts';

export interface Inbox {
  readonly reading: Reading;
  readonly isUnread: (post: Placeable) => boolean;
  readonly unreadCount: Accessor<number>;
  /** Somebody has opened it. */
  readonly read: (id: string) => void;
  readonly readAll: () => Promise<void>;
  /** Another device has read. */
  readonly look: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** What one has posted oneself is answered, too. */
  readonly posted: (id: string) => void;
}

export const inboxName = 'inbox';

const SAVE_MS = 800;

export interface InboxOptions {
  readonly place: Neighbourhood;
  readonly book: PostBook;
  readonly me: PersonKey;
  readonly isQuiet: (person: PersonKey) => boolean;
  readonly told: ReadsTold;
}

export function createInbox({ place, book, me, isQuiet, told }: InboxOptions): Inbox {
  const own = new Set<string>();
  const marks = createReadMarks(place);
  const interests = () => concerning(keyOf(me), own);
  const reading = createReading({
    book,
    load: (before: PostCursor | null): Promise<PostPage> => place.page(interests(), before),
    isShown: (author) => author !== me && !isQuiet(author),
    isOwn: () => true,
  });
  const hear = createFollowing(place, (post) => {
    if (personOf(post.from) !== me) reading.arrive(post);
    // It does not come up here, and so it waits nowhere else.
    if (isQuiet(personOf(post.from))) told.read(post);
  });
  const { unread, unreadCount } = createUnread({ place, reading, marks, told });
  return {
    reading,
    isUnread: unread,
    unreadCount,
    read(id) {
      const post = book.of(id)();
      if (post !== null && post !== undefined && reading.ids().includes(id) && unread(post)) {
        marks.add(id);
        told.read(post);
      }
    },
    async readAll() {
      await marks.all();
      told.all([]);
    },
    look: marks.look,
    async start() {
      await marks.look();
      for (const id of await lately(place, keyOf(me))) own.add(id);
      hear(interests());
      await reading.refresh();
    },
    posted(id) {
      own.add(id);
      hear(interests());
    },
  };
}

/** What says whether a post was read: it need not be held. */
type Placeable = Pick<Post, 'id' | 'timeMs'>;

interface UnreadParts extends Pick<InboxOptions, 'place' | 'told'> {
  readonly reading: Reading;
  readonly marks: Marking;
}

/** What is unread; when nothing is, none of it waits on any device, also what nobody can read any more. */
function createUnread({ place, reading, marks, told }: UnreadParts): {
  readonly unread: (post: Placeable) => boolean;
  readonly unreadCount: Accessor<number>;
} {
  const placeOf = createPlaces(place, reading.rows);
  const unread = (post: Placeable): boolean => {
    const seq = placeOf(post.id);
    return seq !== undefined && isUnread(post, marks.now(), { epoch: marks.epoch(), seq });
  };
  const unreadCount = createMemo(() => reading.rows().filter(unread).length);
  // A post whose place is not known yet is not known to be read.
  const isKnown = (): boolean =>
    marks.epoch() !== '' && reading.ids().every((id) => placeOf(id) !== undefined);
  createEffect(() => {
    const ids = reading.state().kind === 'ready' ? reading.ids() : [];
    if (ids.length > 0 && unreadCount() === 0 && isKnown()) told.all(ids.slice(0, postsSeenMax));
  });
  return { unread, unreadCount };
}

/** One watch at a time, of what is asked for last. */
function createFollowing(
  place: Neighbourhood,
  listener: (post: Post) => void,
): (interests: Parameters<Neighbourhood['watch']>[0]) => void {
  let watch: Disposable | null = null;
  onCleanup(() => watch?.[Symbol.dispose]());
  return (interests) => {
    const next = place.watch(interests, (heard) => {
      if (heard.kind === 'post') listener(heard.post);
    });
    // The former one ends behind the new one, so that what both follow goes on.
    watch?.[Symbol.dispose]();
    watch = next;
  };
}

/** Where posts stand in what has arrived at the node; undefined while that is being asked. */
function createPlaces(
  place: Neighbourhood,
  rows: Accessor<readonly Row[]>,
): (id: string) => number | null | undefined {
  const [places, setPlaces] = createSignal<ReadonlyMap<string, number | null>>(new Map());
  const ask = async (posts: readonly Row[]): Promise<void> => {
    const found = await place.arrived(posts);
    const fresh = posts.map(({ id }, at): [string, number | null] => [id, found[at] ?? null]);
    setPlaces((before) => new Map([...before, ...fresh]));
  };
  createEffect(
    on(rows, (now) => {
      const posts = now.filter(({ id }) => !places().has(id));
      if (posts.length === 0) return;
      // Without an answer it is asked again with the next that comes.
      ask(posts).catch(() => {});
    }),
  );
  return (id) => places().get(id);
}

interface Marking {
  readonly now: Accessor<ReadMarks>;
  readonly epoch: Accessor<string>;
  readonly add: (id: string) => void;
  readonly all: () => Promise<void>;
  readonly look: () => Promise<void>;
}

function createReadMarks(place: Neighbourhood): Marking {
  const [now, setNow] = createSignal<ReadMarks>(noMarks);
  const [epoch, setEpoch] = createSignal('');
  let saving: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    const hello = await place.hello();
    const found = decodeMarks(await place.shared(inboxName));
    setEpoch(hex(hello.epoch));
    setNow((before) => merged(before, found));
  };
  const save = async (): Promise<void> => {
    clearTimeout(saving);
    await look();
    await place.setShared(inboxName, encodeMarks(now()));
  };
  onCleanup(() => clearTimeout(saving));
  return {
    now,
    epoch,
    look,
    add(id) {
      setNow(withRead(now(), [id]));
      clearTimeout(saving);
      saving = setTimeout(() => void save().catch(() => {}), SAVE_MS);
    },
    async all() {
      const hello = await place.hello();
      setEpoch(hex(hello.epoch));
      setNow(allRead(hex(hello.epoch), hello.head, hello.nowMs));
      await save();
    },
  };
}
