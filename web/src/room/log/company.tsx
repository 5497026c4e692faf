/** Who else has the log open, and who of them is typing. */

import { createMemo, createSignal, For, onCleanup, onMount, Show, type Accessor, type JSX } from 'solid-js';
import { fromStore } from 'copse/solid';
import { Avatar } from '../../kit/picture.tsx';
import {
  faded,
  heard,
  isTypingSignal,
  restingSignal,
  typingEveryMs,
  typingSignal,
  typingWords,
  type Typist,
} from '../../logic/typing.ts';
import type { Log, Present } from '../../model/sdk.ts';

const SHOWN_MAX = 4;

export interface Company {
  /** Other people, each once, however many devices they have here. */
  readonly others: Accessor<readonly Present[]>;
  readonly typing: Accessor<string>;
  /** Tells the others that this person is typing, or has stopped. */
  readonly signal: (isTyping: boolean) => void;
}

export function createCompany(log: Log, me: string): Company {
  const presence = fromStore(log.presence);
  const [typists, setTypists] = createSignal<readonly Typist[]>([]);
  const others = createMemo(() => {
    const byUser = new Map(presence().map((person) => [String(person.user), person]));
    byUser.delete(me);
    return [...byUser.values()];
  });
  const names = createMemo(() => {
    const whos = new Set(typists().map(({ who }) => who));
    const there = presence().filter(({ who, user }) => whos.has(who) && user !== me);
    return [...new Set(there.map(({ name }) => name || 'Somebody'))];
  });
  onMount(() => log.appear({}));
  onCleanup(
    log.said(({ who, value }) => {
      const isTyping = isTypingSignal(value);
      if (isTyping !== null) setTypists((before) => heard(before, { who, isTyping }, performance.now()));
    }),
  );
  const fading = setInterval(() => {
    if (typists().length > 0) setTypists((before) => faded(before, performance.now()));
  }, 1_000);
  onCleanup(() => clearInterval(fading));
  return { others, typing: () => typingWords(names()), signal: createSignaller(log) };
}

function createSignaller(log: Log): (isTyping: boolean) => void {
  let saidMs = -Infinity;
  return (isTyping) => {
    const nowMs = performance.now();
    if (isTyping && nowMs - saidMs < typingEveryMs) return;
    if (!isTyping && saidMs === -Infinity) return;
    saidMs = isTyping ? nowMs : -Infinity;
    log.say(isTyping ? typingSignal : restingSignal);
  };
}

export function Presence(props: { readonly others: readonly Present[] }): JSX.Element {
  const names = () => props.others.map(({ name }) => name || 'Somebody').join(', ');
  return (
    <Show when={props.others.length > 0}>
      <div class="presence" title={`Here now: ${names()}`}>
        <span class="hidden">Here now: {names()}</span>
        <For each={props.others.slice(0, SHOWN_MAX)}>
          {(person) => <Avatar id={person.user} size={28} here />}
        </For>
        <Show when={props.others.length > SHOWN_MAX}>
          <span class="presence-more" aria-hidden="true">
            +{props.others.length - SHOWN_MAX}
          </span>
        </Show>
      </div>
    </Show>
  );
}
