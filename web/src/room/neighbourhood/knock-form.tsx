/** A message to somebody at whose node one has no account: what it takes, the words, the work, the end (SPEC U53). */

import { createSignal, Match, onCleanup, Show, Switch, type JSX } from 'solid-js';
import { hex } from 'copse/internal/base/bytes.ts';
import { knockBytesMax } from 'copse/internal/base/limits-work.ts';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { costWords, knockRoomLeft, leftWords } from '../../logic/neighbourhood/knock-words.ts';
import { keyDigits } from '../../logic/neighbourhood/person-words.ts';
import { useApp } from '../../model/app.ts';
import type { Knocking, KnockState, LastKnock } from '../../model/neighbourhood/knocking.ts';
import { Loading } from '../../shell/loading.tsx';

interface KnockProps {
  readonly knocking: Knocking;
}

/** By her own name, or by the first digits of her key. */
export function knockCalled({ name, person }: Knocking): string {
  return name() === '' ? keyDigits(person) : name();
}

export function KnockForm(props: KnockProps): JSX.Element {
  const knocking = () => props.knocking;
  const [hasWorked, setWorked] = createSignal(false);
  const is = <K extends KnockState['kind']>(kind: K) => {
    const now = knocking().state();
    return isKind(now, kind) ? now : undefined;
  };
  const failed = () => {
    const now = knocking().asked();
    return now.kind === 'failed' ? now : undefined;
  };
  return (
    <div class="stack knock">
      <Show when={knocking().state().kind !== 'sent'}>
        <Last {...props} />
      </Show>
      <Switch fallback={<Loading />}>
        <Match when={is('sent')}>{(sent) => <Sent {...props} sent={sent()} />}</Match>
        <Match when={is('working')}>
          {(working) => <Working {...props} working={working()} onStop={() => setWorked(true)} />}
        </Match>
        <Match when={failed()}>
          {(state) => <FaultNotice thrown={state().thrown} retry={() => void knocking().ask()} />}
        </Match>
        <Match when={knocking().asked().kind === 'closed'}>
          <Closed {...props} />
        </Match>
        <Match when={knocking().asked().kind === 'open'}>
          <Writing {...props} isBack={hasWorked()} />
        </Match>
      </Switch>
    </div>
  );
}

/** What was left here before, for who comes back. */
function Last(props: KnockProps): JSX.Element {
  const { words } = useApp();
  const is = <K extends LastKnock['kind']>(kind: K) => {
    const now = props.knocking.last();
    return isKind(now, kind) ? now : undefined;
  };
  return (
    <Switch>
      <Match when={is('accepted')}>
        {(accepted) => (
          <Notice kind="good" title="Your last message was accepted">
            <a href={`/p/${accepted().id}`}>See it, with what was answered</a>
          </Notice>
        )}
      </Match>
      <Match when={is('waiting')}>
        {(waiting) => (
          <Notice kind="info" title={`Your last message waits for ${knockCalled(props.knocking)}`}>
            Until {words.date(waiting().untilMs)} at most. When it is accepted you see it here; nobody is told
            of one that was declined.
          </Notice>
        )}
      </Match>
    </Switch>
  );
}

function isKind<State extends { readonly kind: string }, K extends State['kind']>(
  state: State,
  kind: K,
): state is Extract<State, { readonly kind: K }> {
  return state.kind === kind;
}

function Closed(props: KnockProps): JSX.Element {
  return (
    <>
      <Notice kind="info" title={`${knockCalled(props.knocking)} is not reached in this way`}>
        Either nobody with this key has an account on this node, or they take no messages from people without
        one. Somebody who has an account here can invite you; then you mention them in a post.
      </Notice>
      <Show when={props.knocking.text() !== ''}>
        <h2>Your words</h2>
        <p class="knock-words" dir="auto">
          {props.knocking.text()}
        </p>
      </Show>
    </>
  );
}

