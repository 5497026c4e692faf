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
  const street = useStreet();
  const form = createSaying(props);
  const called = () => street.people.of(props.person).called;
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={`Whose key is it that ${called()} has?`}
      actions={
        <Act
          class="primary"
          run={form.say}
          disabled={form.says() === 'compared' && form.typed().trim() === ''}
        >
          Say it
        </Act>
      }
    >
      <div class="stack">
        <p>Everybody who follows you sees what you say here, with your name.</p>
        <Choices is={form.says()} onChoose={form.setSays} />
        <Show when={form.says() === 'compared'}>
          <Digits
            person={props.person}
            called={called()}
            typed={form.typed()}
            wrong={form.wrong()}
            onInput={form.type}
          />
        </Show>
        <Field
          label="How you call them, if you like"
          value={form.name()}
          onInput={form.setName}
          maxLength={Math.floor(nameBytesMax / 4)}
        />
        <Field
          label="A word about it, if you like"
          value={form.notes()}
          onInput={form.setNotes}
          rows={2}
          maxLength={Math.floor(aboutNotesBytesMax / 4)}
        />
      </div>
    </Dialog>
  );
}

/** What was chosen and typed; begins with what one says so far each time the dialog opens. */
function createSaying(props: VouchProps) {
  const app = useApp();
  const copse = useCopse();
  const { place } = useStreet();
  const [says, setSays] = createSignal<Says>('compared');
  const [name, setName] = createSignal('');
  const [notes, setNotes] = createSignal('');
  const [typed, setTyped] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const type = (text: string): void => {
    setTyped(text);
    setWrong(undefined);
  };
  createEffect(() => {
    if (!props.isOpen) return;
    const verdict = props.mine?.verdict;
    setSays(verdict === 'known' || verdict === 'doubted' ? verdict : 'compared');
    setName(props.mine?.name ?? '');
    setNotes(props.mine?.notes ?? '');
    type('');
  });
  const say = async (): Promise<void> => {
    const key = keyOf(props.person);
    const words = { name: name().trim(), notes: notes().trim() };
    const verdict = says();
    try {
      if (verdict === 'compared') {
        await place.vouch(key, { ...words, digits: typed() });
        // This device knows it now, too.
        await (await copse.names()).compared(key, typed());
      } else await place.vouch(key, { ...words, verdict });
    } catch (thrown) {
      if (asFault(thrown).code !== 'badProof') throw thrown;
      setWrong('These are other digits. If you typed what they said, somebody is between you.');
      return;
    }
    app.tell('Said.', 'Whoever follows you sees it, signed by you.');
    await props.onDone();
  };
  return { says, setSays, name, setName, notes, setNotes, typed, type, wrong, say };
}

function Choices(props: { readonly is: Says; readonly onChoose: (says: Says) => void }): JSX.Element {
  return (
    <fieldset class="choices">
      <legend class="hidden">What you say</legend>
      <For each={CHOICES}>
        {({ says, label, hint }) => (
          <label class="choice">
            <input
              type="radio"
              name="says"
              checked={props.is === says}
              onChange={() => props.onChoose(says)}
            />
            <span>
              <b>{label}</b>
              <small>{hint}</small>
            </span>
          </label>
        )}
      </For>
    </fieldset>
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
