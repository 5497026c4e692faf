/** Whether a member's key was checked on this device, and the two ways to do it (SPEC U28, M14). */

import { key } from 'copse/internal/base/ids.ts';
import { createResource, createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { Member, Trust } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

const WORDS: Readonly<Record<Trust, string>> = {
  unverified: 'unverified',
  checked: 'checked',
  compared: 'compared',
};
const HINTS: Readonly<Record<Trust, string>> = {
  unverified: 'Only the node says that this key is theirs.',
  checked: 'This device has checked all that the public log says of this key.',
  compared: 'You have compared digits with them.',
};

export function TrustTag(props: { readonly trust: Trust }): JSX.Element {
  return (
    <span class="tag" classList={{ warn: props.trust === 'unverified' }} title={HINTS[props.trust]}>
      {WORDS[props.trust]}
    </span>
  );
}

interface VerifyProps {
  readonly member: Member;
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
      <p>
        So far only the node says that this key belongs to {props.member.name}. Check what its public log
        says, or compare digits with them, which is stronger.
      </p>
      <Show when={isSilent()}>
        <Notice kind="warn" title={`The log says nothing of ${props.member.name}`}>
          That is no bad sign; it proves nothing. Compare the digits.
        </Notice>
      </Show>
      <div>
        <Act run={check}>Check the log</Act>
      </div>
      <Compare {...props} />
    </div>
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
