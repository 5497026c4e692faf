/** Says, signed and for everybody, whose key it is: with digits that both have compared, or without (SPEC U49). */

import { createEffect, createSignal, For, Show, type JSX } from 'solid-js';
import { aboutNotesBytesMax } from 'copse/internal/base/limits-exchange.ts';
import { nameBytesMax } from 'copse/internal/base/limits.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import { keyOf, type PersonKey } from '../../model/neighbourhood/keys.ts';
import type { Said } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';

type Says = 'compared' | 'known' | 'doubted';

interface VouchProps {
  readonly person: PersonKey;
  /** What one says so far. */
  readonly mine: Said | null;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

const CHOICES: readonly { readonly says: Says; readonly label: string; readonly hint: string }[] = [
  {
    says: 'compared',
    label: 'We have compared digits',
    hint: 'By telephone or in person. The strongest that you can say.',
  },
  {
    says: 'known',
    label: 'I know them by this key',
    hint: 'You have written to each other, without comparing.',
  },
  { says: 'doubted', label: 'This is somebody else', hint: 'Whoever follows you is warned.' },
];

export function VouchDialog(props: VouchProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const street = useStreet();
  const [says, setSays] = createSignal<Says>('compared');
  const [name, setName] = createSignal('');
  const [notes, setNotes] = createSignal('');
  const [typed, setTyped] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const called = () => street.people.of(props.person).called;
  createEffect(() => {
    if (!props.isOpen) return;
    setSays(
      props.mine?.verdict === 'known' || props.mine?.verdict === 'doubted' ? props.mine.verdict : 'compared',
    );
    setName(props.mine?.name ?? '');
    setNotes(props.mine?.notes ?? '');
    setTyped('');
    setWrong(undefined);
  });
  const say = async (): Promise<void> => {
    const key = keyOf(props.person);
    const words = { name: name().trim(), notes: notes().trim() };
    const verdict = says();
    try {
      if (verdict === 'compared') {
        await street.place.vouch(key, { ...words, digits: typed() });
        // This device knows it now, too.
        await (await copse.names()).compared(key, typed());
      } else await street.place.vouch(key, { ...words, verdict });
    } catch (thrown) {
      if (asFault(thrown).code !== 'badProof') throw thrown;
      setWrong('These are other digits. If you typed what they said, somebody is between you.');
      return;
    }
    app.tell('Said.', 'Whoever follows you sees it, signed by you.');
    await props.onDone();
  };
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={`Whose key is it that ${called()} has?`}
      actions={
        <Act class="primary" run={say} disabled={says() === 'compared' && typed().trim() === ''}>
          Say it
        </Act>
      }
    >
      <div class="stack">
        <p>Everybody who follows you sees what you say here, with your name.</p>
        <fieldset class="choices">
          <legend class="hidden">What you say</legend>
          <For each={CHOICES}>
            {({ says: each, label, hint }) => (
              <label class="choice">
                <input type="radio" name="says" checked={says() === each} onChange={() => setSays(each)} />
                <span>
                  <b>{label}</b>
                  <small>{hint}</small>
                </span>
              </label>
            )}
          </For>
        </fieldset>
        <Show when={says() === 'compared'}>
          <Digits
            person={props.person}
            called={called()}
            typed={typed()}
            wrong={wrong()}
            onInput={(text) => {
              setTyped(text);
              setWrong(undefined);
            }}
          />
        </Show>
        <Field
          label="How you call them, if you like"
          value={name()}
          onInput={setName}
          maxLength={Math.floor(nameBytesMax / 4)}
        />
        <Field
          label="A word about it, if you like"
          value={notes()}
          onInput={setNotes}
          rows={2}
          maxLength={Math.floor(aboutNotesBytesMax / 4)}
        />
      </div>
    </Dialog>
  );
}

interface DigitsProps {
  readonly person: PersonKey;
  readonly called: string;
  readonly typed: string;
  readonly wrong: string | undefined;
  readonly onInput: (text: string) => void;
}

/** Each reads three groups aloud: digits that are only shown are soon believed without being compared. */
function Digits(props: DigitsProps): JSX.Element {
  const { place } = useStreet();
  return (
    <>
      <p>Read these to them by telephone or in person, and type the ones that they read to you:</p>
      <output class="same-digits long" aria-label="Digits of both keys">
        {place.digits(keyOf(props.person))}
      </output>
      <Field
        label={`Digits that ${props.called} reads`}
        value={props.typed}
        error={props.wrong}
        onInput={props.onInput}
        maxLength={80}
      />
    </>
  );
}
