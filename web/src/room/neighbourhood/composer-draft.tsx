/**
 * The words of a draft in their field: what is typed here stays, what another device has typed since joins where
 * nothing waits, and is offered where something does (SPEC U52).
 */

import { createEffect, createSignal, on, Show, type Accessor, type JSX } from 'solid-js';
import { wordsSince } from '../../logic/neighbourhood/post-text.ts';
import { useStreet } from '../../model/street.ts';

export interface Draft {
  readonly text: Accessor<string>;
  readonly write: (text: string) => void;
  /** These words went out: they leave, and what was typed since stays. */
  readonly sent: (words: string) => void;
  /** What another device has typed, until somebody takes or leaves it. */
  readonly other: Accessor<string | null>;
  readonly take: () => void;
  readonly leave: () => void;
}

/** `begun` are the words of a post that is edited: a draft that says the same is none. */
export function createDraft(name: string, begun = ''): Draft {
  const { drafts } = useStreet();
  const shown = (words: string): string => (words === '' ? begun : words);
  const [text, setText] = createSignal(shown(drafts.words(name)));
  const [other, setOther] = createSignal<string | null>(null);
  const asDraft = (): string => (text() === begun ? '' : text());
  createEffect(
    on(
      () => drafts.words(name),
      (words) => {
        if (words !== asDraft()) setText(shown(words));
      },
      { defer: true },
    ),
  );
  // The next key makes the words here the newest; the offer stays until somebody has answered it.
  createEffect(() => {
    const words = drafts.other(name);
    if (words !== null) setOther(words);
  });
  const write = (next: string): void => {
    setText(next);
    drafts.write(name, asDraft());
  };
  return {
    text,
    other,
    write,
    sent(words) {
      // Asked of the book: another field may have the draft by now, when the room was left meanwhile.
      const now = shown(drafts.words(name));
      // The words of a post that is edited go out as a whole: what was changed since is a change of all of them.
      const rest = begun === '' ? wordsSince(now, words) : now;
      if (now !== words && rest !== '') {
        write(rest);
        return;
      }
      setText('');
      setOther(null);
      drafts.clear(name);
    },
    take() {
      const words = other();
      setOther(null);
      if (words === null) return;
      if (words === drafts.other(name)) drafts.take(name);
      else write(words);
    },
    leave: () => setOther(null),
  };
}

export function OtherWords(props: { readonly draft: Draft }): JSX.Element {
  return (
    <Show when={props.draft.other()}>
      {(words) => (
        <div class="other-words">
          <p role="status">
            Another of your devices has other words: <q>{words()}</q>
          </p>
          <button type="button" class="button" onClick={() => props.draft.take()}>
            Take them
          </button>
          <button type="button" class="button" onClick={() => props.draft.leave()}>
            Keep mine
          </button>
        </div>
      )}
    </Show>
  );
}
