/** Sealed rights that were given from this device, which alone can take them back (SPEC U32). */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Time } from '../../kit/time.tsx';
import { useApp } from '../../model/app.ts';
import type { GrantsModel } from '../../model/grants.ts';
import type { SealedGiven } from '../../model/local.ts';

export function SealedGivenList(props: { readonly grants: GrantsModel }): JSX.Element {
  const app = useApp();
  const site = () => props.grants.site;
  const [asked, setAsked] = createSignal<SealedGiven | null>(null);
  const rows = () => {
    // What was given or taken back a moment ago.
    props.grants.version();
    return app.local.sealed(site().id);
  };
  const takeBack = async (): Promise<void> => {
    const row = asked();
    if (row === null) return;
    await site().site.revoke(row.id);
    app.local.setSealed(
      site().id,
      rows().filter(({ id }) => id !== row.id),
    );
    props.grants.reload();
    setAsked(null);
    app.tell(`Taken back from ${row.name}.`, 'The proof opens nothing any more.');
  };
  return (
    <Show when={rows().length > 0}>
      <h3>Given from this device</h3>
      <ul class="list" aria-label="Sealed rights given from this device">
        <For each={rows()}>
          {(row) => (
            <li>
              <div class="list-text">
                <p class="list-title">{row.name}</p>
                <p class="list-more">
                  {row.what}, <Time ms={row.timeMs} />
                </p>
              </div>
              <div class="list-actions">
                <button
                  type="button"
                  class="button small"
                  aria-label={`Take back from ${row.name}: sealed right`}
                  onClick={() => setAsked(row)}
                >
                  Take back
                </button>
              </div>
            </li>
          )}
        </For>
      </ul>
      <TakeSealedBack row={asked()} run={takeBack} onClose={() => setAsked(null)} />
    </Show>
  );
}

interface TakeBackProps {
  readonly row: SealedGiven | null;
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
}

function TakeSealedBack(props: TakeBackProps): JSX.Element {
  return (
    <Dialog
      isOpen={props.row !== null}
      onClose={props.onClose}
      title={`Take the sealed right back from ${props.row?.name ?? ''}?`}
      actions={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            Leave it
          </button>
          <Act class="danger" run={props.run}>
            Take back
          </Act>
        </>
      }
    >
      <p>
        The proof opens nothing from then on, and neither does what was handed on from it. Because the node
        knows nothing of it, nobody can say here how many that are. It cannot be undone.
      </p>
    </Dialog>
  );
}
