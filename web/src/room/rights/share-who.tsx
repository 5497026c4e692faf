/** With whom something is shared: a member, a group, an address, or whoever opens a link (SPEC U22, U30, U31). */

import { Match, Show, Switch, type JSX } from 'solid-js';
import { Choose } from '../../kit/choose.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import type { ShareForm } from '../../logic/share-form.ts';
import { markWords, memberLabel } from '../../logic/trust-words.ts';
import { hashOf } from '../../logic/route.ts';
import type { GrantsModel } from '../../model/grants.ts';
import type { EmailPerson } from '../../model/share.ts';
import { ShareEmail } from './share-email.tsx';

export interface WhoProps {
  readonly grants: GrantsModel;
  readonly form: ShareForm;
  readonly onChange: (form: ShareForm) => void;
  readonly onFound: (people: readonly EmailPerson[]) => void;
  readonly onNewGroup: () => void;
  readonly onGroup: (id: string) => void;
}

export function Who(props: WhoProps): JSX.Element {
  return (
    <Switch>
      <Match when={props.form.receiver === 'member'}>
        <ToMember {...props} />
      </Match>
      <Match when={props.form.receiver === 'group'}>
        <ToGroup {...props} />
      </Match>
      <Match when={props.form.receiver === 'email'}>
        <ShareEmail {...props} />
      </Match>
      <Match when={props.form.receiver === 'link'}>
        <p class="muted">For somebody who is not here yet. Whoever opens the link first becomes a member.</p>
      </Match>
    </Switch>
  );
}

function ToMember(props: WhoProps): JSX.Element {
  const site = () => props.grants.site;
  const members = () =>
    site()
      .people.members()
      .filter(({ user }) => user !== props.grants.me)
      .map(({ user, name }) => ({ value: user, label: memberLabel(name, site().trusts.of(user)) }));
  return (
    <Show
      when={members().length > 0}
      fallback={<p class="muted">Nobody else is here yet. Share by a link instead.</p>}
    >
      <Choose
        label="Member"
        prompt="Choose somebody"
        value={props.form.to}
        choices={members()}
        onChoose={(to) => props.onChange({ ...props.form, to })}
      />
      <MarkLine {...props} />
    </Show>
  );
}

/** What this device knows of the key to which the right would go. */
function MarkLine(props: WhoProps): JSX.Element {
  const mark = () => props.grants.site.trusts.of(props.form.to);
  const people = () => hashOf({ room: 'people', site: props.grants.site.id });
  return (
    <Switch>
      <Match when={mark() === 'changed'}>
        <Notice
          kind="warn"
          title="This is another key than the one you know"
          actions={
            <a class="button small" href={people()}>
              Verify under People
            </a>
          }
        >
          {markWords('changed').hint}
        </Notice>
      </Match>
      <Match when={mark() === 'unverified'}>
        <p class="field-more">
          Unverified: only the node says that this key is theirs.{' '}
          <a href={people()}>Verify it under People</a>, if it matters.
        </p>
      </Match>
    </Switch>
  );
}

function ToGroup(props: WhoProps): JSX.Element {
  const groups = () => props.grants.groups().map(({ id, title }) => ({ value: id, label: title }));
  return (
    <>
      <Show
        when={groups().length > 0}
        fallback={
          <p class="muted">
            You are in no group yet. A group is a list of people: whoever is in it holds what it is given.
          </p>
        }
      >
        <Choose
          label="Group"
          prompt="Choose a group"
          value={props.form.to}
          choices={groups()}
          onChoose={(to) => props.onChange({ ...props.form, to })}
          hint="Who joins the group later gets this too; who leaves it loses it."
        />
      </Show>
      <div class="row">
        <Show when={props.form.to !== ''}>
          <button type="button" class="button small" onClick={() => props.onGroup(props.form.to)}>
            <Icon name="people" size={16} /> Who is in it
          </button>
        </Show>
        <button type="button" class="button small" onClick={() => props.onNewGroup()}>
          <Icon name="plus" size={16} /> Make a group
        </button>
      </div>
    </>
  );
}
