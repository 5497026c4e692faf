/** Makes an invitation link and shows it as text and picture. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Copy } from '../../kit/copy.tsx';
import { createAct } from '../../kit/act.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Qr } from '../../kit/qr.tsx';
import { plural } from '../../logic/numbers.ts';
import { rolesWithin, type RoleName } from '../../logic/rights.ts';
import type { SiteModel } from '../../model/site-model.ts';

const DAYS = [1, 7, 30] as const;

interface MakeLinkProps {
  readonly site: SiteModel;
  readonly onMade: () => void;
}

export function MakeLink(props: MakeLinkProps): JSX.Element {
  const [link, setLink] = createSignal<string>();
  return (
    <section class="panel">
      <h2>Invite somebody</h2>
      <Show
        when={link()}
        fallback={
          <LinkForm
            site={props.site}
            onLink={(made) => {
              setLink(made);
              props.onMade();
            }}
          />
        }
      >
        {(made) => <Link link={made()} title={props.site.title()} onAgain={() => setLink(undefined)} />}
      </Show>
    </section>
  );
}

function LinkForm(props: { readonly site: SiteModel; readonly onLink: (link: string) => void }): JSX.Element {
  const roles = () => rolesWithin(props.site.permissions());
  const [role, setRole] = createSignal<RoleName>('writer');
  const [days, setDays] = createSignal<number>(7);
  const [thrown, setThrown] = createSignal<unknown>(null);
  const { isBusy, act } = createAct(async () => {
    setThrown(null);
    const chosen = roles().find(({ name }) => name === role()) ?? roles()[0];
    if (chosen === undefined) return;
    props.onLink(await props.site.site.invite({ permissions: chosen.permissions, days: days() }));
  }, setThrown);
  const submit = (event: Event): void => {
    event.preventDefault();
    act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <fieldset class="choices">
        <legend>They will be a</legend>
        <For each={roles()}>
          {(choice) => (
            <label class="choice">
              <input
                type="radio"
                name="role"
                checked={role() === choice.name}
                onChange={() => setRole(choice.name)}
              />
              <span>
                <b>{choice.title}</b>
                <small>{choice.what}</small>
              </span>
            </label>
          )}
        </For>
      </fieldset>
      <fieldset class="segments">
        <legend>The link works for</legend>
        <For each={DAYS}>
          {(count) => (
            <label>
              <input type="radio" name="days" checked={days() === count} onChange={() => setDays(count)} />
              <span>{plural(count, 'day')}</span>
            </label>
          )}
        </For>
      </fieldset>
      <Show when={thrown()}>
        <FaultNotice thrown={thrown()} />
      </Show>
      <div>
        <button type="submit" class="button primary" aria-busy={isBusy()}>
          <Icon name="link" size={18} />
          <span>Make a link</span>
          <span class="spinner" aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

interface LinkProps {
  readonly link: string;
  readonly title: string;
  readonly onAgain: () => void;
}

/** A link that was just made, as text and picture. */
export function Link(props: LinkProps): JSX.Element {
  const share = (): void => {
    // Cancelling the system's sheet is no fault.
    navigator.share({ title: `Join ${props.title}`, url: props.link }).catch(() => {});
  };
  return (
    <div class="made-link" role="status">
      <Qr text={props.link} label={`Invitation to ${props.title} as a QR code`} />
      <div class="stack">
        <p>
          <b>One person can join with it.</b> It is shown only now, so send it before you leave this page.
        </p>
        <input
          class="input mono"
          readOnly
          value={props.link}
          aria-label="Invitation link"
          onFocus={(event) => event.currentTarget.select()}
        />
        <div class="row">
          <Copy text={props.link} class="primary">
            Copy the link
          </Copy>
          <Show when={'share' in navigator}>
            <button type="button" class="button" onClick={share}>
              <Icon name="share" size={18} /> Share
            </button>
          </Show>
          <button type="button" class="button quiet" onClick={() => props.onAgain()}>
            Another one
          </button>
        </div>
      </div>
    </div>
  );
}
