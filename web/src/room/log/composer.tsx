/** Where words are written: grows with them, keeps a draft, finds whom they mention, sends with Enter. */

import { createEffect, createSignal, onCleanup, onMount, type Accessor, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { messageCharsMax, valueOf } from '../../logic/message.ts';
import type { Named } from '../../logic/mentions.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { UserId } from '../../model/sdk.ts';
import { createPicking, MentionPicker, type Picking } from './mention-picker.tsx';

interface ComposerProps {
  readonly site: string;
  readonly log: string;
  readonly members: readonly Named[];
  readonly onSend: (value: unknown, mentions: readonly UserId[] | 'everyone') => void;
  readonly onTyping: (isTyping: boolean) => void;
}

const HEIGHT_MAX = 220;
const DRAFT_MS = 400;

export function Composer(props: ComposerProps): JSX.Element {
  let field: HTMLTextAreaElement | undefined;
  const draft = createDraft(props);
  const picking = createPicking({
    members: () => props.members,
    me: useCopse().user,
    write(text, caret) {
      draft.write(text);
      field?.focus();
      field?.setSelectionRange(caret, caret);
    },
  });
  const send = (): void => {
    const value = valueOf(draft.text());
    if (value === null) return;
    props.onSend(value, picking.mentioned(value.text));
    draft.clear();
    picking.close();
    field?.focus();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    send();
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="hidden" for="composer">
        Write in {props.log}
      </label>
      <MentionPicker picking={picking} />
      <Words
        log={props.log}
        draft={draft}
        picking={picking}
        onMade={(made) => (field = made)}
        onSend={send}
        onLeave={() => props.onTyping(false)}
      />
      <button
        type="submit"
        class="button primary send"
        aria-label="Send"
        disabled={draft.text().trim() === ''}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}

interface WordsProps {
  readonly log: string;
  readonly draft: Draft;
  readonly picking: Picking;
  readonly onMade: (field: HTMLTextAreaElement) => void;
  readonly onSend: () => void;
  readonly onLeave: () => void;
}

/** The field itself: as high as its words, sent with Enter. */
function Words(props: WordsProps): JSX.Element {
  let field: HTMLTextAreaElement | undefined;
  const { draft, picking } = props;
  const press = (event: KeyboardEvent): void => {
    if (picking.press(event)) return;
    // While an input method composes a letter, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    props.onSend();
  };
  createEffect(() => {
    draft.text();
    if (field !== undefined) fit(field);
  });
  onMount(() => {
    // On a phone the keyboard would cover the conversation that one came to read.
    if (matchMedia('(pointer: fine)').matches) field?.focus();
  });
  return (
    <textarea
      id="composer"
      ref={(created) => {
        field = created;
        props.onMade(created);
      }}
      class="input"
      rows={1}
      value={draft.text()}
      maxLength={messageCharsMax}
      placeholder={`Write in ${props.log}`}
      enterkeyhint="send"
      aria-autocomplete="list"
      aria-controls={picking.activeId() === undefined ? undefined : picking.listId}
      aria-activedescendant={picking.activeId()}
      onInput={(event) => {
        draft.write(event.currentTarget.value);
        picking.follow(event.currentTarget);
      }}
      onClick={(event) => picking.follow(event.currentTarget)}
      onKeyDown={press}
      onBlur={() => {
        picking.close();
        props.onLeave();
      }}
    />
  );
}

interface Draft {
  readonly text: Accessor<string>;
  readonly write: (text: string) => void;
  readonly clear: () => void;
}

/** Text that was begun stays on this device until it is sent, also when the room is left. */
function createDraft(props: ComposerProps): Draft {
  const { local } = useApp();
  const { site, log } = props;
  const [text, setText] = createSignal(local.draft(site, log));
  let saving: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => {
    clearTimeout(saving);
    local.setDraft(site, log, text());
  };
  onCleanup(() => {
    save();
    props.onTyping(false);
  });
  return {
    text,
    write(next) {
      setText(next);
      clearTimeout(saving);
      saving = setTimeout(save, DRAFT_MS);
      props.onTyping(next.trim() !== '');
    },
    clear() {
      setText('');
      save();
      props.onTyping(false);
    },
  };
}

function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight + 2, HEIGHT_MAX)}px`;
}
