/** For admins of the node: who lost everything and asks to begin anew as who she was (SPEC P12). */

import { createResource, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Time } from '../../kit/time.tsx';
import { useApp, useCopse } from '../../model/app.ts';
import type { WaitingReset } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

export function Resets(): JSX.Element {
  const copse = useCopse();
  const [resets, { refetch }] = createResource(() => copse.recovery.resets());
  return (
    <section class="panel stack">
      <h2>Who asks to begin anew</h2>
      <p class="muted">
        For you as the admin of this node. Hear the code from the person, by telephone or in person: the keys
        of sites come back to them only when an admin of each site has done the same.
      </p>
      <Switch fallback={<Loading />}>
        <Match when={resets.error !== undefined}>
          <FaultNotice thrown={resets.error} retry={() => void refetch()} />
        </Match>
        <Match when={resets.latest}>
          {(rows) => (
            <Show when={rows().length > 0} fallback={<p class="muted">Nobody.</p>}>
              <ul class="list">
                <For each={rows()}>{(row) => <Reset row={row} onDone={() => void refetch()} />}</For>
              </ul>
            </Show>
          )}
        </Match>
      </Switch>
    </section>
  );
}

function Reset(props: { readonly row: WaitingReset; readonly onDone: () => void }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const decide = async (approve: boolean): Promise<void> => {
    await copse.recovery.decideReset(props.row.request, approve);
    app.tell(approve ? `${props.row.name} begins anew.` : `${props.row.name} was refused.`);
    props.onDone();
  };
  return (
    <li class="reset">
      <Avatar id={props.row.user} size={40} />
      <div class="list-text">
        <p class="list-title">{props.row.name}</p>
        <p class="list-more">
          <Time ms={props.row.createdMs} />: {props.row.words}
        </p>
        <p>
          Code <b class="mono">{props.row.code}</b>
        </p>
        <div class="row">
          <Act class="small" run={() => decide(false)}>
            Refuse
          </Act>
          <Act class="small primary" run={() => decide(true)}>
            They said this code
          </Act>
        </div>
      </div>
    </li>
  );
}
