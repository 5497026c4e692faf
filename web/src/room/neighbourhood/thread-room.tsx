/** One post with what it answers and what answers it (SPEC U40). */

import {
  createEffect,
  createMemo,
  createResource,
  createSignal,
  For,
  onCleanup,
  onMount,
  Show,
  type Accessor,
  type JSX,
} from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { isSame } from '../../logic/neighbourhood/post-rows.ts';
import { answersOf, descendantsOf } from '../../logic/neighbourhood/thread.ts';
import { plural } from '../../logic/numbers.ts';
import { leads, personOf } from '../../model/neighbourhood/keys.ts';
import type { Post, PostCursor } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { Loading } from '../../shell/loading.tsx';
import { PostCard } from './post-card.tsx';
import { PostComposer } from './post-composer.tsx';
import { StreetPage } from './street-page.tsx';

export function ThreadRoom(props: { readonly id: string }): JSX.Element {
  const street = useStreet();
  const { posts, inbox } = street;
  const post = posts.of(props.id);
  const [asked, { refetch }] = createResource(async () => {
    posts.look([props.id]);
    return (await street.place.get(props.id)) !== null;
  });
  const isFocused = street.answering.get() === props.id;
  onMount(() => street.answering.set(null));
  createEffect(() => inbox.read(props.id));
  const title = () => {
    const found = post();
    if (found === null || found === undefined) return 'A post';
    const { called, isMe } = street.people.of(personOf(found.from));
    return isMe ? 'Your post' : `${called}’s post`;
  };
  return (
    <StreetPage title={title()}>
      <Show
        when={asked.error === undefined}
        fallback={<FaultNotice thrown={asked.error} retry={() => void refetch()} />}
      >
        <Show when={post()} fallback={<Missing isAsked={!asked.loading} />}>
          {(found) => <Thread post={found} isFocused={isFocused} />}
        </Show>
      </Show>
    </StreetPage>
  );
}

function Missing(props: { readonly isAsked: boolean }): JSX.Element {
  return (
    <Show when={props.isAsked} fallback={<Loading />}>
      <div class="empty">
        <h2>This post is not here</h2>
        <p>
          Somebody took it back, it has fallen out because its account was full, or it was never on this node.
        </p>
        <a class="button primary" href="#/feed">
          To the feed
        </a>
      </div>
    </Show>
  );
}

function Thread(props: { readonly post: Accessor<Post>; readonly isFocused: boolean }): JSX.Element {
  const street = useStreet();
  const { id } = props.post();
  const thread = createThread(props.post());
  return (
    <>
      <Above to={props.post().answers} />
      <PostCard id={id} isFocus isPlaced />
      <Show when={!street.isStranger()}>
        <PostComposer
          draft={`answer ${id}`}
          label="Your answer"
          action="Answer"
          hasFiles
          isFocused={props.isFocused}
          send={async (draft) => thread.arrive(await street.say(draft, id))}
        />
      </Show>
      <section class="answers" aria-label="Answers">
        <h2>
          {thread.answers().length === 0 ? 'No answers yet' : plural(thread.answers().length, 'answer')}
        </h2>
        <Show when={thread.thrown()}>
          <FaultNotice thrown={thread.thrown()} retry={() => void thread.more()} />
        </Show>
        <ol class="posts">
          <For each={thread.shownIds()}>
            {(each) => (
              <li class={`depth-${thread.rowOf(each)?.depth ?? 0}`} data-key={each}>
                <Show when={thread.rowOf(each)?.to}>
                  {(to) => <p class="post-answering">to {calledOf(street, to())}</p>}
                </Show>
                <PostCard id={each} isPlaced />
              </li>
            )}
          </For>
        </ol>
        <Show when={thread.hasMore()}>
          <Act run={thread.more}>Earlier answers</Act>
        </Show>
      </section>
    </>
  );
}

function calledOf({ people }: ReturnType<typeof useStreet>, post: Post): string {
  const { called, isMe } = people.of(personOf(post.from));
  return isMe ? 'you' : called;
}

/** What the post answers, up to the beginning of its thread; a longer way is cut with a link. */
const ABOVE_MAX = 12;

function Above(props: { readonly to: string | null }): JSX.Element {
  const { posts } = useStreet();
  const way = createMemo(() => {
    const ids: string[] = [];
    for (let id = props.to; id !== null && ids.length < ABOVE_MAX && !ids.includes(id);) {
      ids.unshift(id);
      id = posts.of(id)()?.answers ?? null;
    }
    return ids;
  });
  const rest = () => posts.of(way()[0] ?? '')()?.answers ?? null;
  return (
    <Show when={way().length > 0}>
      <Show when={rest()}>
        {(id) => (
          <a class="back" href={`#/post/${id()}`}>
            Further up in the thread
          </a>
        )}
      </Show>
      <ol class="posts above" aria-label="What it answers">
        <For each={way()}>
          {(id) => (
            <li data-key={id}>
              <PostCard id={id} isPlaced />
            </li>
          )}
        </For>
      </ol>
    </Show>
  );
}

/** So many answers are on the page at once. */
const SHOWN = 60;
const PAGES_MAX = 10;

interface ThreadModel {
  readonly answers: Accessor<readonly string[]>;
  readonly shownIds: Accessor<readonly string[]>;
  readonly rowOf: (id: string) => ReturnType<typeof answersOf>[number] | undefined;
  readonly hasMore: Accessor<boolean>;
  readonly more: () => Promise<void>;
  readonly arrive: (post: Post) => void;
  readonly thrown: Accessor<unknown>;
}

function createThread(post: Post): ThreadModel {
  const { place, posts } = useStreet();
  const [all, setAll] = createSignal<ReadonlyMap<string, Post>>(new Map());
  const [next, setNext] = createSignal<PostCursor | null>(null);
  const [shown, setShown] = createSignal(SHOWN);
  const [thrown, setThrown] = createSignal<unknown>(null);
  let pages = 0;
  const add = (found: readonly Post[]): void => {
    posts.take(found);
    const answers = found.filter(({ shares }) => shares === null);
    setAll((before) => new Map([...before, ...answers.map((each): [string, Post] => [each.id, each])]));
  };
  const load = async (): Promise<void> => {
    try {
      const page = await place.thread(post.thread, next());
      setThrown(null);
      pages += 1;
      setNext(page.posts.length === 0 || pages >= PAGES_MAX ? null : page.next);
      add(page.posts);
    } catch (reason) {
      setThrown(reason);
    }
  };
  const rows = createMemo(() => {
    const here = [...all().values()].filter(({ id }) => !posts.isGone(id));
    return answersOf(post.id, descendantsOf(post.id, here));
  });
  const byId = createMemo(() => new Map(rows().map((row) => [row.post.id, row])));
  const ids = createMemo(() => rows().map((row) => row.post.id));
  // The same ones are no change: what they lead to is followed already.
  const shownIds = createMemo(() => ids().slice(0, shown()), [], { equals: isSame });
  const watch = place.watch([leads('thread', post.thread)], (heard) => {
    posts.hear(heard);
    if (heard.kind === 'post') add([heard.post]);
  });
  onCleanup(() => watch[Symbol.dispose]());
  onMount(() => void load());
  createEffect(() => posts.follow([post.id, ...shownIds()]));
  return {
    thrown,
    answers: ids,
    shownIds,
    rowOf: (id) => byId().get(id),
    hasMore: () => next() !== null || ids().length > shown(),
    async more() {
      if (ids().length > shown()) setShown(shown() + SHOWN);
      else await load();
    },
    arrive: (answer) => add([answer]),
  };
}
