/** A person in a list, and the button that follows her. */

import { Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { TrustSign } from '../../kit/trust.tsx';
import { keyDigits } from '../../logic/neighbourhood/person-words.ts';
import { postLine } from '../../logic/neighbourhood/post-text.ts';
import { hashOf } from '../../logic/route.ts';
import type { PersonKey } from '../../model/neighbourhood/keys.ts';
import { useStreet } from '../../model/street.ts';

export function PersonRow(props: { readonly person: PersonKey }): JSX.Element {
  const { people, quiet } = useStreet();
  const person = () => people.of(props.person);
  return (
    <li>
      <Avatar id={person().user} size={40} />
      <div class="list-text">
        <p class="list-title">
          <a class="clip post-name" href={hashOf({ room: 'person', person: props.person })}>
            {person().called}
          </a>
          <TrustSign mark={person().mark} />
          <Show when={person().isMe}>
            <span class="tag">you</span>
          </Show>
          <Show when={quiet.of(props.person)}>{(how) => <span class="tag warn">{how()}</span>}</Show>
        </p>
        <p class="list-more clip">
          {person().about === '' ? `Key ${keyDigits(props.person)} …` : postLine(person().about)}
        </p>
      </div>
      <div class="list-actions">
        <FollowButton person={props.person} />
      </div>
    </li>
  );
}

export function FollowButton(props: { readonly person: PersonKey }): JSX.Element {
  const street = useStreet();
  const isFollowed = () => street.follows()?.includes(props.person) === true;
  const name = () => street.people.of(props.person).called;
  return (
    <Show when={props.person !== street.me && !street.isStranger() && street.follows() !== null}>
      <Act
        class={isFollowed() ? '' : 'primary'}
        icon={isFollowed() ? 'check' : 'plus'}
        label={isFollowed() ? `Following ${name()}: leave` : `Follow ${name()}`}
        run={() => street.setFollow(props.person, !isFollowed())}
      >
        {isFollowed() ? 'Following' : 'Follow'}
      </Act>
    </Show>
  );
}
