/** Adds somebody of this site to a group. */

import { permission } from 'copse/internal/capability/policy.ts';
import { createSignal, Show, type JSX } from 'solid-js';
import { createAct } from '../../kit/act.tsx';
import { Choose } from '../../kit/choose.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { memberLabel } from '../../logic/trust-words.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import type { GroupView } from '../../model/group.ts';
import type { Group } from '../../model/sdk.ts';

interface AddProps {
  readonly grants: GrantsModel;
  readonly group: Group;
  readonly view: GroupView;
  readonly onDone: () => void;
}

const ADMIN = permission.read | permission.invite | permission.admin;

export function AddToGroup(props: AddProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [to, setTo] = createSignal('');
  const [isAdmin, setAdmin] = createSignal(false);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const site = () => props.grants.site;
  const others = () => {
    const inside = new Set(props.view.people.map(({ user }) => user));
    return site()
      .people.members()
      .filter(({ user }) => !inside.has(user));
  };
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const member = others().find(({ user }) => user === to());
    if (member === undefined) return;
    const rights = { permissions: isAdmin() ? ADMIN : permission.read, delegations: isAdmin() ? 1 : 0 };
    await (await copse.rights).share(props.group.id, { to: member.key, ...rights });
    app.tell(`${member.name} is in ${props.group.title}.`);
    setTo('');
    props.onDone();
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (to() !== '') act();
  };
  return (
    <Show when={others().length > 0} fallback={<p class="muted">Everybody of {site().title()} is in it.</p>}>
      <form class="stack" onSubmit={submit}>
        <Choose
          label="Add somebody"
          prompt="Choose somebody"
          value={to()}
          choices={others().map(({ user, name }) => ({
            value: user,
            label: memberLabel(name, site().trusts.of(user)),
          }))}
          onChoose={setTo}
          hint={`Of the people of ${site().title()}. They get what the group holds, here and elsewhere.`}
        />
        <MayManage isOn={isAdmin()} onChange={setAdmin} />
        <Show when={thrown()}>
          <FaultNotice thrown={thrown()} />
        </Show>
        <div>
          <button type="submit" class="button" aria-busy={isBusy()} disabled={to() === ''}>
            <Icon name="plus" size={18} />
            <span>Add to the group</span>
            <span class="spinner" aria-hidden="true" />
          </button>
        </div>
      </form>
    </Show>
  );
}

function MayManage(props: {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.isOn}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>May add and remove people too</span>
    </label>
  );
}
