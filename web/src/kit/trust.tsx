/** The mark beside a name: whether this device has verified the key of whom it names (SPEC U28, U33). */

import { Show, type JSX } from 'solid-js';
import { isVerified, markWords, type Mark } from '../logic/trust-words.ts';
import { Icon, type IconName } from './icon.tsx';

/** As a word, where it decides something. */
export function TrustTag(props: { readonly mark: Mark | null }): JSX.Element {
  return (
    <Show when={props.mark}>
      {(mark) => (
        <span class="tag" classList={{ warn: !isVerified(mark()) }} title={markWords(mark()).hint}>
          {markWords(mark()).word}
        </span>
      )}
    </Show>
  );
}

const SIGNS: Readonly<Record<Mark, IconName>> = {
  unverified: 'shieldAsk',
  checked: 'shieldCheck',
  compared: 'shieldCheck',
  changed: 'warn',
};

/** As a sign, where many names stand; a changed key is always said in words. */
export function TrustSign(props: { readonly mark: Mark | null }): JSX.Element {
  return (
    <Show when={props.mark}>
      {(mark) => (
        <Show when={mark() !== 'changed'} fallback={<TrustTag mark={mark()} />}>
          <span class={`trust-sign ${mark()}`} title={`${markWords(mark()).word}: ${markWords(mark()).hint}`}>
            <Icon name={SIGNS[mark()]} size={14} />
            <span class="hidden">{markWords(mark()).word}</span>
          </span>
        </Show>
      )}
    </Show>
  );
}
