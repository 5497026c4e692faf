/** What stands above the first message, and what stands there before the first has arrived. */

import { For, Match, Show, Switch, type JSX } from 'solid-js';
import { Grove } from '../../kit/picture.tsx';
import { may } from '../../logic/rights.ts';
import { hashOf } from '../../logic/route.ts';
import type { SiteModel } from '../../model/site-model.ts';

interface BeginningProps {
  readonly site: SiteModel;
  readonly name: string;
  readonly hasOlder: boolean;
  readonly isEmpty: boolean;
  /** Nothing of the log has been read yet, so nothing can be said about its beginning. */
  readonly isUnknown: boolean;
  readonly isOffline: boolean;
}

export function Beginning(props: BeginningProps): JSX.Element {
  const trees = () => props.site.people.members().map(({ user }) => user);
  return (
    <Switch>
      <Match when={props.isUnknown && props.isOffline}>
        <div class="beginning">
          <h2>You are offline</h2>
          <p>What was said in {props.name} before comes with the connection.</p>
        </div>
      </Match>
      <Match when={props.hasOlder || props.isUnknown}>
        <p class="older" role="status">
          <span class="spinner shown" aria-hidden="true" /> Loading what was said before …
        </p>
      </Match>
      <Match when={true}>
        <div class="beginning">
          <Grove ids={trees()} seed={props.site.id} />
          <h2>{props.isEmpty ? `Nothing in ${props.name} yet` : `The beginning of ${props.name}`}</h2>
          <Show when={props.isEmpty}>
            <p>
              Say something below.
              <Show when={props.site.memberCount() === 1 && may(props.site.permissions(), 'invite')}>
                {' '}
                You are alone here so far:{' '}
                <a href={hashOf({ room: 'people', site: props.site.id })}>invite somebody</a>.
              </Show>
            </p>
          </Show>
        </div>
      </Match>
    </Switch>
  );
}

const WIDTHS = ['w60', 'w40', 'w75', 'w50', 'w30', 'w65'] as const;

/** Grey shapes in the places of messages: the frame of the room stands still while it fills. */
export function Skeleton(): JSX.Element {
  return (
    <div class="timeline-frame" aria-busy="true">
      <p class="hidden" role="status">
        Loading messages …
      </p>
      <div class="skeleton" aria-hidden="true">
        <For each={WIDTHS}>{(width) => <span class={`skeleton-line ${width}`} />}</For>
      </div>
    </div>
  );
}
