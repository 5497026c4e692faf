/** The title of the browser's tab follows the room and counts what is unread. */

import { createEffect } from 'solid-js';
import type { Route } from '../logic/route.ts';
import { useApp } from '../model/app.ts';
import { unreadCount } from '../model/site-model.ts';
import type { HouseModel } from './house-model.ts';

const TITLES: Readonly<
  Record<Exclude<Route['room'], 'log' | 'document' | 'site' | 'people' | 'rights'>, string>
> = {
  home: 'Your sites',
  signup: 'Your sites',
  pair: 'Sign in',
  signin: 'Your sites',
  join: 'An invitation',
  phrase: 'Your 24 words',
  devices: 'Your devices',
  node: 'This node',
  email: 'Your e-mail addresses',
  audit: 'What this node says about you',
  recovery: 'Recovery with a PIN',
  reset: 'Begin anew',
  recover: 'Recovery with a PIN',
  settings: 'Settings',
  notifications: 'Notifications',
  feed: 'Neighbourhood',
  inbox: 'What concerns you',
  neighbours: 'People of the neighbourhood',
  search: 'Search',
  post: 'A post',
  person: 'A person',
  knock: 'Write to somebody',
  accounts: 'People of this node',
  storage: 'Storage',
  requests: 'Requests',
  reports: 'Reports',
  unknown: 'No such room',
};

export function createTitle(house: HouseModel): void {
  const { route } = useApp();
  createEffect(() => {
    const inbox = house.street.street()?.inbox.unreadCount() ?? 0;
    const unread = house.sites().reduce((sum, site) => sum + unreadCount(site), inbox);
    document.title = `${unread === 0 ? '' : `(${unread}) `}${titleOf(route(), house)} · copse`;
  });
}

function titleOf(route: Route, house: HouseModel): string {
  if (!('site' in route)) return TITLES[route.room];
  const title =
    house
      .sites()
      .find(({ id }) => id === route.site)
      ?.title() ?? 'A site';
  if (route.room === 'document') return `${route.document} – ${title}`;
  if (route.room === 'log') return `${route.log} – ${title}`;
  if (route.room === 'rights') return `Rights in ${title}`;
  return route.room === 'people' ? `People of ${title}` : title;
}
