/** The frame of a member: navigation beside (wide) or below (narrow) the room, and the room itself. */

import {
  createEffect,
  createMemo,
  createSignal,
  lazy,
  mapArray,
  Match,
  onCleanup,
  Suspense,
  Switch,
  type JSX,
} from 'solid-js';
import { fromStore } from 'copse/solid';
import { Page } from '../kit/page.tsx';
import { useApp, useCopse } from '../model/app.ts';
import { createSeeing, tagOfLog } from '../model/attention.ts';
import { createBadge } from '../model/badge.ts';
import { createBell } from '../model/bell.ts';
import type { Local } from '../model/local.ts';
import type { Copse, UserId } from '../model/sdk.ts';
import { createReads } from '../model/reads.ts';
import { createSiteModel, type SiteModel } from '../model/site-model.ts';
import { createStreetDoor } from '../model/street-door.ts';
import { STREET } from '../logic/route.ts';
import { createTrustBook } from '../model/trusts.ts';
import { createWorkerLine } from '../model/worker-line.ts';
import { Sites } from '../room/sites/sites.tsx';
import { HouseContext, type HouseModel } from './house-model.ts';
import { InSite } from './in-site.tsx';
import { Loading } from './loading.tsx';
import { createShortcuts, Shortcuts } from './shortcuts.tsx';
import { Side } from './side.tsx';
import { Tabs } from './tabs.tsx';
import { createTitle } from './title.ts';
import { TroubleBar } from './trouble-bar.tsx';

const DevicesRoom = lazy(async () => ({
  default: (await import('../room/devices/devices-room.tsx')).DevicesRoom,
}));
const NodeRoom = lazy(async () => ({ default: (await import('../room/node/node-room.tsx')).NodeRoom }));
const SettingsRoom = lazy(async () => ({
  default: (await import('../room/settings/settings-room.tsx')).SettingsRoom,
}));
const NotificationsRoom = lazy(async () => ({
  default: (await import('../room/notifications/notifications-room.tsx')).NotificationsRoom,
}));
const AuditRoom = lazy(async () => ({ default: (await import('../room/audit/audit-room.tsx')).AuditRoom }));
const RecoveryRoom = lazy(async () => ({
  default: (await import('../room/recovery/recovery-room.tsx')).RecoveryRoom,
}));
const EmailRoom = lazy(async () => ({ default: (await import('../room/email/email-room.tsx')).EmailRoom }));
const Knocks = lazy(async () => ({ default: (await import('../room/email/knocks.tsx')).Knocks }));
const StreetRooms = lazy(async () => {
  const { StreetRooms: rooms, streetStyle } = await import('../street-part.ts');
  await streetStyle();
  return { default: rooms };
});
const PhraseRoom = lazy(async () => ({
  default: (await import('../room/phrase/phrase-room.tsx')).PhraseRoom,
}));
const AccountsRoom = lazy(async () => ({
  default: (await import('../room/accounts/accounts-room.tsx')).AccountsRoom,
}));
const JoinRoom = lazy(async () => ({ default: (await import('../room/welcome/join-room.tsx')).JoinRoom }));

export function House(): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const [isHelpOpen, setHelpOpen] = createSignal(false);
  const seeing = createSeeing(copse);
  const reads = createReads(app.local, seeing.read);
  const book = createTrustBook(copse, app.local);
  const status = fromStore(copse.status);
  const profile = fromStore(copse.profile);
  const sites = createMemo(mapArray(fromStore(copse.sites), (site) => createSiteModel(site, reads, book)));
  const bell = createBell(copse, { ...app, status });
  const model: HouseModel = {
    sites,
    status,
    profile,
    isAdmin: createAdmin(copse, [status, profile]),
    reads,
    bell,
    street: createStreetDoor(app, { copse, bell, status, memberName: (user) => memberIn(sites(), user) }),
    openHelp: () => setHelpOpen(true),
  };
  createShortcuts(model);
  createEffect(() => {
    const arrival = app.session.arrival();
    if (arrival?.kind === 'join') app.replace({ room: 'join' });
    else if (arrival?.kind === 'pair') app.replace({ room: 'devices' });
    else if (arrival !== null) {
      app.session.dismissArrival();
      if (arrival.kind === 'setup' || arrival.kind === 'account')
        app.tell('You have an account here already.', 'That link makes a new one.');
      else app.tell('The link is not complete.', 'Copy all of it, to the last letter.');
    }
  });
  createTitle(model);
  createNews(model);
  createLeaving(app.local);
  return (
    <HouseContext.Provider value={model}>
      <a class="skip" href="#room" onClick={skipToRoom}>
        Skip to the room
      </a>
      <div class="house" classList={{ inside: ['log', 'document'].includes(app.route().room) }}>
        <Side />
        <main id="room" class="room" tabIndex={-1}>
          <TroubleBar />
          <Suspense>
            <Knocks />
          </Suspense>
          <Suspense fallback={<Loading />}>
            <Room />
          </Suspense>
        </main>
        <Tabs />
      </div>
      <Shortcuts isOpen={isHelpOpen()} onClose={() => setHelpOpen(false)} />
    </HouseContext.Provider>
  );
}

