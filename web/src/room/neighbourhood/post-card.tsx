/** A post among others: who, when, what, what others made of it, and what one may do (SPEC U39). */

import { createSignal, createUniqueId, For, Match, Show, Switch, type Accessor, type JSX } from 'solid-js';
import type { Fault } from 'copse/internal/base/fault.ts';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { TrustSign } from '../../kit/trust.tsx';
import { isLong, postParts, type PostPart } from '../../logic/neighbourhood/post-text.ts';
import { refusalWords } from '../../logic/neighbourhood/refusal-words.ts';
import { hashOf } from '../../logic/route.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import type { Person } from '../../model/neighbourhood/people-book.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { Attachments } from './attachments.tsx';
import { PostActions } from './post-actions.tsx';

interface PostCardProps {
  readonly id: string;
  readonly words?: string;
  readonly sign?: JSX.Element;
  /** It is what the room is about: shown whole. */
  readonly isFocus?: boolean;
  /** Whose words it answers is told by its place. */
  readonly isPlaced?: boolean;
}

export function PostCard(props: PostCardProps): JSX.Element {
  const street = useStreet();
  const known = () => street.posts.of(props.id)();
  const [isAsked, setAsked] = createSignal(false);
  const shown = () => {
    const post = known();
    return post !== null && post !== undefined && (isAsked() || !street.isHidden(post)) ? post : undefined;
  };
  return (
    <Switch fallback={<p class="post gone">Somebody took this back, or it is not on this node.</p>}>
      <Match when={known() === undefined}>
        <p class="post gone">Loading …</p>
      </Match>
      <Match when={shown()}>{(post) => <Card {...props} post={post} />}</Match>
      <Match when={known() !== null}>
        <p class="post gone">
          From somebody whom you have blocked.{' '}
          <button type="button" class="button small" onClick={() => setAsked(true)}>
            Show it
          </button>
        </p>
      </Match>
    </Switch>
  );
}

function Card(props: PostCardProps & { readonly post: Accessor<Post> }): JSX.Element {
  const street = useStreet();
  const { people } = street;
  const nameId = createUniqueId();
  const outgoing = () => street.outgoing().get(props.id);
  // While the node answers it is there in a moment; a tab that is suspended brings nothing.
  const isWaiting = () => {
    const storage = street.storage();
    return outgoing()?.refusal === null && !(storage.kind === 'kept' && storage.isUp);
  };
  const post = () => props.post();
  const author = () => people.of(personOf(post().from));
  return (
    <article class="post" classList={{ focus: props.isFocus === true }} aria-labelledby={nameId}>
      <a
        class="post-picture"
        href={hashOf({ room: 'person', person: author().key })}
        tabIndex={-1}
        aria-hidden="true"
      >
        <Avatar id={author().user} size={40} />
      </a>
      <div class="post-main">
        <p class="post-head">
          <a id={nameId} class="post-name" href={hashOf({ room: 'person', person: author().key })}>
            {author().isMe ? 'You' : author().called}
          </a>{' '}
          <TrustSign mark={author().mark} />{' '}
          <a class="post-time" href={hashOf({ room: 'post', post: props.id })}>
            <Time ms={post().timeMs} />
          </a>
          <Show when={post().isEdited}>
            {' '}
            <span class="muted">· edited</span>
          </Show>{' '}
          <Show when={isWaiting()}>
            <span class="tag">waits for the connection</span>
          </Show>{' '}
          {props.sign}
        </p>
        <Show when={post().answers !== null && props.isPlaced !== true && post().answers}>
          {(to) => <Answering to={to()} />}
        </Show>
        <Show when={post().text !== ''}>
          <Words post={post()} words={props.words ?? ''} isWhole={props.isFocus === true} />
        </Show>
        <Attachments post={post()} />
        <Show when={post().shares}>{(id) => <Shared id={id()} words={props.words ?? ''} />}</Show>
        <Show when={outgoing()?.refusal}>{(refusal) => <Refused id={props.id} refusal={refusal()} />}</Show>
        <PostActions post={post()} />
      </div>
    </article>
  );
}

