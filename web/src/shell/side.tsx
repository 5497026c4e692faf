/** The side of a wide page: sites, the logs of the open one, and one's own corner. */

import { createSignal, For, Show, type JSX } from 'solid-js';
import { Badge } from '../kit/badge.tsx';
import { Icon, type IconName } from '../kit/icon.tsx';
import { Mark } from '../kit/mark.tsx';
import { Avatar, SiteSign } from '../kit/picture.tsx';
import { StatusPill } from '../kit/status.tsx';
import { hashOf, type RoomName, type Route } from '../logic/route.ts';
import { useApp, useCopse } from '../model/app.ts';
import { unreadCount, type SiteModel } from '../model/site-model.ts';
import { AddDocument } from '../room/sites/add-document.tsx';
import { AddLog } from '../room/sites/add-log.tsx';
import { useHouse } from './house-model.ts';

export function Side(): JSX.Element {
  const house = useHouse();
  const copse = useCopse();
  return (
    <nav class="side" aria-label="Sites and rooms">
      <a class="wordmark" href="#/">
        <Mark size={28} />
        <span>copse</span>
      </a>
      <div class="side-sites">
        <SideLink room="home" icon="home" label="Your sites" />
        <ul>
          <For each={house.sites()}>{(site) => <SideSite site={site} />}</For>
        </ul>
      </div>
      <div class="side-foot">
        <SideLink room="accounts" icon="leaf" label="People of this node" />
        <SideLink room="devices" icon="device" label="Devices" />
        <Show when={house.isAdmin()}>
          <SideLink room="node" icon="node" label="This node" />
        </Show>
        <button type="button" class="side-link" onClick={() => house.openHelp()}>
          <Icon name="keyboard" size={18} /> Shortcuts
        </button>
        <a class="me" href="#/settings" aria-label={`Settings of ${house.profile().name}`}>
          <Avatar id={copse.user} size={36} />
          <span class="me-name">{house.profile().name}</span>
        </a>
        <StatusPill status={house.status()} />
      </div>
    </nav>
  );
}

function SideLink(props: {
  readonly room: Extract<RoomName, 'home' | 'accounts' | 'devices' | 'node'>;
  readonly icon: IconName;
  readonly label: string;
}): JSX.Element {
  const { route } = useApp();
  return (
    <a
      class="side-link"
      href={hashOf({ room: props.room })}
      aria-current={route().room === props.room ? 'page' : undefined}
    >
      <Icon name={props.icon} size={18} /> {props.label}
    </a>
  );
}

function SideSite(props: { readonly site: SiteModel }): JSX.Element {
  const { route } = useApp();
  const isOpen = () => {
    const now = route();
    return 'site' in now && now.site === props.site.id;
  };
  return (
    <li class="side-site" classList={{ open: isOpen() }}>
      <a class="side-link" href={hashOf({ room: 'site', site: props.site.id })}>
        <SiteSign id={props.site.id} size={28} />
        <span class="clip">{props.site.title()}</span>
        <Show when={!isOpen()}>
          <Badge count={unreadCount(props.site)} />
        </Show>
      </a>
      <Show when={isOpen()}>
        <SideLogs site={props.site} />
      </Show>
    </li>
  );
}

function SideLogs(props: { readonly site: SiteModel }): JSX.Element {
  const [adding, setAdding] = createSignal<'log' | 'document' | null>(null);
  const close = (): void => {
    setAdding(null);
  };
  const countOf = (log: string) => props.site.unread().find((unread) => unread.log === log)?.count ?? 0;
  return (
    <ul class="side-logs">
      <For each={props.site.logs()}>
        {(log) => (
          <SideRoom to={{ room: 'log', site: props.site.id, log }} icon="log" count={countOf(log)}>
            {log}
          </SideRoom>
        )}
      </For>
      <For each={props.site.documents()}>
        {(title) => (
          <SideRoom to={{ room: 'document', site: props.site.id, document: title }} icon="document">
            {title}
          </SideRoom>
        )}
      </For>
      <SideRoom to={{ room: 'people', site: props.site.id }} icon="people">
        People
      </SideRoom>
      <SideRoom to={{ room: 'rights', site: props.site.id }} icon="key">
        Rights
      </SideRoom>
      <li>
        <button type="button" class="side-link faint" onClick={() => setAdding('log')}>
          <Icon name="plus" size={16} /> Add a log
        </button>
        <AddLog site={props.site} isOpen={adding() === 'log'} onClose={close} />
      </li>
      <li>
        <button type="button" class="side-link faint" onClick={() => setAdding('document')}>
          <Icon name="plus" size={16} /> Write a document
        </button>
        <AddDocument site={props.site} isOpen={adding() === 'document'} onClose={close} />
      </li>
    </ul>
  );
}

interface SideRoomProps {
  readonly to: Route;
  readonly icon: IconName;
  readonly count?: number;
  readonly children: string;
}

function SideRoom(props: SideRoomProps): JSX.Element {
  const { route } = useApp();
  const isHere = () => hashOf(route()) === hashOf(props.to);
  return (
    <li>
      <a class="side-link" href={hashOf(props.to)} aria-current={isHere() ? 'page' : undefined}>
        <Icon name={props.icon} size={16} />
        <span class="clip">{props.children}</span>
        <Badge count={props.count ?? 0} />
      </a>
    </li>
  );
}
