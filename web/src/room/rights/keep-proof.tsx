/** Takes in the proof of a sealed right, as text or as a file (SPEC U32). */

import { asFault } from 'copse/internal/base/fault.ts';
import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { proofIn } from '../../logic/proof-text.ts';
import { useApp, useCopse } from '../../model/app.ts';

export function KeepProof(props: { readonly onKept: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [text, setText] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const keep = async (proof: Uint8Array): Promise<void> => {
    setThrown(null);
    await (await copse.rights).keepProof(proof);
    setText('');
    props.onKept();
    app.tell('The proof is kept.', 'What it permits works from now on, on this device.');
  };
  const { isBusy, act } = createAct(async () => {
    const proof = proofIn(text());
    if (proof === null)
      setWrong('That is no proof: it begins with copse-proof: and is copied to its last letter.');
    else await keep(proof);
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text().trim() !== '') act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="A proof that you were handed"
        hint="It begins with copse-proof:"
        rows={3}
        value={text()}
        error={wrong()}
        onInput={(typed) => {
          setText(typed);
          setWrong(undefined);
        }}
        maxLength={60_000}
      />
      <ProofFault thrown={thrown()} />
      <div class="row">
        <button type="submit" class="button" aria-busy={isBusy()} disabled={text().trim() === ''}>
          <span>Keep the proof</span>
          <span class="spinner" aria-hidden="true" />
        </button>
        <OpenFile onFile={(bytes) => keep(bytes).catch(setThrown)} />
      </div>
    </form>
  );
}

/** What a faulty proof means for who was handed it. */
function ProofFault(props: { readonly thrown: unknown }): JSX.Element {
  return (
    <Show when={props.thrown}>
      <Show when={asFault(props.thrown).code === 'badProof'} fallback={<FaultNotice thrown={props.thrown} />}>
        <Notice kind="bad" title="This proof does not hold for you">
          It was made for somebody else, has ended, or was altered on its way. Ask who gave it for a new one.{' '}
          <span class="fault-code">Code: badProof</span>
        </Notice>
      </Show>
    </Show>
  );
}

function OpenFile(props: { readonly onFile: (bytes: Uint8Array) => Promise<unknown> }): JSX.Element {
  const app = useApp();
  const take = (file: File | undefined): void => {
    file
      ?.arrayBuffer()
      .then((bytes) => props.onFile(new Uint8Array(bytes)))
      .catch(app.tellFault);
  };
  return (
    <label class="button file-button">
      Open a file
      <input
        type="file"
        class="hidden"
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}
