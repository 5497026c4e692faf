/**
 * Where a post is written: a draft stays until the node has the post, people are found behind an `@`, the end of the
 * room is told before it is reached, and what the node refuses stays here with the reason (SPEC U44).
 */

import { tagsIn } from 'copse/internal/client/neighbourhood/tags.ts';
import { createEffect, createSignal, createUniqueId, onMount, Show, type JSX } from 'solid-js';
import type { Key } from 'copse/internal/base/ids.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Act } from '../../kit/act.tsx';
import { Notice } from '../../kit/notice.tsx';
import { mentionedIn, type Named } from '../../logic/mentions.ts';
import { postedText, roomLeft } from '../../logic/neighbourhood/post-text.ts';
import { refusalWords } from '../../logic/neighbourhood/refusal-words.ts';
import { keyOf } from '../../model/neighbourhood/keys.ts';
import type { Street } from '../../model/neighbourhood/street.ts';
import type { PostDraft } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { createPicking, MentionPicker, type Picking } from '../log/mention-picker.tsx';
import { AttachButton, AttachList, createAttaching, filesIn, type Attaching } from './attach.tsx';
import { createDraft, OtherWords, type Draft } from './composer-draft.tsx';

interface ComposerProps {
  /** Under which the draft is kept. */
  readonly draft: string;
  readonly label: string;
  readonly action: string;
  /** Words that are there already: those of a post that is edited. */
  readonly begun?: string;
  readonly isFocused?: boolean;
  /** Files may be attached. */
  readonly hasFiles?: boolean;
  /** Throws when the node refuses it. */
  readonly send: (draft: PostDraft) => Promise<unknown>;
}

const HEIGHT_MAX = 420;

// long: the form and what its parts share
export function PostComposer(props: ComposerProps): JSX.Element {
  const street = useStreet();
  const { status } = useHouse();
  const words = createDraft(props.draft, props.begun);
  const attaching = props.hasFiles === true ? createAttaching(props.draft) : null;
  const [isDragged, setDragged] = createSignal(false);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const id = createUniqueId();
  let field: HTMLTextAreaElement | undefined;
  const picking = createPicking({
    members: () => namedIn(street),
    me: street.place.userOf(keyOf(street.me)),
    hasEveryone: false,
    write(text, caret) {
      words.write(text);
      field?.focus();
      field?.setSelectionRange(caret, caret);
    },
  });
  const room = () => roomLeft(words.text());
  const isEmpty = () => postedText(words.text()) === null && (attaching?.rows().length ?? 0) === 0;
  const isHeld = () => isEmpty() || room().isOver || attaching?.isReady() === false;
  const sendNow = async (): Promise<void> => {
    const typed = words.text();
    const text = postedText(typed) ?? '';
    const chosen = attaching?.rows().map((row) => row.id) ?? [];
    const attachments = attaching?.uploads.attachments() ?? [];
    if (isHeld()) return;
    setThrown(null);
    try {
      // Waiting for a connection that is known to be away would look as if it were under way.
      if (status() === 'offline' && street.storage().kind !== 'kept') throw new Fault('closed');
      const mentions = mentionedKeys(text, street, picking);
      await props.send({
        text,
        tags: tagsIn(text),
        mentions,
        ...(attachments.length === 0 ? {} : { attachments }),
      });
    } catch (refused) {
      setThrown(refused);
      // Whether the clock of this device is the reason says the node.
      street.refreshHello().catch(() => {});
      return;
    }
    attaching?.uploads.sent(chosen);
    // Who writes on keeps the names that are offered.
    if (words.text() === typed) picking.close();
    words.sent(typed);
    field?.focus();
  };
  let sending: Promise<void> | null = null;
  /** Keys and button press the same: while one post is under way there is no second one. */
  const send = (): Promise<void> => {
    sending ??= sendNow().finally(() => {
      sending = null;
    });
    return sending;
  };
  return (
    <form
      class="post-composer"
      classList={{ dragged: isDragged() }}
      {...(attaching === null ? {} : dropping(attaching, setDragged))}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Words
        {...props}
        id={id}
        words={words}
        picking={picking}
        onMade={(made) => (field = made)}
        onSend={() => void send()}
        {...(attaching === null ? {} : { onFiles: attaching.choose })}
      />
      <OtherWords draft={words} />
      <Show when={attaching}>{(files) => <AttachList attaching={files()} />}</Show>
      <div class="post-composer-foot">
        <div>
          <p id={`${id}-keys`} class="post-keys">
            <b>@</b> names somebody, <b>#</b> gives a tag<span class="wide-keys">, Ctrl and Enter sends</span>
            .
          </p>
          <p class="field-more" classList={{ bad: room().isOver }} role="status">
            {room().words ?? ''}
          </p>
        </div>
        <div class="post-composer-acts">
          <Show when={attaching}>{(files) => <AttachButton attaching={files()} />}</Show>
          <Act class="primary" icon="send" disabled={isHeld()} run={send}>
            {props.action}
          </Act>
        </div>
      </div>
      <Show when={thrown()}>
        <Refusal thrown={thrown()} />
      </Show>
    </form>
  );
}

