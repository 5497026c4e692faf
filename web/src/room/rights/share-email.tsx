/** Who signs in with an address: looked up in the log of the node, marked until it is verified (SPEC U31). */

import { createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Field } from '../../kit/field.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { TrustTag } from '../../kit/trust.tsx';
import { emailProblem } from '../../logic/email-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp, useCopse } from '../../model/app.ts';
import { peopleOf, type EmailPerson } from '../../model/share.ts';
import type { WhoProps } from './share-who.tsx';

export function ShareEmail(props: WhoProps): JSX.Element {
  const copse = useCopse();
  const [email, setEmail] = createSignal(props.form.to);
  const [wrong, setWrong] = createSignal<string>();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const [people, setPeople] = createSignal<readonly EmailPerson[] | null>(null);
  const take = (found: readonly EmailPerson[] | null): void => {
    setPeople(found);
    const others = (found ?? []).filter(({ user }) => user !== props.grants.me);
    props.onFound(others);
    const to = others.length === 0 ? '' : email().trim();
    const isInvitation = others.some(({ isMember }) => !isMember);
    if (props.form.to !== to || props.form.isInvitation !== isInvitation)
      props.onChange({ ...props.form, to, isInvitation });
  };
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const problem = emailProblem(email());
    setWrong(problem ?? undefined);
    if (problem === null) take(await peopleOf(copse, props.grants.site.people.members(), email().trim()));
  }, setThrown);
  const type = (text: string): void => {
    setEmail(text);
    setWrong(undefined);
    if (people() !== null) take(null);
  };
  // What was looked up before another page of the dialog was open is looked up again.
  if (props.form.to !== '') act();
  return (
    <>
      <LookUp email={email()} wrong={wrong()} isBusy={isBusy()} onInput={type} onLook={act} />
      <Switch>
        <Match when={thrown()}>
          <FaultNotice thrown={thrown()} retry={act} />
        </Match>
        <Match when={people()}>
          {(found) => (
            <Show when={found().length > 0} fallback={<Nobody {...props} email={email().trim()} />}>
              <Found {...props} people={found()} onPeople={take} />
            </Show>
          )}
        </Match>
      </Switch>
    </>
  );
}

interface LookUpProps {
  readonly email: string;
  readonly wrong: string | undefined;
  readonly isBusy: boolean;
  readonly onInput: (text: string) => void;
  readonly onLook: () => void;
}

function LookUp(props: LookUpProps): JSX.Element {
  return (
    <div class="look-up">
      <Field
        label="E-mail address"
        value={props.email}
        error={props.wrong}
        hint="The node is asked who signs in with it; nothing is sent there."
        onInput={props.onInput}
        onEnter={props.onLook}
        autocomplete="email"
        maxLength={254}
      />
      <button
        type="button"
        class="button"
        aria-busy={props.isBusy}
        disabled={props.email.trim() === ''}
        onClick={() => props.onLook()}
      >
        <span>Look it up</span>
        <span class="spinner" aria-hidden="true" />
      </button>
    </div>
  );
}

function Nobody(props: WhoProps & { readonly email: string }): JSX.Element {
  return (
    <Notice
      kind="info"
      title={`Nobody has signed in here as ${props.email} yet`}
      actions={
        <button
          type="button"
          class="button small"
          onClick={() => props.onChange({ ...props.form, receiver: 'link', to: '' })}
        >
          Make a link instead
        </button>
      }
    >
      Make a link and send it to that address yourself, or ask them to sign in here with it first. Nothing
      waits for an address that the node does not know.
    </Notice>
  );
}

interface FoundProps extends WhoProps {
  readonly people: readonly EmailPerson[];
  readonly onPeople: (people: readonly EmailPerson[]) => void;
}

function Found(props: FoundProps): JSX.Element {
  const isDoubtful = () =>
    props.people.some(({ trust, user }) => trust === 'unverified' && user !== props.grants.me);
  const checked = (user: string, trust: EmailPerson['trust']): void =>
    props.onPeople(props.people.map((each) => (each.user === user ? { ...each, trust } : each)));
  return (
    <div class="stack" role="status">
      <Show when={props.people.every(({ user }) => user === props.grants.me)}>
        <Notice kind="info" title="This is your own address">
          You hold already what you could share.
        </Notice>
      </Show>
      <Show when={props.people.length > 1}>
        <Notice kind="warn" title={`${props.people.length} accounts sign in with this address`}>
          Each of them gets it. Perhaps one person has two; if not, share with a member instead.
        </Notice>
      </Show>
      <ul class="list" aria-label="Accounts of this address">
        <For each={props.people}>{(person) => <Person {...props} person={person} onChecked={checked} />}</For>
      </ul>
      <Show when={isDoubtful()}>
        <p class="field-more">
          Unverified: the node says whose address this is, and could name somebody else. Check the log, or
          compare digits under People once they are in.
        </p>
      </Show>
    </div>
  );
}

interface PersonProps extends FoundProps {
  readonly person: EmailPerson;
  readonly onChecked: (user: string, trust: EmailPerson['trust']) => void;
}

function Person(props: PersonProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const name = () => props.grants.site.people.nameOf(props.person.user);
  const check = async (): Promise<void> => {
    const trust = await (await copse.names()).check(props.person.key);
    if (trust === 'unverified')
      app.tell('The log says nothing of this key.', 'That proves nothing. Compare digits with them.');
    props.grants.site.trusts.changed();
    props.onChecked(props.person.user, trust);
  };
  return (
    <li>
      <Avatar id={props.person.user} size={36} />
      <div class="list-text">
        <p class="list-title">
          <span class="clip">{name() ?? 'Not in this site yet'}</span>
          <Show when={props.person.user === props.grants.me}>
            <span class="tag">you</span>
          </Show>
          <TrustTag mark={props.person.user === props.grants.me ? null : props.person.trust} />
        </p>
        <p class="list-more">
          {plural(props.person.deviceCount, 'device')} signed in, last <Time ms={props.person.timeMs} />
        </p>
      </div>
      <Show when={props.person.trust === 'unverified' && props.person.user !== props.grants.me}>
        <div class="list-actions">
          <Act class="small" run={check}>
            Check the log
          </Act>
        </div>
      </Show>
    </li>
  );
}
