/** Words that the ways in have in common. */

import { Show, type JSX } from 'solid-js';
import { useApp } from '../../model/app.ts';

/** What a key is, in plain words, for people who expected a password. */
export function KeyWords(): JSX.Element {
  return (
    <ul class="key-words">
      <li>
        <b>No password.</b> Your browser makes a key, a long secret number. Whoever holds it is you.
      </li>
      <li>
        <b>24 words.</b> The key can be written as 24 words. You will see them next; on paper they bring you
        back from any device.
      </li>
      <li>
        <b>Nobody else has it.</b> Not even who runs this node, so nobody can reset it for you either.
      </li>
    </ul>
  );
}

export function OtherWay(): JSX.Element {
  const { route } = useApp();
  return (
    <p class="muted">
      <Show when={route().room !== 'signin'} fallback={<a href="#/">Back</a>}>
        Have an account already? <a href="#/signin">Sign in with your 24 words</a>
      </Show>
    </p>
  );
}