/** Who signs out in another tab has signed out here (SPEC U20): what stands on this page goes, with or without the node. */
function createLeaving(local: Pick<Local, 'hasAccount'>): void {
  const look = (): void => {
    if (!local.hasAccount()) location.reload();
  };
  addEventListener('storage', look);
  onCleanup(() => removeEventListener('storage', look));
}

/** What the worker and the icon of the app are told while it is open. */
function createNews(model: HouseModel): void {
  const app = useApp();
  const copse = useCopse();
  createWorkerLine({
    go(hash) {
      location.hash = hash;
    },
    async looked() {
      const now = app.route();
      const isLooking = document.visibilityState === 'visible' && document.hasFocus();
      return isLooking && now.room === 'log' ? tagOfLog(copse, now.site, now.log) : null;
    },
  });
  const { bell, status } = model;
  const unread = (site: SiteModel): number => site.unread().reduce((sum, { count }) => sum + (count ?? 0), 0);
  // A room that is opened and counts nothing changes nothing.
  const waiting = createMemo(() => {
    const concerns = model.street.street()?.inbox.unreadCount() ?? 0;
    return model.sites().reduce((sum, site) => sum + unread(site), concerns);
  });
  createBadge({ bell, status, changes: waiting });
}

/** Whether the user is the admin is known with the profile, a moment after the connection. */
function createAdmin(copse: Copse, signs: readonly (() => unknown)[]): () => boolean {
  return createMemo(() => {
    for (const sign of signs) sign();
    return copse.admin;
  });
}

/** What the sites that were looked at call a user; nobody is asked. */
function memberIn(sites: readonly SiteModel[], user: UserId): string | null {
  for (const { people } of sites) {
    const found = people.members().find((member) => member.user === user);
    if (found !== undefined) return found.name;
  }
  return null;
}

function Room(): JSX.Element {
  const { route } = useApp();
  const is = (room: string) => route().room === room;
  return (
    <Switch fallback={<Nowhere />}>
      <Match when={is('home') || is('signup') || is('signin') || is('pair')}>
        <Sites />
      </Match>
      <Match when={is('site') || is('log') || is('document') || is('people') || is('rights')}>
        <InSite />
      </Match>
      <Match when={is('join')}>
        <JoinRoom />
      </Match>
      <Match when={STREET.includes(route().room)}>
        <StreetRooms />
      </Match>
      <Match when={is('phrase')}>
        <PhraseRoom />
      </Match>
      <Match when={is('devices')}>
        <DevicesRoom />
      </Match>
      <Match when={is('node')}>
        <NodeRoom />
      </Match>
      <Match when={is('audit')}>
        <AuditRoom />
      </Match>
      <Match when={is('recovery') || is('recover') || is('reset')}>
        <RecoveryRoom />
      </Match>
      <Match when={is('email')}>
        <EmailRoom />
      </Match>
      <Match when={is('accounts')}>
        <AccountsRoom />
      </Match>
      <Match when={is('settings')}>
        <SettingsRoom />
      </Match>
      <Match when={is('notifications')}>
        <NotificationsRoom />
      </Match>
    </Switch>
  );
}

function Nowhere(): JSX.Element {
  return (
    <Page title="There is no such room">
      <p class="muted">The address may have been cut when it was copied.</p>
      <a class="button primary" href="#/">
        To your sites
      </a>
    </Page>
  );
}

/** The address holds the room, so the link to it must not go there. */
function skipToRoom(event: Event): void {
  event.preventDefault();
  document.getElementById('room')?.focus();
}
