/** The members of a site as their trees. */

import { key } from 'copse/internal/base/ids.ts';
import { createResource, For, Show, type JSX } from 'solid-js';
import { Avatar, Grove } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { plural } from '../../logic/numbers.ts';
import { roleWord } from '../../logic/rights.ts';
import { useCopse } from '../../model/app.ts';
import type { Member, UserId } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { TrustTag, Verify } from './verify.tsx';

export function Members(props: { readonly site: SiteModel }): JSX.Element {
  const { people } = props.site;
  const copse = useCopse();
  const me = copse.user;
  const [trusts, { refetch }] = createResource(people.members, async (members) => {
    const found = await (await copse.names()).trustIn(members.map((member) => key(member.key)));
    return new Map(members.map(({ user }, at) => [user, found[at] ?? 'unverified'] as const));
  });
  // Without an answer nothing is said: no mark is no promise.
  const trustOf = (user: UserId) => (trusts.error === undefined ? trusts.latest?.get(user) : undefined);
  return (
    <section class="panel">
      <div class="panel-picture">
        <Grove ids={people.members().map(({ user }) => user)} seed={props.site.id} />
      </div>
      <h2>{plural(props.site.memberCount(), 'member')}</h2>
      <Show when={people.members().length > 0} fallback={<Loading />}>
        <ul class="list">
          <For each={people.members()}>
            {(member) => (
              <li>
                <Avatar id={member.user} size={40} />
                <div class="list-text">
                  <p class="list-title">
                    <span class="clip">{member.name}</span>
                    <Show when={member.user === me}>
                      <span class="tag">you</span>
                    </Show>
                    <Show when={member.user !== me && trustOf(member.user)}>
                      {(trust) => <TrustTag trust={trust()} />}
                    </Show>
                  </p>
                  <p class="list-more">
                    {roleWord(member.permissions)} · <Joined member={member} nameOf={people.nameOf} />
                  </p>
                </div>
                <Show when={member.user !== me && trustOf(member.user) === 'unverified'}>
                  <div class="list-actions">
                    <Verify member={member} onDone={() => void refetch()} />
                  </div>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function Joined(props: {
  readonly member: Member;
  readonly nameOf: (user: string | null) => string | null;
}): JSX.Element {
  return (
    <>
      <Show when={props.member.invitedBy} fallback="founded it">
        {(by) => <>invited by {props.nameOf(by()) ?? 'somebody who left'}</>}
      </Show>
      {', '}
      <Time ms={props.member.joinedMs} />
    </>
  );
}
