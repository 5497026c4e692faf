/** What a stranger sees: the way in, by a new account, an invitation, or the words of an old account. */

import { createEffect, lazy, Match, Suspense, Switch, type JSX } from 'solid-js';
import { Mark } from '../../kit/mark.tsx';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import { Loading } from '../../shell/loading.tsx';
import { OpenLinkForm } from '../sites/open-link.tsx';
import { SignIn } from './sign-in.tsx';
import { SignUp } from './sign-up.tsx';
import { Glade, Wood } from './wood.tsx';

/** Whoever brought a link waits for what looks at it anyway. */
const Invited = lazy(async () => ({ default: (await import('./invited.tsx')).Invited }));
const NoWay = lazy(async () => ({ default: (await import('./no-way.tsx')).NoWay }));

const DeviceAsking = lazy(async () => ({
  default: (await import('../devices/device-asking.tsx')).DeviceAsking,
}));

const AccountDoor = lazy(async () => ({
  default: (await import('../accounts/account-offer.tsx')).AccountDoor,
}));

const EmailEntryRoom = lazy(async () => ({
  default: (await import('../email/email-entry.tsx')).EmailEntryRoom,
}));

const RecoverRoom = lazy(async () => ({
  default: (await import('../recovery/recover.tsx')).RecoverRoom,
}));
const ResetRoom = lazy(async () => ({ default: (await import('../recovery/ask-reset.tsx')).ResetRoom }));

const KnockDoor = lazy(async () => {
  const { loadDoor } = await import('../neighbourhood/knock-door.tsx');
  return { default: await loadDoor() };
});

export function Welcome(): JSX.Element {
  const { route, session } = useApp();
  createEffect(() => {
    document.title = 'Welcome to copse';
  });
  const arrival = (kind: 'join' | 'setup' | 'pair' | 'account' | 'broken') => {
    const now = session.arrival();
    return now !== null && now.kind === kind ? now : undefined;
  };
  return (
    <div class="welcome">
      <div class="welcome-picture">
        <Wood />
        <Glade />
      </div>
      <main class="welcome-text" id="room">
        <a class="wordmark" href="#/">
          <Mark size={34} />
          <span>copse</span>
        </a>
        <Suspense fallback={<Loading />}>
          <Switch fallback={<Hello />}>
            <Match when={route().room === 'signin'}>
              <SignIn />
            </Match>
            <Match when={route().room === 'knock'}>
              <KnockDoor />
            </Match>
            <Match when={route().room === 'pair'}>
              <DeviceAsking />
            </Match>
            <Match when={route().room === 'recover'}>
              <RecoverRoom />
            </Match>
            <Match when={route().room === 'reset'}>
              <ResetRoom />
            </Match>
            <Match when={route().room === 'email'}>
              <EmailEntryRoom />
            </Match>
            <Match when={arrival('pair') ?? arrival('broken')}>
              <NoWay />
            </Match>
            <Match when={arrival('join')}>
              <Invited />
            </Match>
            <Match when={arrival('account')}>
              <AccountDoor />
            </Match>
            <Match when={arrival('setup') !== undefined || route().room === 'signup'}>
              <SignUp kind={arrival('setup') === undefined ? 'open' : 'setup'} />
            </Match>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}

function Hello(): JSX.Element {
  return (
    <>
      <Heading>A quiet place to write together</Heading>
      <p class="lead">
        This node belongs to the people who use it. What you write is sealed on your device before it leaves,
        and only the members of your site can read it.
      </p>
      <div class="stack welcome-ways">
        <a class="button primary large" href="#/signup">
          Make an account
        </a>
        <a class="button large" href="#/pair">
          I have another device
        </a>
        <a class="button large" href="#/signin">
          I have my 24 words
        </a>
      </div>
      <details class="welcome-more">
        <summary>More ways in</summary>
        <div class="stack welcome-ways">
          <a class="button" href="#/email">
            Sign in with e-mail
          </a>
          <a class="button" href="#/recover">
            I have a recovery code and a PIN
          </a>
          <a class="button" href="#/reset">
            I have lost everything
          </a>
        </div>
      </details>
      <details class="welcome-more">
        <summary>Somebody sent me an invitation</summary>
        <OpenLinkForm onDone={() => {}} />
      </details>
    </>
  );
}
