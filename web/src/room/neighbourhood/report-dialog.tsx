/** Tells the admins of the node of a post or a person (SPEC U50). */

import { createSignal, Show, type JSX } from 'solid-js';
import { reportWhyBytesMax } from 'copse/internal/base/limits-work.ts';
import { Act } from '../../kit/act.tsx';
import { Choose } from '../../kit/choose.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { reasonChoices, reportWhy } from '../../logic/neighbourhood/report-words.ts';
import { useApp } from '../../model/app.ts';
import { keyOf, type PersonKey } from '../../model/neighbourhood/keys.ts';
import { useStreet } from '../../model/street.ts';

interface ReportProps {
  readonly about: PersonKey;
  /** Null: she herself is reported. */
  readonly post: string | null;
}

export function ReportButton(props: ReportProps): JSX.Element {
  const { people } = useStreet();
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <button
        type="button"
        class="button quiet small"
        aria-label={`Report ${people.of(props.about).called}`}
        onClick={() => setOpen(true)}
      >
        <Icon name="flag" size={18} /> Report
      </button>
      <ReportDialog {...props} isOpen={isOpen()} onClose={() => setOpen(false)} />
    </>
  );
}

interface DialogProps extends ReportProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ReportDialog(props: DialogProps): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const [reason, setReason] = createSignal('');
  const [words, setWords] = createSignal('');
  const name = () => street.people.of(props.about).called;
  const why = () => reportWhy(reason(), words());
  const report = async (): Promise<void> => {
    await street.place.doorstep.report(keyOf(props.about), why(), props.post);
    setReason('');
    setWords('');
    props.onClose();
    app.tell('The admins of this node are told.', 'Muting or blocking works at once, and for you alone.');
  };
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={props.post === null ? `Report ${name()}?` : 'Report this post?'}
      actions={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            Leave it
          </button>
          <Act class="primary" icon="flag" run={report} disabled={why() === ''}>
            Report
          </Act>
        </>
      }
    >
      <p>
        The admins of this node see who reports, whom, and what you say here
        <Show when={props.post !== null}>, with the post as it is now</Show>. {name()} is not told.
      </p>
      <Choose
        label="What is wrong"
        value={reason()}
        prompt="Choose one"
        choices={reasonChoices}
        onChoose={setReason}
      />
      <Field
        label="In your words, if you like"
        value={words()}
        onInput={setWords}
        rows={3}
        maxLength={Math.floor(reportWhyBytesMax / 2)}
      />
    </Dialog>
  );
}
