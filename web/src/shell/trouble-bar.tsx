/** What keeps the device from its node for good, until somebody does something about it. */

import type { Fault, FaultCode } from 'copse/internal/base/fault.ts';
import { createEffect, createSignal, onMount, Show, type JSX } from 'solid-js';
import { fromStore } from 'copse/solid';
import { Act } from '../kit/act.tsx';
import { FaultNotice, Notice } from '../kit/notice.tsx';
import { Time } from '../kit/time.tsx';
import { alarmWords } from '../logic/alarm-words.ts';
import { useApp, useCopse } from '../model/app.ts';
import type { AccountRow } from '../model/sdk-accounts.ts';
import { tellSignedOut } from './signed-out.ts';

export function TroubleBar(): JSX.Element {
  const copse = useCopse();
  const trouble = fromStore(copse.trouble);
  const alarm = fromStore(copse.alarm);
  return (
    <>
      <Show when={alarm()}>
        {(fault) => (
          <div class="trouble">
            <Alarm code={fault().code} />
          </div>
        )}
      </Show>
      <NewNotice />
      <Show when={trouble()}>
        {(fault) => (
          <div class="trouble">
            <Show when={isShutOut(fault())} fallback={<FaultNotice thrown={fault()} />}>
              <ShutOut />
            </Show>
          </div>
        )}
      </Show>
    </>
  );
}

/** The log of the node was caught in a contradiction: it is said in every room, until somebody has looked into it. */
function Alarm(props: { readonly code: FaultCode }): JSX.Element {
  return (
    <Notice
      kind="bad"
      title="Do not rely on what this node says about people"
      actions={
        <a class="button" href="#/audit">
          What to do
        </a>
      }
    >
      {alarmWords(props.code).title}. What is sealed stays sealed; names and keys may be false.
    </Notice>
  );
}

/** Something was said about this user that this device did not cause. */
function NewNotice(): JSX.Element {
  const app = useApp();
  const noticed = fromStore(useCopse().noticed);
  const [seen, setSeen] = createSignal<number | null>(null);
  createEffect(() => {
    if (app.route().room === 'audit') setSeen(noticed()?.index ?? null);
  });
  return (
    <Show when={noticed() !== null && noticed()?.index !== seen()}>
      <div class="trouble">
        <Notice
          kind="warn"
          title="Your node has said something new about you"
          actions={
            <>
              <a class="button" href="#/audit">
                Look at it
              </a>
              <button type="button" class="button quiet" onClick={() => setSeen(noticed()?.index ?? null)}>
                Later
              </button>
            </>
          }
        >
          This device did not cause it.
        </Notice>
      </div>
    </Show>
  );
}

function isShutOut({ code }: Fault): boolean {
  return code === 'revoked' || code === 'unauthorized';
}

function ShutOut(): JSX.Element {
  const app = useApp();
  const signInAgain = async (): Promise<void> => {
    const { isBare } = await app.session.signOut();
    // A device that was shut out has nothing to tell the node.
    tellSignedOut(app, { isNodeTold: true, isBare });
    app.go({ room: 'signin' });
  };
  const copse = useCopse();
  const [removal, setRemoval] = createSignal<AccountRow['removal']>(null);
  onMount(() => {
    const asked = copse.accounts().then((accounts) => accounts.fate());
    // A node that does not answer leaves what is known.
    asked.then(setRemoval).catch(() => {});
  });
  return (
    <Show when={removal()} fallback={<Revoked signInAgain={signInAgain} />}>
      {(known) => (
        <Notice kind="bad" title={removedTitle(known())}>
          {known().reason === '' ? 'No reason was given. ' : `“${known().reason}” `}
          What you wrote stays on this device. Until <Time ms={known().untilMs} as="until" /> whoever did it,
          or is above her, can bring it back; then this device signs in by itself.
        </Notice>
      )}
    </Show>
  );
}

function removedTitle({ by, whom }: { readonly by: string; readonly whom: string }): string {
  return `${by || 'The node'} has removed ${whom === '' ? 'your account' : `“${whom}”`} from this node`;
}

function Revoked(props: { readonly signInAgain: () => Promise<void> }): JSX.Element {
  return (
    <Notice
      kind="bad"
      title="This device was shut out"
      actions={<Act run={() => props.signInAgain()}>Sign in again</Act>}
    >
      Another device of yours revoked it, or you signed it out. With your 24 words it comes back as a new one.
    </Notice>
  );
}
