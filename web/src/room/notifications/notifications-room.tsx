/** Everything about being told what is new: this device, each site, quiet hours, and what became of what was sent. */

import { createResource, Match, Show, Switch, type JSX } from 'solid-js';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { DigestPanel } from './digest.tsx';
import { History } from './history.tsx';
import { QuietPanel } from './quiet-hours.tsx';
import { ShowingPanel } from './showing.tsx';
import { NeighbourhoodLevel, SiteLevels } from './site-levels.tsx';
import { ThisDevice } from './this-device.tsx';

export function NotificationsRoom(): JSX.Element {
  const { bell, status } = useHouse();
  const [looked, { refetch }] = createResource(async () => {
    await bell.look();
    return true;
  });
  return (
    <Page
      title="Notifications"
      lead="Who is here hears nothing. Who is away gets one notification for each conversation, and no other before she has looked. Of your sites the node knows that there is something new, and never what."
      back={{ href: '#/settings', label: 'Settings' }}
    >
      <Switch
        fallback={
          <>
            <Loading />
            <Show when={bell.isOn() && status() === 'offline'}>
              <ShowingPanel />
            </Show>
          </>
        }
      >
        <Match when={looked.error !== undefined}>
          <div class="stack">
            <FaultNotice thrown={looked.error} retry={() => void refetch()} />
            <Show when={bell.isOn()}>
              <ShowingPanel />
            </Show>
          </div>
        </Match>
        <Match when={looked() === true && bell.state()}>
          {(state) => (
            <div class="columns">
              <div class="stack">
                <ThisDevice state={state()} />
                <Show when={bell.isOn() || state().address !== null}>
                  <ShowingPanel />
                </Show>
                <QuietPanel quiet={state().quiet} />
                <DigestPanel />
              </div>
              <div class="stack">
                <Show when={state().address !== null}>
                  <Show when={state().neighbourhood}>{(row) => <NeighbourhoodLevel row={row()} />}</Show>
                  <SiteLevels rows={state().sites} />
                </Show>
                <History />
              </div>
            </div>
          )}
        </Match>
      </Switch>
    </Page>
  );
}
