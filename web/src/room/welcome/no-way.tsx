/** Links that lead nowhere from here, with what to do. */

import { Show, type JSX } from 'solid-js';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import { Ended, Leave } from './link-door.tsx';

export function NoWay(): JSX.Element {
  const { session } = useApp();
  return (
    <Show when={session.arrival()?.kind === 'pair'} fallback={<BrokenLink />}>
      <PairElsewhere />
    </Show>
  );
}

function BrokenLink(): JSX.Element {
  return (
    <Ended title="The link is not complete" why="A part of it was lost on the way here">
      Ask for it again, or copy all of it, to the last letter.
    </Ended>
  );
}

/** The picture of a new device was taken with one that is nobody's. */
function PairElsewhere(): JSX.Element {
  return (
    <>
      <Heading>This picture is for a device of yours</Heading>
      <p class="lead">
        It lets a new device in, and only one on which you are signed in can do that. Nobody is signed in in
        this browser. Take the picture with the device, or in the browser, where you are.
      </p>
      <div>
        <Leave>To the start page</Leave>
      </div>
    </>
  );
}
