/** Where words are written: grows with them, keeps a draft, sends with Enter. */

import { createEffect, createSignal, onCleanup, onMount, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { messageCharsMax, valueOf } from '../../logic/message.ts';
import { useApp } from '../../model/app.ts';

interface ComposerProps {
  readonly site: string;
  readonly log: string;
  readonly onSend: (value: unknown) => void;
  readonly onTyping: (isTyping: boolean) => void;
}

const HEIGHT_MAX = 220;
const DRAFT_MS = 400;

export function Composer(props: ComposerProps): JSX.Element {
  const { local } = useApp();
  let field: HTMLTextAreaElement | undefined;
  const [text, setText] = createSignal(local.draft(props.site, props.log));
  let saving: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => local.setDraft(props.site, props.log, text());
  createEffect(() => {
    text();
    if (field !== undefined) fit(field);
  });
  onMount(() => {
    // On a phone the keyboard would cover the conversation that one came to read.
    if (matchMedia('(pointer: fine)').matches) field?.focus();
  });
  onCleanup(() => {
    clearTimeout(saving);
    save();
    props.onTyping(false);
  });
  const write = (next: string): void => {
    setText(next);
    clearTimeout(saving);
    saving = setTimeout(save, DRAFT_MS);
    props.onTyping(next.trim() !== '');
  };
  const send = (): void => {
    const value = valueOf(text());
    if (value === null) return;
    props.onSend(value);
    props.onTyping(false);
    setText('');
    save();
    field?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    // While an input method composes a letter, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="hidden" for="composer">
        Write in {props.log}
      </label>
      <textarea
        id="composer"
        ref={(created) => (field = created)}
        class="input"
        rows={1}
        value={text()}
        maxLength={messageCharsMax}
        placeholder={`Write in ${props.log}`}
        enterkeyhint="send"
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={press}
        onBlur={() => props.onTyping(false)}
      />
      <button type="submit" class="button primary send" aria-label="Send" disabled={text().trim() === ''}>
        <Icon name="send" />
      </button>
    </form>
  );
}

function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight + 2, HEIGHT_MAX)}px`;
}
