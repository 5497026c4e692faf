/** Lets a new device in: by its picture, which needs nothing else, or by its code and the digits that it shows. */

import { createSignal, Match, onCleanup, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { Approval } from '../../model/sdk.ts';
import { DeviceScanner } from './device-scanner.tsx';

interface ApprovalProps {
  readonly isOpen: boolean;
  /** A link that was opened by the camera of the telephone, or empty. */
  readonly link: string;
  readonly onClose: () => void;
}

export function ApprovalDialog(props: ApprovalProps): JSX.Element {
  return (
    <Dialog isOpen={props.isOpen} onClose={() => props.onClose()} title="Let a device in">
      <ApprovalSteps link={props.link} onDone={() => props.onClose()} />
    </Dialog>
  );
}

function ApprovalSteps(props: { readonly link: string; readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [approval, setApproval] = createSignal<Approval | null>(null);
  const [thrown, setThrown] = createSignal<unknown>(null);
  let isDecided = false;
  onCleanup(() => {
    // Who closes the dialog has not let it in.
    if (!isDecided)
      approval()
        ?.deny()
        .catch(() => {});
  });
  const answer = async (text: string): Promise<void> => {
    setThrown(null);
    setApproval(await (await copse.deviceDesk()).answer(text));
  };
  const decide = async (how: 'in' | 'away', digits?: string): Promise<void> => {
    const now = approval();
    if (now === null) return;
    isDecided = true;
    await (how === 'in' ? now.approve(digits) : now.deny());
    app.tell(how === 'in' ? `${now.deviceName} is let in.` : `${now.deviceName} was sent away.`);
    props.onDone();
  };
  const failed = (fault: unknown): void => {
    setApproval(null);
    isDecided = false;
    setThrown(fault);
  };
  return (
    <div class="stack">
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <Show when={approval()} fallback={<Find link={props.link} answer={answer} failed={failed} />}>
        {(found) => <Decide approval={found()} decide={decide} failed={failed} />}
      </Show>
    </div>
  );
}

interface FindProps {
  readonly link: string;
  readonly answer: (text: string) => Promise<void>;
  readonly failed: (thrown: unknown) => void;
}

function Find(props: FindProps): JSX.Element {
  const [way, setWay] = createSignal<'code' | 'picture'>('code');
  const [text, setText] = createSignal('');
  const { isBusy, act } = createAct(
    () => props.answer(text().trim()),
    (thrown) => props.failed(thrown),
  );
  const take = (found: string): void => {
    setWay('code');
    setText(found);
    act();
  };
  // What the dialog was opened with.
  if (props.link !== '') take(props.link);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text().trim() !== '') act();
  };
  return (
    <Switch>
      <Match when={way() === 'picture'}>
        <DeviceScanner onFound={take} onClose={() => setWay('code')} />
      </Match>
      <Match when={way() === 'code'}>
        <form class="stack" onSubmit={submit}>
          <p>
            On the new device, open this address and choose <i>I have another device</i>. It shows a picture
            and a code.
          </p>
          <div>
            <button type="button" class="button large" onClick={() => setWay('picture')}>
              <Icon name="qr" size={18} />
              <span>Take its picture</span>
            </button>
          </div>
          <Field
            label="Or type its code"
            value={text()}
            onInput={setText}
            placeholder="K7QM-3X9P"
            maxLength={400}
            isFocused
          />
          <div class="form-foot row">
            <button type="submit" class="button primary" aria-busy={isBusy()} disabled={text().trim() === ''}>
              <span>Go on</span>
              <span class="spinner" aria-hidden="true" />
            </button>
          </div>
        </form>
      </Match>
    </Switch>
  );
}

interface DecideProps {
  readonly approval: Approval;
  readonly decide: (how: 'in' | 'away', digits?: string) => Promise<void>;
  readonly failed: (thrown: unknown) => void;
}

const DIGITS = 6;

function Decide(props: DecideProps): JSX.Element {
  const [digits, setDigits] = createSignal('');
  const isReady = () => props.approval.scanned || digits().replaceAll(/\D/gu, '').length === DIGITS;
  const { isBusy, act } = createAct(
    () => props.decide('in', digits()),
    (thrown) => props.failed(thrown),
  );
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isReady()) act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p>
        <b>{props.approval.deviceName || 'A device without a name'}</b> will be you: it reads and writes all
        that you do. Let in only what is in your own hands.
      </p>
      <Show
        when={!props.approval.scanned}
        fallback={
          <Notice kind="good" title="It is the device whose picture you took.">
            Nothing is left to compare.
          </Notice>
        }
      >
        <Field
          label="The six digits that it shows now"
          value={digits()}
          onInput={setDigits}
          placeholder="482 913"
          maxLength={12}
          hint="They are the same only when nobody is in between. Wrong ones send it away."
          isFocused
          isRequired
        />
      </Show>
      <div class="form-foot row">
        <Act run={() => props.decide('away')}>Send it away</Act>
        <button type="submit" class="button primary" aria-busy={isBusy()} disabled={!isReady()}>
          <span>Let it in</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}
