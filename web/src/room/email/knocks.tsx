/** A device that signed in with an address of this user asks to be let in, in whatever room she is. */

import { hex } from 'copse/internal/base/bytes.ts';
import { createMemo, createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { fromStore } from 'copse/solid';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { Knock, LettingIn } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { SameDigits } from './visit.tsx';

export function Knocks(): JSX.Element {
  const copse = useCopse();
  const changes = fromStore(copse.devicesChanged);
  const status = fromStore(copse.status);
  // Asked again with every change of the devices; offline nobody can knock.
  const [knocks, { refetch }] = createResource(
    () => (status() === 'live' ? changes() + 1 : undefined),
    async () => (await copse.emails()).knocks(),
  );
  const waiting = createMemo(
    () =>
      new Map(
        (knocks.error === undefined ? (knocks.latest ?? []) : []).map((knock) => [hex(knock.id), knock]),
      ),
  );
  // By their ids: the list is asked for again while one of them is being answered.
  const ids = createMemo(() => [...waiting().keys()]);
  return (
    <For each={ids()}>
      {(id) => (
        <Show when={waiting().get(id)}>
          {(knock) => <KnockBar knock={knock()} onDone={() => void refetch()} />}
        </Show>
      )}
    </For>
  );
}

interface KnockProps {
  readonly knock: Knock;
  readonly onDone: () => void;
}

const nameOf = ({ deviceName }: Knock): string => (deviceName === '' ? 'A device' : deviceName);

function KnockBar(props: KnockProps): JSX.Element {
  const [isOpen, setOpen] = createSignal(false);
  return (
    <div class="trouble">
      <Notice
        kind="warn"
        title={`${nameOf(props.knock)} signed in as ${props.knock.email} and asks to be let in`}
        actions={
          <button type="button" class="button" onClick={() => setOpen(true)}>
            Look at it
          </button>
        }
      >
        <Time ms={props.knock.timeMs} />. If that was not you, send it away.
      </Notice>
      <Dialog isOpen={isOpen()} onClose={() => setOpen(false)} title={`Let ${nameOf(props.knock)} in?`}>
        <Letting knock={props.knock} onDone={props.onDone} />
      </Dialog>
    </div>
  );
}

function Letting(props: KnockProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [letting, setLetting] = createSignal<LettingIn | null>(null);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    setLetting(await (await copse.emails()).meet(props.knock));
  }, setThrown);
  const end = async (work: Promise<void>, words: string, hint = ''): Promise<void> => {
    await work;
    app.tell(words, hint);
    props.onDone();
  };
  const deny = async (): Promise<void> =>
    end(
      (await copse.emails()).deny(props.knock),
      `${nameOf(props.knock)} was sent away.`,
      'It learned nothing.',
    );
  const give = (): Promise<void> =>
    end(letting()?.give() ?? Promise.resolve(), `${nameOf(props.knock)} is in.`);
  return (
    <div class="stack">
      <Show when={!props.knock.sameAccount}>
        <Notice kind="bad" title="This is another account at the provider than before">
          The address may belong to somebody else now. Let it in only if you know why.
        </Notice>
      </Show>
      <Comparing letting={letting()} thrown={thrown()} isBusy={isBusy()} onRetry={act} />
      <div class="form-foot gap">
        <Act run={deny}>Send it away</Act>
        <Show
          when={letting()}
          fallback={
            <button type="button" class="button primary" aria-busy={isBusy()} onClick={act}>
              Show the digits
            </button>
          }
        >
          <Act class="primary" run={give}>
            They are the same
          </Act>
        </Show>
      </div>
    </div>
  );
}

interface ComparingProps {
  readonly letting: LettingIn | null;
  readonly thrown: unknown;
  readonly isBusy: boolean;
  readonly onRetry: () => void;
}

function Comparing(props: ComparingProps): JSX.Element {
  return (
    <Switch>
      <Match when={props.thrown}>
        <FaultNotice thrown={props.thrown} retry={props.onRetry} />
      </Match>
      <Match when={props.isBusy}>
        <Loading />
      </Match>
      <Match when={props.letting}>
        {(now) => (
          <>
            <p>Compare with the digits on the other screen. They must be the same.</p>
            <SameDigits digits={now().digits} />
            <p class="muted">
              It gets everything that you have here: your key, your sites, all that was written.
            </p>
          </>
        )}
      </Match>
      <Match when={true}>
        <p>
          Have it beside you, or its owner on the telephone: both screens will show digits, and you compare
          them.
        </p>
      </Match>
    </Switch>
  );
}
