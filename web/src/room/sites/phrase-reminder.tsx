/** A gentle reminder to write the 24 words down, until that is done. */

import { createSignal, Show, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { isReminderDue, postponed } from '../../logic/phrase-flow.ts';
import { useApp } from '../../model/app.ts';

export function PhraseReminder(): JSX.Element {
  const { local } = useApp();
  const [isDue, setDue] = createSignal(isReminderDue(local.backup(), Date.now()));
  const later = (): void => {
    local.setBackup(postponed(local.backup(), Date.now()));
    setDue(false);
  };
  return (
    <Show when={isDue()}>
      <aside class="notice warn" aria-label="Reminder">
        <Icon name="key" />
        <div class="notice-text">
          <p class="notice-title">Your account lives in this browser alone</p>
          <p class="notice-more">Write down your 24 words: with them you get in again from anywhere.</p>
        </div>
        <div class="notice-actions">
          <button type="button" class="button quiet" onClick={later}>
            Later
          </button>
          <a class="button" href="#/phrase">
            Show my words
          </a>
        </div>
      </aside>
    </Show>
  );
}