/** Files dragged over the form; words that are dragged stay the browser's. */
function dropping(attaching: Attaching, setDragged: (isDragged: boolean) => void): FormEvents {
  const holds = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  return {
    onDragOver(event) {
      if (!holds(event)) return;
      event.preventDefault();
      setDragged(true);
    },
    onDragLeave: () => setDragged(false),
    onDrop(event) {
      setDragged(false);
      if (!holds(event)) return;
      event.preventDefault();
      attaching.choose(filesIn(event.dataTransfer));
    },
  };
}

type FormEvents = Readonly<Record<'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent) => void>>;

function Refusal(props: { readonly thrown: unknown }): JSX.Element {
  const street = useStreet();
  const told = () => refusalWords(props.thrown, street.clockAheadMs());
  return (
    <Notice kind="bad" title={told().title}>
      {told().hint} Your words are still here. <span class="fault-code">Code: {told().code}</span>
    </Notice>
  );
}

interface WordsProps extends ComposerProps {
  readonly id: string;
  readonly words: Draft;
  readonly picking: Picking;
  readonly onMade: (field: HTMLTextAreaElement) => void;
  readonly onSend: () => void;
  /** Files were pasted. */
  readonly onFiles?: (files: readonly File[]) => void;
}

function Words(props: WordsProps): JSX.Element {
  let field: HTMLTextAreaElement | undefined;
  const { words, picking, id } = props;
  const press = (event: KeyboardEvent): void => {
    if (picking.press(event)) return;
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    props.onSend();
  };
  createEffect(() => {
    words.text();
    if (field !== undefined) fit(field);
  });
  onMount(() => {
    if (props.isFocused === true) field?.focus();
  });
  return (
    <div class="post-words">
      <label class="hidden" for={props.begun === undefined ? 'composer' : id}>
        {props.label}
      </label>
      <textarea
        // The key that leads to where one writes finds it; a dialog over the page has a field of its own.
        id={props.begun === undefined ? 'composer' : id}
        ref={(created) => {
          field = created;
          props.onMade(created);
        }}
        class="input"
        rows={2}
        value={words.text()}
        placeholder={props.label}
        aria-describedby={`${id}-keys`}
        aria-autocomplete="list"
        aria-controls={picking.activeId() === undefined ? undefined : picking.listId}
        aria-activedescendant={picking.activeId()}
        onInput={(event) => {
          words.write(event.currentTarget.value);
          picking.follow(event.currentTarget);
        }}
        onClick={(event) => picking.follow(event.currentTarget)}
        onKeyDown={press}
        onPaste={(event) => {
          const files = filesIn(event.clipboardData);
          if (files.length === 0 || props.onFiles === undefined) return;
          event.preventDefault();
          props.onFiles(files);
        }}
        onBlur={() => picking.close()}
      />
      <MentionPicker picking={picking} />
    </div>
  );
}

/** Whom one may mention: everybody who has come up and has a name. */
function namedIn({ people }: Street): readonly Named[] {
  return people.all().flatMap(({ user, name }) => (name === null ? [] : [{ user, name }]));
}

function mentionedKeys(text: string, street: Street, picking: Picking): readonly Key[] {
  const chosen = picking.mentioned(text);
  // "@everyone" is a word here: there is nobody who could be called together.
  const users =
    chosen === 'everyone'
      ? mentionedIn(text.replaceAll('@everyone', ''), namedIn(street), new Map())
      : chosen;
  if (users === 'everyone') return [];
  return street.people.all().flatMap(({ key, user }) => (users.includes(user) ? [keyOf(key)] : []));
}

function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight + 2, HEIGHT_MAX)}px`;
}
