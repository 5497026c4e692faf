/** The code of a recovery that was just set up: to be kept where it is found when every device is lost. */

import { For, Show, type JSX } from 'solid-js';
import { Copy } from '../../kit/copy.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Qr } from '../../kit/qr.tsx';
import { pinWords } from '../../logic/recovery-words.ts';
import { plural } from '../../logic/numbers.ts';
import { faultWords } from '../../model/app.ts';
import type { SetUp } from '../../model/sdk.ts';

export function RecoveryCode(props: { readonly setUp: SetUp; readonly onDone: () => void }): JSX.Element {
  return (
    <>
      <h2>Keep this code</h2>
      <p>
        On paper or with a friend: it says where to ask, and is worth nothing without your PIN. The PIN you
        keep in your head.
      </p>
      <div class="made-link">
        <Qr text={props.setUp.code} label="Recovery code as a QR code" />
        <div class="stack">
          <textarea
            class="input mono"
            readOnly
            rows={4}
            aria-label="Recovery code"
            value={props.setUp.code}
            onFocus={(event) => event.currentTarget.select()}
          />
          <div class="row">
            <Copy text={props.setUp.code} class="primary">
              Copy the code
            </Copy>
            <button type="button" class="button" onClick={() => window.print()}>
              Print
            </button>
          </div>
        </div>
      </div>
      <p class="muted">
        {props.setUp.threshold} of {plural(props.setUp.realms.length, 'node')} bring you back.
      </p>
      <Show when={props.setUp.failed.length > 0}>
        <Notice kind="warn" title="Not every node has its part">
          <For each={props.setUp.failed}>
            {({ url, fault }) => (
              <p>
                {url}: {faultWords(fault).what}
              </p>
            )}
          </For>
        </Notice>
      </Show>
      <Show when={props.setUp.weaknesses.length > 0}>
        <Notice kind="warn" title="The PIN is easy to guess">
          {pinWords(props.setUp.weaknesses)}
        </Notice>
      </Show>
      <div>
        <button type="button" class="button" onClick={() => props.onDone()}>
          I have kept it
        </button>
      </div>
    </>
  );
}
