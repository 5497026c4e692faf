/** Picks a member while `@` and a part of her name are typed: with arrows and Enter, or by pointing. */

import { createMemo, createSignal, createUniqueId, For, Show, type Accessor, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { Avatar } from '../../kit/picture.tsx';
import {
  candidatesFor,
  mentionedIn,
  typedMention,
  withMention,
  type Candidate,
  type Named,
  type Typed,
} from '../../logic/mentions.ts';
import { plural } from '../../logic/numbers.ts';
import type { UserId } from '../../model/sdk.ts';

export interface Picking {
  readonly candidates: Accessor<readonly Candidate[]>;
  readonly at: Accessor<number>;
  readonly listId: string;
  /** Of the option that Enter takes; undefined while nothing is picked from. */
  readonly activeId: Accessor<string | undefined>;
  /** The text or the caret has changed. */
  readonly follow: (field: HTMLTextAreaElement) => void;
  /** Answers whether the key was for the picker. */
  readonly press: (event: KeyboardEvent) => boolean;
  readonly pick: (candidate: Candidate) => void;
  readonly close: () => void;
  /** Whom the text mentions. */
  readonly mentioned: (text: string) => readonly UserId[] | 'everyone';
}

interface PickingOptions {
  readonly members: Accessor<readonly Named[]>;
  readonly me: string;
  /** Whether everyone can be mentioned at once; so unless said otherwise. */
  readonly hasEveryone?: boolean;
  /** Puts a text into the field, and the caret behind what was picked. */
  readonly write: (text: string, caret: number) => void;
}

export function createPicking({ members, me, write, hasEveryone = true }: PickingOptions): Picking {
  const listId = createUniqueId();
  const [typed, setTyped] = createSignal<(Typed & { readonly text: string }) | null>(null);
  const [at, setAt] = createSignal(0);
  const chosen = new Map<string, UserId>();
  const candidates = createMemo(() => {
    const now = typed();
    const found = now === null ? [] : candidatesFor(now.query, members(), me);
    return hasEveryone ? found : found.filter(({ user }) => user !== 'everyone');
  });
  const pick = (candidate: Candidate): void => {
    const now = typed();
    if (now === null) return;
    if (candidate.user !== 'everyone') chosen.set(candidate.name, candidate.user);
    const next = withMention(now.text, now, candidate);
    setTyped(null);
    write(next.text, next.caret);
  };
  const move = (by: number): void => {
    setAt((now) => (now + by + candidates().length) % candidates().length);
  };
  return {
    candidates,
    at,
    listId,
    pick,
    close: () => setTyped(null),
    activeId: () => (candidates().length === 0 ? undefined : `${listId}-${at()}`),
    mentioned: (text) => mentionedIn(text, members(), chosen),
    follow(field) {
      const found = field.selectionStart === field.selectionEnd ? field.selectionStart : -1;
      const now = found < 0 ? null : typedMention(field.value, found);
      if (now === null || now.query !== typed()?.query) setAt(0);
      setTyped(now === null ? null : { ...now, text: field.value });
    },
    press(event) {
      const candidate = candidates()[at()];
      if (candidate === undefined || event.isComposing) return false;
      if (event.key === 'ArrowDown') move(1);
      else if (event.key === 'ArrowUp') move(-1);
      else if (event.key === 'Escape') setTyped(null);
      else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) pick(candidate);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}

export function MentionPicker(props: { readonly picking: Picking }): JSX.Element {
  const { candidates, listId } = props.picking;
  return (
    <>
      <p class="hidden" role="status">
        <Show when={candidates().length > 0}>
          {plural(candidates().length, 'person', 'people')} to mention; arrows choose, Enter takes.
        </Show>
      </p>
      <Show when={candidates().length > 0}>
        <ul class="mention-list" id={listId} role="listbox" aria-label="Mention somebody">
          <For each={candidates()}>
            {(candidate, at) => (
              <li
                id={`${listId}-${at()}`}
                role="option"
                aria-selected={at() === props.picking.at()}
                // The field keeps the focus.
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => props.picking.pick(candidate)}
              >
                <Show
                  when={candidate.user !== 'everyone'}
                  fallback={
                    <span class="mention-sign">
                      <Icon name="people" size={18} />
                    </span>
                  }
                >
                  <Avatar id={candidate.user} size={28} />
                </Show>
                <span class="clip">{candidate.name}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}
