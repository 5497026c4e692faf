/** The people of a site: who is in, by whose invitation, and how to bring in more. */

import { createEffect, createResource, createSignal, on, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Page } from '../../kit/page.tsx';
import { may } from '../../logic/rights.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { Invitations } from './invitations.tsx';
import { MakeLink } from './make-link.tsx';
import { Members } from './members.tsx';
import { Readmit } from './readmit.tsx';
import { RenameSite } from './rename-site.tsx';

export function PeopleRoom(props: { readonly site: SiteModel }): JSX.Element {
  const { people, site } = props.site;
  const mayInvite = () => may(props.site.permissions(), 'invite');
  const [invitations, { refetch }] = createResource(
    () => (mayInvite() ? site : undefined),
    (asked) => asked.invitations(),
  );
  // Whoever joins or leaves while the room is open is seen.
  createEffect(on(props.site.memberCount, people.refresh));
  const first = () => props.site.logs()[0];
  const back = () => {
    const log = first();
    return log === undefined ? '#/' : hashOf({ room: 'log', site: props.site.id, log });
  };
  return (
    <Page
      title={`People of ${props.site.title()}`}
      class="people"
      back={{ href: back(), label: first() ?? 'Your sites' }}
      actions={
        <>
          <a class="button" href={hashOf({ room: 'rights', site: props.site.id })}>
            <Icon name="key" size={18} /> Rights
          </a>
          <Show when={may(props.site.permissions(), 'admin')}>
            <RenameSite site={props.site} />
          </Show>
          <Leave site={props.site} />
        </>
      }
    >
      <div class="columns">
        <Members site={props.site} />
        <Show when={mayInvite()} fallback={<NoInviting />}>
          <div class="stack">
            <Show when={may(props.site.permissions(), 'admin')}>
              <Readmit site={props.site} />
            </Show>
            <MakeLink site={props.site} onMade={() => void refetch()} />
            <Invitations
              site={props.site}
              rows={invitations()}
              thrown={invitations.error}
              onChange={() => void refetch()}
            />
          </div>
        </Show>
      </div>
    </Page>
  );
}

function NoInviting(): JSX.Element {
  return (
    <section class="panel">
      <h2>Inviting</h2>
      <p class="muted">
        Hosts and admins of this site invite others. Ask one of them when somebody is missing.
      </p>
    </section>
  );
}

function Leave(props: { readonly site: SiteModel }): JSX.Element {
  const app = useApp();
  const [isOpen, setOpen] = createSignal(false);
  const leave = async (): Promise<void> => {
    await props.site.site.leave();
    setOpen(false);
    app.go({ room: 'home' });
    app.tell(`You left ${props.site.title()}.`);
  };
  return (
    <>
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>
        Leave the site
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title={`Leave ${props.site.title()}?`}
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Stay
            </button>
            <Act class="danger" run={leave}>
              Leave
            </Act>
          </>
        }
      >
        <p>You will not see what is written here any more. To come back you need a new invitation.</p>
      </Dialog>
    </>
  );
}
