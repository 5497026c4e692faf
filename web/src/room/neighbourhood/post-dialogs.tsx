/** Edit, share and take back: each says first what becomes of it. */

import { tagsAfter } from 'copse/internal/client/neighbourhood/tags.ts';
import { createSignal, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { summaryOf } from '../../logic/neighbourhood/attachments.ts';
import { useApp } from '../../model/app.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { PostComposer } from './post-composer.tsx';

interface DialogProps {
  readonly post: Post;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function EditDialog(props: DialogProps): JSX.Element {
  const { place, posts } = useStreet();
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title="Edit your post">
      <p class="muted">The new words stand in the place of the old ones, marked as edited.</p>
      <PostComposer
        draft={`edit ${props.post.id}`}
        label="Your post"
        action="Save"
        begun={props.post.text}
        isFocused
        send={async (draft) => {
          // What is attached, and tags beside the words, stay: the words alone are edited.
          const { id, attachments } = props.post;
          await place.edit(id, { ...draft, attachments, tags: tagsAfter(props.post, draft.text) });
          posts.look([props.post.id]);
          props.onClose();
        }}
      />
    </Dialog>
  );
}

export function TakeBackDialog(props: DialogProps): JSX.Element {
  const app = useApp();
  const { place, posts } = useStreet();
  const takeBack = async (): Promise<void> => {
    await place.takeBack(props.post.id);
    props.onClose();
    posts.look([props.post.id]);
    app.tell('Taken back.');
  };
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Take this post back?"
      actions={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            Leave it
          </button>
          <Act class="danger" run={takeBack}>
            Take it back
          </Act>
        </>
      }
    >
      <blockquote class="post-quote">{summaryOf(props.post)}</blockquote>
      <p>
        It goes from this node and from the pages of whoever sees it here. Answers to it stay. What somebody
        has copied stays with them, and it cannot be brought back.
      </p>
    </Dialog>
  );
}

export function ShareDialog(props: DialogProps & { readonly shared: string | null }): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const [words, setWords] = createSignal('');
  const name = () => street.people.of(personOf(props.post.from)).called;
  const share = async (): Promise<void> => {
    const shared = await street.place.share(props.post.id, words().trim());
    street.posts.hear({ kind: 'post', post: shared });
    street.feed.arrive(shared);
    street.posts.look([props.post.id]);
    setWords('');
    props.onClose();
    app.tell('Shared with who follows you.');
  };
  const unshare = async (): Promise<void> => {
    if (props.shared === null) return;
    await street.place.takeBack(props.shared);
    street.posts.look([props.shared, props.post.id]);
    props.onClose();
  };
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={props.shared === null ? 'Share this post?' : 'You have shared this post'}
      actions={
        <Show
          when={props.shared === null}
          fallback={
            <Act class="danger" run={unshare}>
              Share no longer
            </Act>
          }
        >
          <Act class="primary" icon="again" run={share}>
            Share
          </Act>
        </Show>
      }
    >
      <p>
        {props.shared === null
          ? `Whoever follows you sees that ${name()} wrote it.`
          : 'Whoever follows you sees it as long as you share it.'}
      </p>
      <blockquote class="post-quote">{summaryOf(props.post)}</blockquote>
      <Show when={props.shared === null}>
        <Field
          label="A word about it, if you like"
          value={words()}
          onInput={setWords}
          maxLength={2_000}
          rows={2}
        />
      </Show>
    </Dialog>
  );
}
