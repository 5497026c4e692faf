/** The proof of a sealed right that was just given: handed over by its maker, and by nobody else (SPEC U32). */

import { onCleanup, onMount, type JSX } from 'solid-js';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { proofText } from '../../logic/proof-text.ts';
import type { SealedMade } from '../../model/share.ts';

interface SealedProps {
  readonly made: SealedMade;
  readonly onDone: () => void;
}

export function SealedProof(props: SealedProps): JSX.Element {
  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  const text = () => proofText(props.made.proof);
  const url = URL.createObjectURL(new Blob([new Uint8Array(props.made.proof)]));
  onCleanup(() => URL.revokeObjectURL(url));
  const name = () => props.made.name || 'them';
  return (
    <div class="stack">
      <h3 ref={(element) => (heading = element)} tabIndex={-1}>
        Hand this proof to {name()}
      </h3>
      <p>
        The node has kept a number and nothing else: it does not know to whom you gave what, and can give the
        proof to nobody. Send it yourself. It is of use to {name()} alone.
      </p>
      <textarea
        class="input mono"
        readOnly
        rows={5}
        aria-label="Proof"
        value={text()}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div class="row">
        <Copy text={text()} class="primary">
          Copy the proof
        </Copy>
        <a class="button" href={url} download={`${props.made.id.slice(0, 12)}.copse-proof`}>
          <Icon name="down" size={18} /> Save as a file
        </a>
      </div>
      <Notice kind="info" title="Nobody’s list shows this right">
        This device remembers that you gave it: under Sealed rights you take it back. {name()} keeps the proof
        there, too, or with <span class="mono">copse proof keep</span>.
      </Notice>
      <div class="form-foot">
        <button type="button" class="button" onClick={() => props.onDone()}>
          Done
        </button>
      </div>
    </div>
  );
}
