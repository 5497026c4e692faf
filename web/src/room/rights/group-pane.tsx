/** A group: who is in it, adding and removing people, and what it holds (SPEC U30). */

import { createMemo, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Avatar } from '../../kit/picture.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { TrustTag } from '../../kit/trust.tsx';
import { grantLine } from '../../logic/grant-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import { createGroup, type GroupModel, type GroupView, type InGroup } from '../../model/group.ts';
import type { Group } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { AddToGroup } from './add-to-group.tsx';
import { LeavingGroup } from './leaving-group.tsx';
import { Pane } from './pane.tsx';

interface GroupProps {
  readonly grants: GrantsModel;
  readonly group: Group;
  readonly onBack: () => void;
}

export function GroupPane(props: GroupProps): JSX.Element {
  return (
    <Pane title={props.group.title} back="Share" onBack={props.onBack}>
      <GroupBody grants={props.grants} group={props.group} />
    </Pane>
  );
}

export function GroupBody(props: Omit<GroupProps, 'onBack'>): JSX.Element {
  const model = createGroup(useCopse(), () => props.group);
  return (
    <Switch fallback={<Loading />}>
      <Match when={model.thrown() !== undefined}>
        <FaultNotice thrown={model.thrown()} retry={model.reload} />
      </Match>
      <Match when={model.view()}>
        {(view) => (
          <div class="stack pane">
            <People {...props} model={model} view={view()} />
            <Show
              when={model.mayManage()}
              fallback={<p class="muted">Who manages the group adds and removes people.</p>}
            >
              <AddToGroup grants={props.grants} group={props.group} view={view()} onDone={model.reload} />
            </Show>
            <Holds grants={props.grants} view={view()} />
          </div>
        )}
      </Match>
    </Switch>
  );
}

interface PeopleProps {
  readonly grants: GrantsModel;
  readonly group: Group;
  readonly model: GroupModel;
  readonly view: GroupView;
}

function People(props: PeopleProps): JSX.Element {
  const [leaving, setLeaving] = createSignal<InGroup | null>(null);
  const done = (): void => {
    setLeaving(null);
    props.model.reload();
    props.grants.reload();
  };
  return (
    <>
      <h4>{plural(props.view.people.length, 'person is', 'people are')} in it</h4>
      <ul class="list" aria-label={`People in ${props.group.title}`}>
        <For each={props.view.people}>
          {(person) => (
            <li>
              <Avatar id={person.user} size={36} />
              <div class="list-text">
                <p class="list-title">
                  <span class="clip">{person.name || 'Somebody without a name'}</span>
                  <Show when={person.user === props.grants.me}>
                    <span class="tag">you</span>
                  </Show>
                  <TrustTag mark={props.grants.site.trusts.of(person.user)} />
                </p>
                <p class="list-more">
                  {person.isAdmin ? 'Adds and removes people' : 'Holds what the group holds'}
                </p>
              </div>
              <Show
                when={props.model.mayManage() && person.grant !== null && person.user !== props.grants.me}
              >
                <div class="list-actions">
                  <button
                    type="button"
                    class="button small"
                    aria-label={`Remove ${person.name}`}
                    onClick={() => setLeaving(person)}
                  >
                    Remove
                  </button>
                </div>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={leaving()} keyed>
        {(person) => (
          <LeavingGroup group={props.group} person={person} onDone={done} onCancel={() => setLeaving(null)} />
        )}
      </Show>
    </>
  );
}

/** What the group was given, where this user may see it. */
function Holds(props: { readonly grants: GrantsModel; readonly view: GroupView }): JSX.Element {
  const { words } = useApp();
  const lines = createMemo(() =>
    props.view.holds.flatMap(({ site, rows }) =>
      rows.map((row) => {
        const isHere = site.id === props.grants.site.id;
        const place =
          isHere || row.rights.resource === '*' ? props.grants.placeOf(row.rights.resource) : null;
        return { title: site.title.get(), line: grantLine(row, place, { link: null, dateOf: words.date }) };
      }),
    ),
  );
  return (
    <>
      <h4>What it holds</h4>
      <Show
        when={lines().length > 0}
        fallback={<p class="muted">Nothing that you can see yet. Go back and share something with it.</p>}
      >
        <ul class="plain-list">
          <For each={lines()}>
            {({ title, line }) => (
              <li>
                <b>{title}</b>: {line}
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}
