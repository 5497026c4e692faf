/** The rooms of the neighbourhood: they stand on one connection, which is there before any of them. */

import { lazy, Match, onMount, Show, Suspense, Switch, type JSX } from 'solid-js';
import { FaultNotice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import { StreetContext } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { FeedRoom } from './feed-room.tsx';
import { InboxRoom } from './inbox-room.tsx';
import { NeighboursRoom } from './neighbours-room.tsx';
import { PersonRoom } from './person-room.tsx';
import { SearchRoom } from './search-room.tsx';
import { ThreadRoom } from './thread-room.tsx';

/** Asked for when somebody goes there: most people read. */
const StorageRoom = lazy(async () => ({ default: (await import('./storage-room.tsx')).StorageRoom }));
const RequestsRoom = lazy(async () => ({ default: (await import('./requests-room.tsx')).RequestsRoom }));
const ReportsRoom = lazy(async () => ({ default: (await import('./reports-room.tsx')).ReportsRoom }));
const KnockPage = lazy(async () => ({ default: (await import('./knock-page.tsx')).KnockPage }));

export { streetStyle } from './street-style.ts';

export function StreetRooms(): JSX.Element {
  const { street: door } = useHouse();
  onMount(door.enter);
  return (
    <Show when={door.street()} keyed fallback={<NotYet />}>
      {(street) => (
        <StreetContext.Provider value={street}>
          <Rooms />
        </StreetContext.Provider>
      )}
    </Show>
  );
}

function NotYet(): JSX.Element {
  const { street: door } = useHouse();
  return (
    <Page title="Neighbourhood">
      <Show when={door.thrown()} fallback={<Loading />}>
        <FaultNotice thrown={door.thrown()} retry={door.enter} />
      </Show>
    </Page>
  );
}

function Rooms(): JSX.Element {
  const { route } = useApp();
  const post = () => {
    const now = route();
    return now.room === 'post' ? now.post : undefined;
  };
  const person = () => {
    const now = route();
    return now.room === 'person' ? now.person : undefined;
  };
  const knocked = () => {
    const now = route();
    return now.room === 'knock' ? now.person : undefined;
  };
  return (
    <Switch>
      <Match when={knocked()} keyed>
        {(key) => (
          <Suspense fallback={<Loading />}>
            <KnockPage person={key} />
          </Suspense>
        )}
      </Match>
      <Match when={route().room === 'storage'}>
        <Suspense fallback={<Loading />}>
          <StorageRoom />
        </Suspense>
      </Match>
      <Match when={route().room === 'requests'}>
        <Suspense fallback={<Loading />}>
          <RequestsRoom />
        </Suspense>
      </Match>
      <Match when={route().room === 'reports'}>
        <Suspense fallback={<Loading />}>
          <ReportsRoom />
        </Suspense>
      </Match>
      <Match when={route().room === 'feed'}>
        <FeedRoom />
      </Match>
      <Match when={route().room === 'inbox'}>
        <InboxRoom />
      </Match>
      <Match when={route().room === 'neighbours'}>
        <NeighboursRoom />
      </Match>
      <Match when={route().room === 'search'}>
        <SearchRoom />
      </Match>
      <Match when={post()} keyed>
        {(id) => <ThreadRoom id={id} />}
      </Match>
      <Match when={person()} keyed>
        {(key) => <PersonRoom person={key} />}
      </Match>
    </Switch>
  );
}
