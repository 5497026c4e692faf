/** The same rooms at the lower edge of a narrow page, where the thumb is. */

import { For, type JSX } from 'solid-js';
import { Icon, type IconName } from '../kit/icon.tsx';
import { hashOf, type Route } from '../logic/route.ts';
import { useApp } from '../model/app.ts';
import { useHouse } from './house-model.ts';

interface Tab {
  readonly route: Route;
  readonly icon: IconName;
  readonly label: string;
}

const TABS: readonly Tab[] = [
  { route: { room: 'home' }, icon: 'home', label: 'Sites' },
  { route: { room: 'devices' }, icon: 'device', label: 'Devices' },
  { route: { room: 'settings' }, icon: 'settings', label: 'Settings' },
];
const NODE: Tab = { route: { room: 'node' }, icon: 'node', label: 'Node' };

export function Tabs(): JSX.Element {
  const { route } = useApp();
  const { isAdmin } = useHouse();
  return (
    <nav class="tabs" aria-label="Rooms">
      <For each={isAdmin() ? [...TABS, NODE] : TABS}>
        {(tab) => (
          <a href={hashOf(tab.route)} aria-current={route().room === tab.route.room ? 'page' : undefined}>
            <Icon name={tab.icon} size={22} />
            {tab.label}
          </a>
        )}
      </For>
    </nav>
  );
}