/** What the node has not taken stays on this device until its author says what becomes of it (SPEC U46). */
function Refused(props: { readonly id: string; readonly refusal: Fault }): JSX.Element {
  const street = useStreet();
  const told = () => refusalWords(props.refusal, street.clockAheadMs());
  return (
    <Notice
      kind="warn"
      title={told().title}
      actions={
        <>
          <Act run={() => street.again(props.id)}>Try again</Act>
          <Act class="quiet" run={() => street.drop(props.id)}>
            Take it out
          </Act>
        </>
      }
    >
      {told().hint} Nobody else sees it. <span class="fault-code">Code: {told().code}</span>
    </Notice>
  );
}

function Answering(props: { readonly to: string }): JSX.Element {
  const { posts, people } = useStreet();
  const name = () => {
    const post = posts.of(props.to)();
    if (post === null || post === undefined) return 'a post';
    const person = people.of(personOf(post.from));
    return person.isMe ? 'you' : person.called;
  };
  return (
    <p class="post-answering">
      <Icon name="answer" size={14} /> <a href={hashOf({ room: 'post', post: props.to })}>answers {name()}</a>
    </p>
  );
}

/** What somebody shares stands in what she says about it. */
function Shared(props: { readonly id: string; readonly words: string }): JSX.Element {
  const { people, posts } = useStreet();
  const post = () => posts.of(props.id)() ?? undefined;
  const author = (of: Post): Person => people.of(personOf(of.from));
  return (
    <div class="post-shared">
      <Show when={post()} fallback={<p class="muted">What was shared here was taken back.</p>}>
        {(found) => (
          <>
            <p class="post-head">
              <Icon name="again" size={14} /> <Avatar id={author(found()).user} size={20} />{' '}
              <a class="post-name" href={hashOf({ room: 'post', post: props.id })}>
                {author(found()).isMe ? 'You' : author(found()).called}
              </a>{' '}
              <TrustSign mark={author(found()).mark} /> <Time ms={found().timeMs} />
            </p>
            <Words post={found()} words={props.words} isWhole={false} />
            <Attachments post={found()} />
          </>
        )}
      </Show>
    </div>
  );
}

interface WordsProps {
  readonly post: Post;
  readonly words: string;
  readonly isWhole: boolean;
}

function Words(props: WordsProps): JSX.Element {
  const { people } = useStreet();
  const [isOpen, setOpen] = createSignal(false);
  const mentioned = (): readonly Person[] => props.post.mentions.map((each) => people.of(personOf(each)));
  const parts = () =>
    postParts(props.post.text, {
      words: props.words,
      mentioned: mentioned().flatMap(({ user, name }) => (name === null ? [] : [{ user, name }])),
    });
  const isCut = () => !props.isWhole && !isOpen() && isLong(props.post.text);
  const personNamed = (users: readonly string[]) => mentioned().find(({ user }) => users.includes(user));
  return (
    <>
      <p class="text post-text" classList={{ cut: isCut() }} dir="auto">
        <For each={parts()}>{(part) => <Part part={part} person={personIn(part, personNamed)} />}</For>
      </p>
      <Show when={isCut()}>
        <button type="button" class="button small quiet post-more" onClick={() => setOpen(true)}>
          Read on
        </button>
      </Show>
    </>
  );
}

function personIn(
  part: PostPart,
  personNamed: (users: readonly string[]) => Person | undefined,
): Person | undefined {
  return part.kind === 'mention' ? personNamed(part.users) : undefined;
}

function Part(props: { readonly part: PostPart; readonly person: Person | undefined }): JSX.Element {
  const { part, person } = props;
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'found':
      return <mark>{part.text}</mark>;
    case 'tag':
      return <a href={hashOf({ room: 'search', words: `#${part.tag}` })}>{part.text}</a>;
    case 'mention':
      return (
        <a
          class="mention"
          classList={{ mine: person?.isMe === true }}
          href={person === undefined ? '#/neighbours' : hashOf({ room: 'person', person: person.key })}
        >
          {part.text}
        </a>
      );
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      );
  }
}
