/** Invitations for the accounts of an address: sent by whoever made them, opened on their devices alone (SPEC U31, E8). */

import { For, onMount, Show, type JSX } from 'solid-js';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { plural } from '../../logic/numbers.ts';
import type { EmailInvited } from '../../model/share.ts';

interface InvitedProps {
  readonly invited: EmailInvited;
  readonly title: string;
  readonly onDone: () => void;
  readonly onLink: () => void;
}

export function Invited(props: InvitedProps): JSX.Element {
  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  const letter = (text: string): string => {
    const subject = encodeURIComponent(`Join ${props.title}`);
    const words = `Open copse, choose “Open a link” under Your sites, and put this in:\n\n${text}\n`;
    return `mailto:${encodeURIComponent(props.invited.email)}?subject=${subject}&body=${encodeURIComponent(words)}`;
  };
  return (
    <div class="stack">
      <h3 ref={(element) => (heading = element)} tabIndex={-1}>
        Send this to {props.invited.email}
      </h3>
      <Show when={props.invited.texts.length > 0}>
        <p>
          It is sealed: it opens on the devices of that account and for nobody else, so it may be sent by any
          way. They put it in under <b>Your sites</b>, <b>Open a link</b>.
        </p>
      </Show>
      <For each={props.invited.texts}>{(text) => <Sealed text={text} letter={letter(text)} />}</For>
      <Show when={props.invited.keylessCount > 0}>
        <Notice
          kind="warn"
          title={`${plural(props.invited.keylessCount, 'account has', 'accounts have')} no key in the log yet`}
          actions={
            <button type="button" class="button small" onClick={() => props.onLink()}>
              Make a link instead
            </button>
          }
        >
          Nothing can be sealed to it. It gets one when a device of it is next here; or send a link by a way
          on which you know them.
        </Notice>
      </Show>
      <div class="form-foot">
        <button type="button" class="button" onClick={() => props.onDone()}>
          Done
        </button>
      </div>
    </div>
  );
}

function Sealed(props: { readonly text: string; readonly letter: string }): JSX.Element {
  return (
    <>
      <textarea
        class="input mono"
        readOnly
        rows={4}
        aria-label="Sealed invitation"
        value={props.text}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div class="row">
        <Copy text={props.text} class="primary">
          Copy the invitation
        </Copy>
        <a class="button" href={props.letter}>
          <Icon name="mail" size={18} /> Write the e-mail
        </a>
      </div>
    </>
  );
}
