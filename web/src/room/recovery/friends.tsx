/** Helping a friend to recover, and coming back into the sites of an account that was reset. */

import { createResource, createSignal, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Copy } from '../../kit/copy.tsx';
import { plural } from '../../logic/numbers.ts';
import { useApp, useCopse } from '../../model/app.ts';

export function Grants(): JSX.Element {
  const copse = useCopse();
  const [link, setLink] = createSignal('');
  const make = async (): Promise<void> => {
    setLink(await copse.recovery.grant());
  };
  return (
    <section class="panel stack">
      <h2>Help a friend</h2>
      <p class="muted">
        A link makes this node one of the nodes that bring a friend back. It works once, and tells you nothing
        of the account.
      </p>
      <Show
        when={link()}
        fallback={
          <div>
            <Act run={make} icon="link">
              Make a link for a friend
            </Act>
          </div>
        }
      >
        <input
          class="input mono"
          readOnly
          value={link()}
          aria-label="Link for a friend"
          onFocus={(event) => event.currentTarget.select()}
        />
        <div>
          <Copy text={link()} class="primary">
            Copy the link
          </Copy>
        </div>
      </Show>
    </section>
  );
}

/** After a reset a member waits until an admin of each site has let her in again. */
export function Rejoin(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [pending, { refetch }] = createResource(() => copse.recovery.pending());
  const rows = () => (pending.error === undefined ? (pending.latest ?? []) : []);
  const rejoin = async (): Promise<void> => {
    const joined = await copse.recovery.rejoin();
    app.tell(
      joined.length === 0
        ? 'Nobody has let you in yet.'
        : `You are back in ${plural(joined.length, 'site')}.`,
    );
    void refetch();
  };
  return (
    <Show when={rows().length > 0}>
      <section class="panel stack">
        <h2>You wait to be let in again</h2>
        <p>Tell the admin of each site this code, by telephone or in person:</p>
        <ul class="plain-list">
          <For each={rows()}>
            {({ code }) => (
              <li>
                <output class="same-digits">{code}</output>
              </li>
            )}
          </For>
        </ul>
        <div>
          <Act run={rejoin}>Look whether I am let in</Act>
        </div>
      </section>
    </Show>
  );
}
