/** An invitation as a stranger sees it: who invites to what, before anything is made. */

import type { JSX } from 'solid-js';
import { Heading } from '../../kit/page.tsx';
import { Grove } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { rightsWords } from '../../logic/rights.ts';
import { useApp } from '../../model/app.ts';
import type { InvitationView } from '../../model/sdk.ts';
import { LinkDoor, Offered, TakeUp } from './link-door.tsx';

export function Invited(): JSX.Element {
  const { gate } = useApp();
  return (
    <LinkDoor kind="join" unread="The invitation could not be read" look={(link) => gate.peek(link)}>
      {(seen) => (
        <Offer view={seen()}>
          <TakeUp action={`Join ${seen().title}`} />
        </Offer>
      )}
    </LinkDoor>
  );
}

/** What it led to is not told any more: the node gives the sealed title to nobody but the one it admits. */
const WHY_NOT = {
  open: undefined,
  used: 'This invitation was already used',
  expired: 'This invitation has expired',
  withdrawn: 'This invitation was withdrawn',
} as const;

/** The offer itself; `children` is how to take it up. */
export function Offer(props: { readonly view: InvitationView; readonly children: JSX.Element }): JSX.Element {
  return (
    <Offered why={WHY_NOT[props.view.state]} by={props.view.inviter}>
      <div class="offer">
        <Grove ids={[props.view.inviter, props.view.title, props.view.site]} seed={props.view.site} />
        <div class="offer-text">
          <p class="muted">{props.view.inviter || 'Somebody'} invites you to</p>
          <Heading>{props.view.title}</Heading>
          <p class="muted">
            You will be able to {rightsWords(props.view.permissions)}. The invitation ends{' '}
            <Time ms={props.view.expiresMs} as="until" />.
          </p>
        </div>
      </div>
      {props.children}
    </Offered>
  );
}
