/** The words in a numbered grid, with ways to take them along. On paper it is the only thing printed. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Mark } from '../../kit/mark.tsx';
import { Qr } from '../../kit/qr.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import { useHouse } from '../../shell/house-model.ts';

export function WordSheet(props: { readonly words: readonly string[] }): JSX.Element {
  const { words, nowMs } = useApp();
  const { profile } = useHouse();
  const { node } = useCopse();
  const [isQrShown, setQrShown] = createSignal(false);
  const phrase = () => props.words.join(' ');
  return (
    <>
      <section class="sheet" aria-label="The words">
        <p class="sheet-head">
          <Mark size={24} /> {profile().name} · {node.url.replace(/^https?:\/\//u, '')} ·{' '}
          {words.full(nowMs())}
        </p>
        <ol class="word-grid">
          <For each={props.words}>{(word) => <li>{word}</li>}</For>
        </ol>
        <Show when={isQrShown()}>
          <figure class="sheet-qr">
            <Qr text={phrase()} label="The 24 words as a QR code" />
            <figcaption>A camera reads the words as text. Point it only at a device of your own.</figcaption>
          </figure>
        </Show>
      </section>
      <div class="row">
        <Copy text={phrase()}>Copy</Copy>
        <button type="button" class="button" onClick={() => print()}>
          <Icon name="print" size={18} /> Print
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={isQrShown()}
          onClick={() => setQrShown((shown) => !shown)}
        >
          <Icon name="qr" size={18} /> QR code
        </button>
      </div>
    </>
  );
}
