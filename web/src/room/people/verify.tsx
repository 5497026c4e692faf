/** Whether a member's key was checked on this device, and the two ways to do it (SPEC U28, M14). */

import { key } from 'copse/internal/base/ids.ts';
import { createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { Mark } from '../../logic/trust-words.ts';
import type { Member } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

interface VerifyProps {
  readonly member: Member;
  readonly mark: Mark;
  readonly onDone: () => void;
}

export function Verify(props: VerifyProps): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <button
        type="button"
        class="button small"
        aria-label={`Verify ${props.member.name}`}
        onClick={() => setOpen(true)}
      >
        Verify
      </button>
      <Dialog isOpen={isOpen()} onClose={() => setOpen(false)} title={`Is it really ${props.member.name}?`}>
        <Ways
          {...props}
          onDone={() => {
            setOpen(false);
            props.onDone();
          }}
        />
      </Dialog>
    </>
  );
}

function Ways(props: VerifyProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isSilent, setSilent] = createSignal(false);
  const check = async (): Promise<void> => {
    const trust = await (await copse.names()).check(key(props.member.key));
    setSilent(trust === 'unverified');
    if (trust === 'unverified') return;
    app.tell(`All that the log says of ${props.member.name} fits together.`);
    props.onDone();
  };
  return (
    <div class="stack">
      <Show
        when={props.mark === 'changed'}
        fallback={<ByLog member={props.member} onCheck={check} isSilent={isSilent()} />}
      >
        <Notice kind="warn" title={`Another ${props.member.name} was verified here with another key`}>
          Perhaps they lost everything and began anew; perhaps somebody only uses the name. The log cannot
          tell: ask them by telephone or in person.
        </Notice>
      </Show>
      <Compare {...props} />
    </div>
  );
}

function ByLog(props: {
  readonly member: Member;
  readonly onCheck: () => Promise<void>;
  /** The log was asked and says nothing. */
  readonly isSilent: boolean;
}): JSX.Element {
  return (
    <>
      <p>
        So far only the node says that this key belongs to {props.member.name}. Check what its public log
        says, or compare digits with them, which is stronger.
      </p>
      <Show when={props.isSilent}>
        <Notice kind="warn" title={`The log says nothing of ${props.member.name}`}>
          That is no bad sign; it proves nothing. Compare the digits.
        </Notice>
      </Show>
      <div>
        <Act run={props.onCheck}>Check the log</Act>
      </div>
    </>
  );
}

/** Each reads three groups aloud: digits that are only shown are soon believed without being compared. */
function Compare(props: VerifyProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [digits, { refetch }] = createResource(async () =>
    (await copse.names()).digitsWith(key(props.member.key)),
  );
  const [typed, setTyped] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const { isBusy, act } = createAct(async () => {
    const isRight = await (await copse.names()).compared(key(props.member.key), typed());
    if (!isRight) {
      setWrong('These are other digits. If you typed what they said, somebody is between you.');
      return;
    }
    app.tell(`${props.member.name} is who they say they are.`);
    props.onDone();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (typed().trim() !== '') act();
  };
  return (
    <Switch fallback={<Loading />}>
      <Match when={digits.error !== undefined}>
        <FaultNotice thrown={digits.error} retry={() => void refetch()} />
      </Match>
      <Match when={digits()}>
        {(shown) => (
          <form class="stack" onSubmit={submit}>
            <p>Read these to them by telephone or in person, and type the ones that they read to you:</p>
            <output class="same-digits long" aria-label="Digits of both keys">
              {shown()}
            </output>
            <Field
              label={`Digits that ${props.member.name} reads`}
              value={typed()}
              error={wrong()}
              onInput={(text) => {
                setTyped(text);
                setWrong(undefined);
              }}
              maxLength={80}
            />
            <div class="form-foot">
              <button
                type="submit"
                class="button primary"
                aria-busy={isBusy()}
                disabled={typed().trim() === ''}
              >
                <span>Compare</span>
                <span class="spinner" aria-hidden="true" />
              </button>
            </div>
          </form>
        )}
      </Match>
    </Switch>
  );
}
