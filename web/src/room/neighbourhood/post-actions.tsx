/** What one may do with a post, and what others have made of it. */

import { createMemo, createSignal, For, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { plural } from '../../logic/numbers.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import type { Marks, Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { Menu } from './menu.tsx';
import { EditDialog, ShareDialog, TakeBackDialog } from './post-dialogs.tsx';
import { ReportDialog } from './report-dialog.tsx';

/** Offered at once; answers with other pictures are shown as they came. */
const PICTURES = ['👍', '❤️', '😄', '🌱', '🎉', '😮'] as const;

type Open = 'edit' | 'share' | 'takeBack' | 'report' | null;

export function PostActions(props: { readonly post: Post }): JSX.Element {
  const street = useStreet();
  const [open, setOpen] = createSignal<Open>(null);
  const marks = () => street.posts.marksOf(props.post.id)();
  return (
    <>
      <div class="post-actions">
        <a
          class="button quiet small"
          href={hashOf({ room: 'post', post: props.post.id })}
          onClick={() => street.answering.set(props.post.id)}
          aria-label={
            marks().answers === 0 ? 'Answer' : `Answer, ${plural(marks().answers, 'answer')} so far`
          }
        >
          <Icon name="answer" size={18} />
          <Count of={marks().answers} />
        </a>
        <Show when={!street.isStranger()}>
          <Pictures post={props.post} marks={marks()} />
        </Show>
        <For each={marks().reactions}>{(reaction) => <Answered post={props.post} reaction={reaction} />}</For>
        <span class="post-actions-gap" />
        <Show when={!street.isStranger()}>
          <button
            type="button"
            class="button quiet small"
            aria-pressed={marks().shared !== null}
            aria-label={
              marks().shares === 0
                ? 'Share'
                : `Share, shared by ${plural(marks().shares, 'person', 'people')}`
            }
            onClick={() => setOpen('share')}
          >
            <Icon name="again" size={18} />
            <Count of={marks().shares} />
          </button>
        </Show>
        <More post={props.post} onOpen={setOpen} />
      </div>
      <Dialogs post={props.post} shared={marks().shared} open={open()} onClose={() => setOpen(null)} />
    </>
  );
}

interface DialogsProps {
  readonly post: Post;
  readonly shared: string | null;
  readonly open: Open;
  readonly onClose: () => void;
}

/** Made when it is first wanted, and kept: what is closed gives the focus back. */
function Dialogs(props: DialogsProps): JSX.Element {
  const wanted = createMemo<ReadonlySet<Open>>((before) => new Set([...before, props.open]), new Set());
  return (
    <>
      <Show when={wanted().has('edit')}>
        <EditDialog post={props.post} isOpen={props.open === 'edit'} onClose={props.onClose} />
      </Show>
      <Show when={wanted().has('share')}>
        <ShareDialog
          post={props.post}
          shared={props.shared}
          isOpen={props.open === 'share'}
          onClose={props.onClose}
        />
      </Show>
      <Show when={wanted().has('takeBack')}>
        <TakeBackDialog post={props.post} isOpen={props.open === 'takeBack'} onClose={props.onClose} />
      </Show>
      <Show when={wanted().has('report')}>
        <ReportDialog
          about={personOf(props.post.from)}
          post={props.post.id}
          isOpen={props.open === 'report'}
          onClose={props.onClose}
        />
      </Show>
    </>
  );
}

function Count(props: { readonly of: number }): JSX.Element {
  return <Show when={props.of > 0}>{props.of > 99 ? '99+' : props.of}</Show>;
}

function Pictures(props: { readonly post: Post; readonly marks: Marks }): JSX.Element {
  return (
    <Menu icon="smile" label="Answer with a picture">
      {(close) => (
        <div class="pictures">
          <For each={PICTURES}>
            {(picture) => <Picture post={props.post} picture={picture} marks={props.marks} onDone={close} />}
          </For>
        </div>
      )}
    </Menu>
  );
}

interface PictureProps {
  readonly post: Post;
  readonly picture: string;
  readonly marks: Marks;
  readonly onDone: () => void;
}

function Picture(props: PictureProps): JSX.Element {
  const mine = () => props.marks.reactions.find(({ picture }) => picture === props.picture)?.mine ?? null;
  const { act, isBusy } = createReact(
    props.post,
    () => ({ picture: props.picture, mine: mine() }),
    props.onDone,
  );
  return (
    <button
      type="button"
      class="button quiet round picture"
      aria-pressed={mine() !== null}
      aria-busy={isBusy()}
      aria-label={props.picture}
      onClick={act}
    >
      {props.picture}
    </button>
  );
}

function Answered(props: {
  readonly post: Post;
  readonly reaction: Marks['reactions'][number];
}): JSX.Element {
  const { isStranger } = useStreet();
  const { act, isBusy } = createReact(props.post, () => props.reaction);
  const label = () =>
    `${props.reaction.picture} from ${plural(props.reaction.count, 'person', 'people')}${props.reaction.mine === null ? '' : ', you too'}`;
  return (
    <button
      type="button"
      class="button small reaction"
      aria-pressed={props.reaction.mine !== null}
      aria-label={label()}
      aria-busy={isBusy()}
      disabled={isStranger()}
      onClick={act}
    >
      {props.reaction.picture} <Count of={props.reaction.count} />
    </button>
  );
}

interface Reacting {
  readonly picture: string;
  readonly mine: string | null;
}

/** Answers with a picture, or takes that back. */
function createReact(
  post: Post,
  of: () => Reacting,
  onDone: () => void = () => {},
): ReturnType<typeof createAct> {
  const { place, posts } = useStreet();
  return createAct(async () => {
    const { picture, mine } = of();
    await (mine === null ? place.react(post.id, picture) : place.takeBack(mine));
    posts.look([post.id]);
    onDone();
  });
}

function More(props: { readonly post: Post; readonly onOpen: (open: Open) => void }): JSX.Element {
  const street = useStreet();
  const isMine = () => personOf(props.post.from) === street.me && !street.isStranger();
  return (
    <Menu icon="more" label="More to do with this post" class="at-end">
      {(close) => {
        const then = (open: Open) => () => {
          close();
          props.onOpen(open);
        };
        return (
          <>
            <CopyLink id={props.post.id} onDone={close} />
            <Show when={isMine()}>
              <Show when={props.post.shares === null}>
                <button type="button" class="menu-item" onClick={then('edit')}>
                  <Icon name="pencil" size={18} /> Edit
                </button>
              </Show>
              <Keep id={props.post.id} onDone={close} />
              <button type="button" class="menu-item" onClick={then('takeBack')}>
                <Icon name="trash" size={18} /> Take back
              </button>
            </Show>
            <Show when={!isMine()}>
              <Muting post={props.post} onDone={close} />
              <Show when={!street.isStranger()}>
                <button type="button" class="menu-item" onClick={then('report')}>
                  <Icon name="flag" size={18} /> Report
                </button>
              </Show>
            </Show>
          </>
        );
      }}
    </Menu>
  );
}

interface ItemProps {
  readonly id: string;
  readonly onDone: () => void;
}

function CopyLink(props: ItemProps): JSX.Element {
  const app = useApp();
  const { node } = useCopse();
  const copy = createAct(
    async () => {
      await navigator.clipboard.writeText(`${node.url}/p/${props.id}`);
      app.tell('The link is copied.', 'Whoever opens it reads the post, with an account or without.');
      props.onDone();
    },
    () => app.tell('This browser does not let pages copy.', 'Open the post and copy its address.'),
  );
  return (
    <button type="button" class="menu-item" onClick={copy.act}>
      <Icon name="copy" size={18} /> Copy link
    </button>
  );
}

function Keep(props: ItemProps): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const isPinned = () => street.pinned().has(props.id);
  const keep = createAct(async () => {
    const isKept = !isPinned();
    await street.pin(props.id, isKept);
    if (isKept) app.tell('This post is kept.', 'It stays when your account is full and older ones go.');
    else app.tell('This post is kept no longer than others.');
    props.onDone();
  });
  return (
    <button type="button" class="menu-item" onClick={keep.act}>
      <Icon name="pin" size={18} /> {isPinned() ? 'Keep no longer' : 'Keep for good'}
    </button>
  );
}

function Muting(props: { readonly post: Post; readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const person = () => personOf(props.post.from);
  const mute = createAct(async () => {
    const isQuiet = street.quiet.of(person()) !== null;
    await street.quiet.set(person(), isQuiet ? null : 'muted');
    const { called } = street.people.of(person());
    if (isQuiet) app.tell(`You hear ${called} again.`);
    else app.tell(`${called} is muted.`, 'Nobody is told. On their page you change it.');
    props.onDone();
  });
  return (
    <button type="button" class="menu-item" onClick={mute.act}>
      <Icon name="bellOff" size={18} /> {street.quiet.of(person()) === null ? 'Mute' : 'Unmute'}{' '}
      {street.people.of(person()).called}
    </button>
  );
}
