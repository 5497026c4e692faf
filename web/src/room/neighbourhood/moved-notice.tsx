/** Somebody has another key now: where she goes on, and to follow her there (SPEC Z107). */

import { createResource, Show, type JSX } from 'solid-js';
import { Notice } from '../../kit/notice.tsx';
import { hashOf } from '../../logic/route.ts';
import { keyOf, personOf, type PersonKey } from '../../model/neighbourhood/keys.ts';
import { useStreet } from '../../model/street.ts';
import { FollowButton } from './person-row.tsx';

export function MovedNotice(props: { readonly person: PersonKey }): JSX.Element {
  const street = useStreet();
  const [successor] = createResource(
    () => props.person,
    async (person) => {
      // Without the node the page shows what it has.
      const found = await street.place.moving.successor(keyOf(person)).catch(() => null);
      if (found === null) return null;
      street.people.look(personOf(found));
      return personOf(found);
    },
  );
  return (
    <Show when={successor.state === 'ready' ? successor() : null}>
      {(next) => (
        <Notice
          kind="info"
          title={`${street.people.of(props.person).called} has another key now`}
          actions={
            <>
              <a class="button" href={hashOf({ room: 'person', person: next() })}>
                Go to the new page
              </a>
              <FollowButton person={next()} />
            </>
          }
        >
          Both keys have signed it. New posts come from the new one; what stands here stays.
        </Notice>
      )}
    </Show>
  );
}
