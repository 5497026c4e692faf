/** The same rooms at the lower edge of a narrow page, where the thumb is. */

import { For, type JSX } from 'solid-js';
import { Badge } from '../kit/badge.tsx';
import { Icon, type IconName } from '../kit/icon.tsx';
import { hashOf, type Route } from '../logic/route.ts';
import { useApp } from '../model/app.ts';
import { useHouse } from './house-model.ts';

interface Tab {
  readonly route: Route;
  readonly icon: IconName;
  readonly label: string;
  readonly count?: number;
}

const TABS: readonly Tab[] = [
  { route: { room: 'home' }, icon: 'home', label: 'Sites' },
  { route: { room: 'devices' }, icon: 'device', label: 'Devices' },
  { route: { room: 'settings' }, icon: 'settings', label: 'Settings' },
];
const FEED: Tab = { route: { room: 'feed' }, icon: 'street', label: 'Feed' };
const INBOX: Tab = { route: { room: 'inbox' }, icon: 'inbox', label: 'You' };
const NODE: Tab = { route: { room: 'node' }, icon: 'node', label: 'Node' };

export function Tabs(): JSX.Element {
  const { route } = useApp();
  const { isAdmin, street } = useHouse();
  const tabs = (): readonly Tab[] => {
    const [sites, ...others] = TABS;
    const inbox = { ...INBOX, count: street.street()?.inbox.unreadCount() ?? 0 };
    return [...(sites === undefined ? [] : [sites]), FEED, inbox, ...others, ...(isAdmin() ? [NODE] : [])];
  };
  return (
    <nav class="tabs" aria-label="Rooms">
      <For each={tabs()}>
        {(tab) => (
          <a href={hashOf(tab.route)} aria-current={route().room === tab.route.room ? 'page' : undefined}>
            <Icon name={tab.icon} size={22} />
            {tab.label}
            <Badge count={tab.count ?? 0} />
          </a>
        )}
      </For>
    </nav>
  );
}
