/**
 * Sealed rights, of which the node keeps a hash (SPEC U32, R8): proofs that this device shows when it is asked,
 * and what was given from here, because nobody else could say.
 */

import { createResource, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { placeLabel } from '../../logic/grant-words.ts';
import { roleWord } from '../../logic/rights.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import { KeepProof } from './keep-proof.tsx';
import { SealedGivenList } from './sealed-given.tsx';

interface SealedProps {
  readonly grants: GrantsModel;
}

export function SealedRights(props: SealedProps): JSX.Element {
  return (
    <section class="panel stack" id="sealed">
      <h2>Sealed rights</h2>
      <p class="muted">
        Of a sealed right the node keeps only a hash. Who got one was handed a proof; this device keeps it,
        and shows it when the node asks.
      </p>
      <Held {...props} />
      <SealedGivenList {...props} />
    </section>
  );
}

function Held(props: SealedProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const site = () => props.grants.site;
  const [kept, { refetch }] = createResource(async () => {
    const all = await (await copse.rights).keptProofs();
    return all.filter((proof) => proof.site === site().id);
  });
  const rows = () => (kept.error === undefined ? (kept.latest ?? []) : []);
  const forget = async (id: string): Promise<void> => {
    await (await copse.rights).forgetProof(id);
    await refetch();
    app.tell('This device has forgotten the proof.');
  };
  return (
    <>
      <Show when={kept.error !== undefined}>
        <FaultNotice thrown={kept.error} retry={() => void refetch()} />
      </Show>
      <Show when={rows().length > 0} fallback={<p>This device keeps no proof for this site.</p>}>
        <ul class="list" aria-label="Proofs on this device">
          <For each={rows()}>
            {({ id, rights }) => (
              <li>
                <span class="list-sign">
                  <Icon name="key" />
                </span>
                <div class="list-text">
                  <p class="list-title">
                    {roleWord(rights.permissions)}: {placeLabel(props.grants.placeOf(rights.resource))}
                  </p>
                  <p class="list-more">
                    {rights.expiresMs === 0 ? 'without an end' : `until ${app.words.date(rights.expiresMs)}`}
                  </p>
                </div>
                <div class="list-actions">
                  <Act class="small" label={`Forget the proof ${id.slice(0, 12)}`} run={() => forget(id)}>
                    Forget
                  </Act>
                </div>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <KeepProof onKept={() => void refetch()} />
    </>
  );
}
