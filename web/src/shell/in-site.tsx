/** Rooms of one site: finds it, and makes the room anew when the site or the log changes. */

import { createEffect, createMemo, lazy, Match, Show, Switch, type JSX } from 'solid-js';
import { Page } from '../kit/page.tsx';
import { documentOf, logOfDocument, roomOf } from '../logic/documents.ts';
import { hashOf } from '../logic/route.ts';
import { useApp, useCopse } from '../model/app.ts';
import type { Copse } from '../model/sdk.ts';
import type { SiteModel } from '../model/site-model.ts';
import { useHouse } from './house-model.ts';
import { Loading } from './loading.tsx';

const LogRoom = lazy(async () => ({ default: (await import('../room/log/log-room.tsx')).LogRoom }));
const DocumentRoom = lazy(async () => ({
  default: (await import('../room/document/document-room.tsx')).DocumentRoom,
}));
const PeopleRoom = lazy(async () => ({
  default: (await import('../room/people/people-room.tsx')).PeopleRoom,
}));
const RightsRoom = lazy(async () => ({
  default: (await import('../room/rights/rights-room.tsx')).RightsRoom,
}));

export function InSite(): JSX.Element {
  const { route } = useApp();
  const house = useHouse();
  const site = createMemo(() => {
    const now = route();
    return 'site' in now ? house.sites().find(({ id }) => id === now.site) : undefined;
  });
  return (
    <Show when={site()} keyed fallback={<NoSite />}>
      {(found) => <SiteRooms site={found} />}
    </Show>
  );
}

function SiteRooms(props: { readonly site: SiteModel }): JSX.Element {
  const { route, replace } = useApp();
  const log = createMemo(() => {
    const now = route();
    return now.room === 'log' && documentOf(now.log) === null ? now.log : undefined;
  });
  const title = createMemo(() => {
    const now = route();
    return now.room === 'document' ? now.document : undefined;
  });
  createNamed(props.site);
  // A site opens on its first log; one without any opens on its people.
  createEffect(() => {
    const now = route();
    // The address of a document as a log leads to the document.
    if (now.room === 'log' && documentOf(now.log) !== null) replace(roomOf(now.site, now.log));
    if (now.room !== 'site') return;
    const first = props.site.logs()[0];
    const { id } = props.site;
    replace(first === undefined ? { room: 'people', site: id } : { room: 'log', site: id, log: first });
  });
  return (
    <Switch>
      <Match when={route().room === 'people'}>
        <PeopleRoom site={props.site} />
      </Match>
      <Match when={route().room === 'rights'}>
        <RightsRoom site={props.site} />
      </Match>
      <Match when={log()} keyed>
        {(name) => <LogRoom site={props.site} name={name} />}
      </Match>
      <Match when={title()} keyed>
        {(found) => <DocumentRoom site={props.site} title={found} />}
      </Match>
    </Switch>
  );
}

const LOG_ID = /^[0-9a-f]{32}$/u;

/** A notification that a browser shows by itself leads to the id of a log, because its node knows no name. */
function createNamed(site: SiteModel): void {
  const { route, replace } = useApp();
  const copse = useCopse();
  createEffect(() => {
    const now = route();
    const names = [...site.logs(), ...site.documents().map(logOfDocument)];
    if (now.room !== 'log' || !LOG_ID.test(now.log) || names.includes(now.log)) return;
    const lead = async (): Promise<void> => {
      const name = await nameOf(copse, { site, names, id: now.log });
      if (name !== undefined && hashOf(route()) === hashOf(now)) replace(roomOf(site.id, name));
    };
    // What has no name stays a log that cannot be opened, and says so itself.
    lead().catch(() => {});
  });
}

async function nameOf(
  copse: Copse,
  { site, names, id }: { readonly site: SiteModel; readonly names: readonly string[]; readonly id: string },
): Promise<string | undefined> {
  const rights = await copse.rights;
  const ids = await Promise.all(names.map((name) => rights.resourceOf(site.id, name)));
  return names[ids.findIndex((each) => each === id)];
}

/** Sites arrive with the connection: until then it is too early to say that there is none. */
function NoSite(): JSX.Element {
  const { status } = useHouse();
  return (
    <Show when={status() !== 'connecting'} fallback={<Loading />}>
      <Page title="You are not in this site">
        <p class="muted">
          {status() === 'offline'
            ? 'You are offline, and this device does not know the site yet.'
            : 'It was closed to you, or the address belongs to another account.'}
        </p>
        <a class="button primary" href="#/">
          To your sites
        </a>
      </Page>
    </Show>
  );
}