function Writing(props: KnockProps & { readonly isBack: boolean }): JSX.Element {
  const called = () => knockCalled(props.knocking);
  const room = () => knockRoomLeft(props.knocking.text());
  const refusal = () => {
    const now = props.knocking.state();
    return now.kind === 'writing' ? now.refusal : null;
  };
  const bits = () => {
    const now = props.knocking.asked();
    return now.kind === 'open' ? now.bits : 0;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void props.knocking.send();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Show when={refusal()}>
        {(why) => (
          <Notice kind="bad" title={why().title}>
            {why().hint} <span class="fault-code">Code: {why().code}</span>
          </Notice>
        )}
      </Show>
      <Field
        label={`Your message to ${called()}`}
        value={props.knocking.text()}
        onInput={props.knocking.write}
        rows={6}
        isFocused={props.isBack}
        maxLength={knockBytesMax}
        hint={room().words || 'Say who you are: no name goes with it.'}
        error={room().isOver ? room().words : undefined}
      />
      <p>{costWords(bits())}</p>
      <p class="muted">
        It waits for a week at most, and only {called()} sees it. When it is accepted it is a post like
        others, which everybody may read.
      </p>
      <div>
        <button
          type="submit"
          class="button primary"
          disabled={props.knocking.text().trim() === '' || room().isOver}
        >
          Send
        </button>
      </div>
    </form>
  );
}

interface WorkingProps extends KnockProps {
  readonly working: Extract<KnockState, { kind: 'working' }>;
  readonly onStop: () => void;
}

/** What was pressed is gone with the form: the keyboard goes on with what has come in its place. */
function focusSoon(element: HTMLElement): void {
  queueMicrotask(() => element.focus());
}

function Working(props: WorkingProps): JSX.Element {
  onCleanup(() => props.onStop());
  const words = () =>
    props.working.work === null
      ? 'This device begins to work …'
      : leftWords(props.working.work, props.working.ms);
  return (
    <>
      <h2>This device works for your message</h2>
      <progress
        class="attach-progress"
        max={1}
        value={props.working.work?.progress ?? 0}
        aria-label="How far the work is"
      />
      <p class="muted">{words()} Leave this page open meanwhile.</p>
      <p class="knock-words" dir="auto">
        {props.knocking.text()}
      </p>
      <div>
        <button ref={focusSoon} type="button" class="button" onClick={() => props.knocking.stop()}>
          Cancel
        </button>
      </div>
    </>
  );
}

function Sent(props: KnockProps & { readonly sent: Extract<KnockState, { kind: 'sent' }> }): JSX.Element {
  const { words } = useApp();
  const called = () => knockCalled(props.knocking);
  const knocked = () => props.sent.knocked;
  const address = () => `/p/${hex(knocked().message.id)}`;
  const again = (
    <button ref={focusSoon} type="button" class="button" onClick={() => props.knocking.again()}>
      Write another
    </button>
  );
  return (
    <Switch>
      <Match when={knocked().kind === 'waiting'}>
        <Notice kind="good" title={`Your message waits for ${called()}`} actions={again}>
          It waits until {words.date(knocked().untilMs ?? 0)}. When it is accepted it stands at{' '}
          <a href={address()}>its own address</a>, with what was answered. Nothing is sent to you: come back
          here in this browser, which knows your message.
        </Notice>
      </Match>
      <Match when={knocked().kind === 'delivered'}>
        <Notice kind="good" title={`${called()} has your message`} actions={again}>
          You were accepted before, so that it took no work. It stands at{' '}
          <a href={address()}>its own address</a>, with what is answered.
        </Notice>
      </Match>
      <Match when={knocked().kind === 'known'}>
        <Notice kind="info" title="This message is there already" actions={again}>
          It waits, or was answered: look at <a href={address()}>its own address</a>.
        </Notice>
      </Match>
    </Switch>
  );
}
