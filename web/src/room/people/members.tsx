/** The members of a site as their trees. */

import { For, Show, type JSX } from 'solid-js';
import { Avatar, Grove } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { TrustTag } from '../../kit/trust.tsx';
import { plural } from '../../logic/numbers.ts';
import { may, roleWord } from '../../logic/rights.ts';
import { isVerified } from '../../logic/trust-words.ts';
import { useCopse } from '../../model/app.ts';
import type { Member } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { Verify } from './verify.tsx';

export function Members(props: { readonly site: SiteModel }): JSX.Element {
  const { people } = props.site;
  const me = useCopse().user;
  const { trusts } = props.site;
  const mayVerify = (user: string): boolean => {
    const mark = trusts.of(user);
    return mark !== null && !isVerified(mark);
  };
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
                    <TrustTag mark={trusts.of(member.user)} />
                  </p>
                  <p class="list-more">
                    {roleWord(member.permissions)} · <Joined member={member} nameOf={people.nameOf} />
                  </p>
                  <Show when={may(props.site.permissions(), 'admin')}>
                    <p
                      class="list-more"
                      title="With it they ask to begin anew, when they have lost everything."
                    >
                      Number <span class="mono">{member.user}</span>
                    </p>
                  </Show>
                </div>
                <Show when={mayVerify(member.user)}>
                  <div class="list-actions">
                    <Verify
                      member={member}
                      mark={trusts.of(member.user) ?? 'unverified'}
                      onDone={trusts.changed}
                    />
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
