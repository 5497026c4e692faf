/** What was sent to the devices of the user and what was not, and why. */

import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { createEffect, createResource, For, Match, on, Show, Switch, type JSX } from 'solid-js';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Time } from '../../kit/time.tsx';
import { toldWords, wasSent } from '../../logic/level-words.ts';
import { useCopse } from '../../model/app.ts';
import type { NoticeTold } from '../../model/sdk.ts';
import { useHouse } from '../../shell/house-model.ts';

export function History(): JSX.Element {
  const copse = useCopse();
  const { bell } = useHouse();
  const [found, { refetch }] = createResource(async () => {
    const [rows, devices] = await Promise.all([
      bell.notifications().then((desk) => desk.history()),
      // Names are decoration: without them the rows are still there.
      copse.devices().catch(() => []),
    ]);
    return { rows, nameByDevice: new Map<string, string>(devices.map(({ device, name }) => [device, name])) };
  });
  createEffect(on(bell.state, () => void refetch(), { defer: true }));
  return (
    <section class="panel" aria-busy={found.loading}>
      <h2>What was sent</h2>
      <Switch fallback={<p class="muted">…</p>}>
        <Match when={found.error !== undefined}>
          <FaultNotice thrown={found.error} retry={() => void refetch()} />
        </Match>
        <Match when={found.latest}>
          {(known) => (
            <Show
              when={known().rows.length > 0}
              fallback={
                <p class="muted">Nothing yet. What your devices are told stands here, and why not.</p>
              }
            >
              <ul class="list told">
                <For each={known().rows}>
                  {(row) => <ToldRow row={row} device={known().nameByDevice.get(row.device)} />}
                </For>
              </ul>
            </Show>
          )}
        </Match>
      </Switch>
    </section>
  );
}

function ToldRow(props: { readonly row: NoticeTold; readonly device: string | undefined }): JSX.Element {
  const copse = useCopse();
  const { sites } = useHouse();
  const title = (): string | undefined => {
    const { site } = props.row;
    if (site !== null && neighbourIn(site) !== null) return 'the neighbourhood';
    return sites()
      .find(({ id }) => id === site)
      ?.title();
  };
  const device = () =>
    props.row.device === copse.device ? 'this device' : (props.device ?? 'another device');
  return (
    <li>
      <Icon name={wasSent(props.row) ? 'bell' : 'bellOff'} size={18} />
      <div class="list-text">
        <p>
          {toldWords(props.row)}
          <Show when={title()}>{(known) => <span class="muted"> · {known()}</span>}</Show>
        </p>
        <p class="list-more">
          To {device()}, <Time ms={props.row.atMs} />
        </p>
      </div>
    </li>
  );
}
