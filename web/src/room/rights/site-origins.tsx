/** Of which web addresses the pages may use a site: everybody inside sees it, admins change it (SPEC U29, O9). */

import { createResource, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { Act, createAct } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Field } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { isLetIn, originIn } from '../../logic/origins.ts';
import { may } from '../../logic/rights.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { Loading } from '../../shell/loading.tsx';

export function SiteOrigins(props: { readonly site: SiteModel }): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [known, { refetch }] = createResource(async () => (await copse.rights).origins(props.site.id));
  /** Would shut out the very page that is open. */
  const [risky, setRisky] = createSignal<readonly string[] | null>(null);
  const put = async (origins: readonly string[]): Promise<void> => {
    await (await copse.rights).setOrigins(props.site.id, origins);
    setRisky(null);
    await refetch();
    app.tell(
      origins.length === 0 ? 'Pages of every address may use this site.' : 'The list is changed.',
      'Pages of other addresses lose the site at once.',
    );
  };
  const change = async (origins: readonly string[]): Promise<void> => {
    const shutsOut = isLetIn(known.latest ?? [], location.origin) && !isLetIn(origins, location.origin);
    if (shutsOut) setRisky(origins);
    else await put(origins);
  };
  return (
    <section class="panel stack">
      <h2>Pages that may use this site</h2>
      <p class="muted">
        Other web apps can use a site for their visitors. Name the addresses from which they may; programs and
        the command line have no address and are not meant.
      </p>
      <Switch fallback={<Loading />}>
        <Match when={known.error !== undefined}>
          <FaultNotice thrown={known.error} retry={() => void refetch()} />
        </Match>
        <Match when={known.latest}>
          {(origins) => (
            <Origins
              origins={origins()}
              mayChange={may(props.site.permissions(), 'admin')}
              onChange={change}
            />
          )}
        </Match>
      </Switch>
      <ShutOutDialog origins={risky()} put={put} onClose={() => setRisky(null)} />
    </section>
  );
}

interface OriginsProps {
  readonly origins: readonly string[];
  readonly mayChange: boolean;
  readonly onChange: (origins: readonly string[]) => Promise<void>;
}

function Origins(props: OriginsProps): JSX.Element {
  return (
    <>
      <Show
        when={props.origins.length > 0}
        fallback={<p>No address is named: every page that may call this node may use the site.</p>}
      >
        <ul class="list" aria-label="Addresses">
          <For each={props.origins}>
            {(origin) => (
              <li>
                <span class="list-sign">
                  <Icon name="link" />
                </span>
                <div class="list-text">
                  <p class="list-title">
                    <span class="mono wrap">{origin}</span>
                    <Show when={origin === location.origin}>
                      <span class="tag">this page</span>
                    </Show>
                  </p>
                </div>
                <Show when={props.mayChange}>
                  <div class="list-actions">
                    <Act
                      class="small"
                      label={`Remove ${origin}`}
                      run={() => props.onChange(props.origins.filter((each) => each !== origin))}
                    >
                      Remove
                    </Act>
                  </div>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.mayChange} fallback={<p class="muted">Admins of the site change this.</p>}>
        <AddOrigin {...props} />
      </Show>
    </>
  );
}

function AddOrigin(props: OriginsProps): JSX.Element {
  const [typed, setTyped] = createSignal('');
  const [wrong, setWrong] = createSignal<string>();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const found = originIn(typed(), props.origins);
    if (found.kind === 'wrong') {
      setWrong(found.words);
      return;
    }
    await props.onChange([...props.origins, found.origin]);
    setTyped('');
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Address of a web app"
        hint="Such as https://app.example: the beginning of its address, up to the first single slash."
        value={typed()}
        error={wrong()}
        onInput={(text) => {
          setTyped(text);
          setWrong(undefined);
        }}
        maxLength={300}
      />
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <button type="submit" class="button" aria-busy={isBusy()} disabled={typed().trim() === ''}>
          <Icon name="plus" size={18} />
          <span>Add the address</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

interface ShutOutProps {
  readonly origins: readonly string[] | null;
  readonly put: (origins: readonly string[]) => Promise<void>;
  readonly onClose: () => void;
}

/** Nobody shuts herself out by mistake. */
function ShutOutDialog(props: ShutOutProps): JSX.Element {
  const origins = () => props.origins ?? [];
  return (
    <Dialog
      isOpen={props.origins !== null}
      onClose={props.onClose}
      title="Shut out the page you are on?"
      actions={
        <>
          <Act class="danger" run={() => props.put(origins())}>
            Shut it out
          </Act>
          <Act class="primary" run={() => props.put([...origins(), location.origin])}>
            Keep this page in
          </Act>
        </>
      }
    >
      <div class="stack">
        <p>
          This page has the address <b class="mono">{location.origin}</b>, and the list would not have it. All
          who use the site here, you too, could not read or write it any more.
        </p>
        <Notice kind="info" title="It can be undone here, and with copse origins">
          The list itself is still changed from everywhere.
        </Notice>
      </div>
    </Dialog>
  );
}
