/** What the connection means for one's words: shown when it is not there, gone when it is. */

import { Match, Show, Switch, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { plural } from '../../logic/numbers.ts';
import { faultWords } from '../../model/app.ts';
import type { Status, Trouble } from '../../model/sdk.ts';

interface BannerProps {
  readonly status: Status;
  readonly waiting: number;
  readonly trouble: Trouble;
  /** Where a proof of a sealed right is shown. */
  readonly rights: string;
}

export function Banner(props: BannerProps): JSX.Element {
  const words = () => {
    const { trouble } = props;
    return trouble === null ? undefined : faultWords(trouble);
  };
  return (
    <div class="banner-place" role="status">
      <Switch>
        <Match when={words()}>
          {(known) => (
            <p class="banner bad">
              <Icon name="warn" size={18} />{' '}
              <span>
                {known().what} {known().hint}{' '}
                <Show when={known().code === 'forbidden' || known().code === 'revoked'}>
                  Were you handed a proof? <a href={props.rights}>Show it to the node.</a>
                </Show>
              </span>
            </p>
          )}
        </Match>
        <Match when={props.status === 'offline'}>
          <p class="banner">
            <Icon name="clock" size={18} />
            <span>
              <b>You are offline.</b>{' '}
              {props.waiting === 0
                ? 'What you write is kept on this device and sent when the connection is back.'
                : `${plural(props.waiting, 'message')} of yours ${props.waiting === 1 ? 'waits' : 'wait'} on this device and will be sent when the connection is back.`}
            </span>
          </p>
        </Match>
      </Switch>
    </div>
  );
}
