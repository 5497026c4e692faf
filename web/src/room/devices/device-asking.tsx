/** A new device, without an account, waits for one of its user's to let it in. */

import { createResource, createSignal, Match, onCleanup, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Copy } from '../../kit/copy.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Heading } from '../../kit/page.tsx';
import { Qr } from '../../kit/qr.tsx';
import { useApp } from '../../model/app.ts';
import type { Answered, Asking } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

export function DeviceAsking(): JSX.Element {
  const app = useApp();
  const [turn, setTurn] = createSignal(1);
  let open: Asking | null = null;
  const [asking] = createResource(turn, async () => {
    open?.cancel().catch(() => {});
    open = await app.gate.pair();
    return open;
  });
  onCleanup(() => open?.cancel().catch(() => {}));
  return (
    <>
      <Heading>Let your other device bring you here</Heading>
      <Switch fallback={<Loading />}>
        <Match when={asking.error !== undefined}>
          <FaultNotice thrown={asking.error} retry={() => setTurn(turn() + 1)} />
        </Match>
        <Match when={asking()} keyed>
          {(made) => (
            <Waiting
              asking={made}
              onAgain={() => setTurn(turn() + 1)}
              onIn={() => {
                open = null;
              }}
            />
          )}
        </Match>
      </Switch>
      <p class="muted">
        <a href="#/">Back</a>
      </p>
    </>
  );
}

interface WaitingProps {
  readonly asking: Asking;
  readonly onAgain: () => void;
  /** The pairing is over and well. */
  readonly onIn: () => void;
}

function Waiting(props: WaitingProps): JSX.Element {
  const app = useApp();
  const [answered, setAnswered] = createSignal<Answered | null>(null);
  const [thrown, setThrown] = createSignal<unknown>(null);
  let isGone = false;
  onCleanup(() => {
    isGone = true;
  });
  const failed = (fault: unknown): void => {
    if (!isGone) setThrown(fault);
  };
  const enter = async (): Promise<void> => {
    const { secret, nodeKey, generations } = await props.asking.handed();
    if (isGone) return;
    props.onIn();
    await app.session.signIn(secret, { nodeKey, generations });
    app.tell('This is a device of yours now.');
    app.go({ room: app.session.arrival()?.kind === 'join' ? 'join' : 'home' });
  };
  void props.asking
    .answered()
    .then((how) => {
      setAnswered(how);
      return how.kind === 'scanned' ? enter() : undefined;
    })
    .catch(failed);
  return (
    <Show when={thrown() === null} fallback={<Refused thrown={thrown()} onAgain={props.onAgain} />}>
      <Switch>
        <Match when={answered() === null}>
          <Picture asking={props.asking} />
        </Match>
        <Match when={answered()?.kind === 'scanned'}>
          <Notice kind="good" title="Your other device has taken the picture.">
            Choose <i>Let it in</i> there.
          </Notice>
        </Match>
        <Match when={digitsOf(answered())}>
          {(digits) => (
            <Compare digits={digits()} enter={() => enter().catch(failed)} asking={props.asking} />
          )}
        </Match>
      </Switch>
    </Show>
  );
}

function digitsOf(answered: Answered | null): string | undefined {
  return answered?.kind === 'digits' ? answered.digits : undefined;
}

function Refused(props: { readonly thrown: unknown; readonly onAgain: () => void }): JSX.Element {
  return <FaultNotice thrown={props.thrown} retry={() => props.onAgain()} />;
}

function Picture(props: { readonly asking: Asking }): JSX.Element {
  const minutes = () => Math.max(1, Math.round((props.asking.untilMs - Date.now()) / 60_000));
  return (
    <div class="stack">
      <p class="lead">
        On a device where you are signed in, open <b>Devices</b>, choose <i>Let a device in</i>, and take this
        picture or type the code.
      </p>
      <Qr text={props.asking.link} label="The picture for your other device" />
      <p class="pair-code" aria-label="The code to type">
        {props.asking.code}
      </p>
      <div class="row">
        <Copy text={props.asking.link}>Copy it as a link</Copy>
      </div>
      <p class="muted" role="status">
        Waiting for your other device, for {minutes()} minutes.
      </p>
    </div>
  );
}

interface CompareProps {
  readonly digits: string;
  readonly asking: Asking;
  readonly enter: () => Promise<void>;
}

function Compare(props: CompareProps): JSX.Element {
  const app = useApp();
  const stop = async (): Promise<void> => {
    await props.asking.cancel();
    app.go({ room: 'home' });
  };
  return (
    <div class="stack">
      <p class="lead">Type these digits on your other device.</p>
      <p class="pair-code" role="status">
        {props.digits}
      </p>
      <p>
        Go on when it says that this device is let in. If it says that the digits are others, stop: somebody
        may be in between.
      </p>
      <div class="row">
        <Act class="primary large" run={props.enter}>
          It has let me in
        </Act>
        <Act run={stop}>Stop</Act>
      </div>
    </div>
  );
}
