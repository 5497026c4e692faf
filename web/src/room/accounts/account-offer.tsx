/** A link to an account as a stranger sees it: who lets her in, before anything is made (SPEC Z12, U5). */

import type { JSX } from 'solid-js';
import { Heading } from '../../kit/page.tsx';
import { Time } from '../../kit/time.tsx';
import { plural } from '../../logic/numbers.ts';
import { useApp } from '../../model/app.ts';
import type { AccountOffer } from '../../model/sdk-accounts.ts';
import { LinkDoor, Offered, TakeUp } from '../welcome/link-door.tsx';

const WHY_NOT = {
  open: undefined,
  taken: 'Somebody has come by this link already',
  over: 'This link has ended',
  removed: 'This link was taken back',
} as const satisfies Readonly<Record<AccountOffer['state'], string | undefined>>;

export function AccountDoor(): JSX.Element {
  const { gate } = useApp();
  return (
    <LinkDoor kind="account" unread="The link could not be read" look={(link) => gate.lookAtAccount(link)}>
      {(seen) => (
        <Offered
          why={WHY_NOT[seen().state]}
          by={seen().by}
          hint="If it was you who came, sign in with your 24 words."
        >
          <Heading>{seen().by || 'The node'} lets you in</Heading>
          <p class="lead">
            {seen().name === '' ? 'This link is' : `“${seen().name}” is`} your place on this node.{' '}
            {seen().quota > 0 && `You may let in ${plural(seen().quota, 'person', 'people')} yourself. `}
            The link ends <Time ms={seen().expiresMs} as="until" />.
          </p>
          <TakeUp action="Come in" />
        </Offered>
      )}
    </LinkDoor>
  );
}
