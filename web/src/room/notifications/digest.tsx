/** What waits, by e-mail: to which address of hers, and after how long. Where the node sends none it is not there. */

import { createResource, createSignal, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Choose } from '../../kit/choose.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { DigestState } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';

/** A working day, a night's sleep and more: what people are away for. */
const HOURS = [4, 8, 24, 72] as const;
const USUAL_HOURS = 8;

const hoursWords = (hours: number): string =>
  hours === 1 ? 'an hour' : hours % 24 === 0 ? daysWords(hours / 24) : `${hours} hours`;
const daysWords = (days: number): string => (days === 1 ? 'a day' : `${days} days`);

export function DigestPanel(): JSX.Element {
  const copse = useCopse();
  const { bell } = useHouse();
  const [found, { refetch }] = createResource(async () => {
    const [state, rows] = await Promise.all([
      bell.notifications().then((desk) => desk.digest()),
      copse.emails().then((emails) => emails.list()),
    ]);
    return { state, addresses: [...new Set(rows.map(({ email }) => email))] };
  });
  return (
    <Show
      when={found.error === undefined}
      fallback={<FaultNotice thrown={found.error} retry={() => void refetch()} />}
    >
      <Show when={isShown(found.latest?.state) && found.latest}>
        {(known) => (
          <section class="panel stack">
            <h2>By e-mail</h2>
            <Standing to={known().state.to} />
            <Show
              when={known().addresses.length > 0}
              fallback={
                <p>
                  <a href="#/email">Add an e-mail address</a> to be told there.
                </p>
              }
            >
              <Wish state={known().state} addresses={known().addresses} onChange={() => void refetch()} />
            </Show>
          </section>
        )}
      </Show>
    </Show>
  );
}

function isShown(state: DigestState | undefined): boolean {
  return state !== undefined && (state.sends || state.to !== null);
}

function Standing(props: { readonly to: DigestState['to'] }): JSX.Element {
  return (
    <p class="muted" role="status">
      <Show
        when={props.to}
        fallback="One e-mail when something waits and you have been away for a while, and no other before you have looked. It says in how many conversations, and not which."
      >
        {(to) => (
          <>
            When something waits and you have been away for {hoursWords(to().afterHours)}, {to().email} is
            told once.
          </>
        )}
      </Show>
    </p>
  );
}

function Wish(props: {
  readonly state: DigestState;
  readonly addresses: readonly string[];
  readonly onChange: () => void;
}): JSX.Element {
  const app = useApp();
  const { bell } = useHouse();
  const [email, setEmail] = createSignal(props.state.to?.email ?? props.addresses[0] ?? '');
  const [hours, setHours] = createSignal(props.state.to?.afterHours ?? USUAL_HOURS);
  const choices = () => [...new Set([...HOURS, hours()])].toSorted((a, b) => a - b);
  const set = async (to: DigestState['to']): Promise<void> => {
    await (await bell.notifications()).setDigest(to);
    props.onChange();
    app.tell(to === null ? 'You get no e-mails about what is new.' : `${to.email} is told what waits.`);
  };
  return (
    <>
      <Choose
        label="Address"
        value={email()}
        choices={props.addresses.map((value) => ({ value, label: value }))}
        onChoose={setEmail}
      />
      <Choose
        label="When I have been away for"
        value={String(hours())}
        choices={choices().map((each) => ({ value: String(each), label: hoursWords(each) }))}
        onChoose={(text) => setHours(Number(text))}
      />
      <div class="row">
        <Act
          class="primary"
          run={() => set({ email: email(), afterHours: hours() })}
          disabled={!props.state.sends}
        >
          {props.state.to === null ? 'Tell me by e-mail' : 'Save the address'}
        </Act>
        <Show when={props.state.to !== null}>
          <Act run={() => set(null)}>No e-mails</Act>
        </Show>
      </div>
    </>
  );
}
