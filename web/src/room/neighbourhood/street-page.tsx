/** The frame of a room of the neighbourhood: the ways to the others, and what stands in the way of writing. */

import { createEffect, For, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Badge } from '../../kit/badge.tsx';
import { Icon, type IconName } from '../../kit/icon.tsx';
import { Notice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { plural } from '../../logic/numbers.ts';
import { hashOf, type Route } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';

interface StreetPageProps {
  readonly title: string;
  readonly lead?: JSX.Element;
  readonly actions?: JSX.Element;
  readonly children: JSX.Element;
}

export function StreetPage(props: StreetPageProps): JSX.Element {
  return (
    <Page title={props.title} class="street" above={<Ways />} lead={props.lead} actions={props.actions}>
      <Obstacles />
      {props.children}
    </Page>
  );
}

interface Way {
  readonly to: Route;
  readonly icon: IconName;
  readonly label: string;
  readonly count?: number;
  /** It stands at the lower edge of a narrow page. */
  readonly isTab?: boolean;
}

function Ways(): JSX.Element {
  const { route } = useApp();
  const { isAdmin } = useHouse();
  const street = useStreet();
  const ways = (): readonly Way[] => [
    { to: { room: 'feed' }, icon: 'street', label: 'Feed', isTab: true },
    {
      to: { room: 'inbox' },
      icon: 'inbox',
      label: 'Concerns you',
      count: street.inbox.unreadCount(),
      isTab: true,
    },
    { to: { room: 'neighbours' }, icon: 'people', label: 'People' },
    { to: { room: 'search', words: '' }, icon: 'search', label: 'Search' },
    { to: { room: 'person', person: street.me }, icon: 'leaf', label: 'Your page' },
    { to: { room: 'requests' }, icon: 'mail', label: 'Requests', count: street.knocks.mine()?.length ?? 0 },
    { to: { room: 'storage' }, icon: 'document', label: 'Storage' },
    ...(isAdmin() ? [{ to: { room: 'reports' }, icon: 'flag', label: 'Reports' } as const] : []),
  ];
  const isHere = ({ to }: Way): boolean =>
    hashOf(to) === hashOf(route()) || (to.room === 'search' && route().room === 'search');
  let nav: HTMLElement | undefined;
  // On a phone the line is longer than the screen.
  createEffect(() => {
    route();
    const here = nav?.querySelector<HTMLElement>('[aria-current]');
    if (nav !== undefined && here)
      nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
  });
  return (
    <nav ref={(made) => (nav = made)} class="ways" aria-label="Rooms of the neighbourhood">
      <For each={ways()}>
        {(way) => (
          <a
            class="chip"
            classList={{ tab: way.isTab === true }}
            href={hashOf(way.to)}
            aria-current={isHere(way) ? 'page' : undefined}
          >
            <Icon name={way.icon} size={16} />
            {way.label}
            <Badge count={way.count ?? 0} />
          </a>
        )}
      </For>
    </nav>
  );
}

/** What the node has refused later, in all rooms: not all of it is a post. */
function NotGoneOut(): JSX.Element {
  const street = useStreet();
  const refused = () => [...street.outgoing().values()].filter(({ refusal }) => refusal !== null);
  const each = async (act: (id: string) => Promise<void>): Promise<void> => {
    for (const { id } of refused()) await act(id);
  };
  return (
    <Show when={refused().length > 0}>
      <Notice
        kind="warn"
        title={`${plural(refused().length, 'message')} of yours did not go out`}
        actions={
          <>
            <Act run={() => each((id) => street.again(id))}>Try again</Act>
            <Act class="quiet" run={() => each((id) => street.drop(id))}>
              Take out
            </Act>
          </>
        }
      >
        Why stands beside a post. Changes, pictures and marks have no place of their own: they are tried again
        or taken out here.
      </Notice>
    </Show>
  );
}

function NothingKept(): JSX.Element {
  return (
    <Notice kind="warn" title="You are offline">
      You see what was loaded. What you write stays here as a draft; post it when the connection is back.
    </Notice>
  );
}

/** More of an account than this is used: it is told before the oldest posts go. */
const NEARLY = 0.9;

function Obstacles(): JSX.Element {
  const { status } = useHouse();
  const street = useStreet();
  const waits = (): string => {
    const count = [...street.outgoing().values()].filter(({ refusal }) => refusal === null).length;
    return count === 0 ? '' : `: ${plural(count, 'message')} so far`;
  };
  const used = (): number => {
    const usage = street.hello()?.usage;
    return usage === undefined || usage.bytesMax === 0 ? 0 : usage.bytes / usage.bytesMax;
  };
  return (
    <>
      <Show when={status() === 'offline'}>
        <Show when={street.storage().kind === 'kept'} fallback={<NothingKept />}>
          <Notice kind="info" title="You are offline">
            You see what is on this device. What you post stays here and goes out by itself when the
            connection is back{waits()}.
          </Notice>
        </Show>
      </Show>
      <NotGoneOut />
      <Show when={street.isStranger()}>
        <Notice kind="info" title="You read as a guest">
          This node does not know your account, so that it takes no posts of yours. Ask somebody who has an
          account here for an invitation; your key stays the same.
        </Notice>
      </Show>
      <Show when={used() >= NEARLY}>
        <Notice
          kind="warn"
          title="Your account here is nearly full"
          actions={
            <a class="button" href={hashOf({ room: 'storage' })}>
              See what it holds
            </a>
          }
        >
          When it is full, your oldest posts make room for new ones. Those that you keep stay.
        </Notice>
      </Show>
    </>
  );
}
