/** What a stranger sees: the way in, by a new account, an invitation, or the words of an old account. */

import { createEffect, Match, Switch, type JSX } from 'solid-js';
import { Mark } from '../../kit/mark.tsx';
import { Heading } from '../../kit/page.tsx';
import { useApp } from '../../model/app.ts';
import { OpenLinkForm } from '../sites/open-link.tsx';
import { BrokenLink, Invited } from './invited.tsx';
import { SignIn } from './sign-in.tsx';
import { SignUp } from './sign-up.tsx';
import { Glade, Wood } from './wood.tsx';

export function Welcome(): JSX.Element {
  const { route, session } = useApp();
  createEffect(() => {
    document.title = 'Welcome to copse';
  });
  const arrival = (kind: 'join' | 'setup' | 'broken') => {
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
        <Switch fallback={<Hello />}>
          <Match when={route().room === 'signin'}>
            <SignIn />
          </Match>
          <Match when={arrival('broken')}>
            <BrokenLink />
          </Match>
          <Match when={arrival('join')}>
            <Invited />
          </Match>
          <Match when={arrival('setup')}>
            <SignUp kind="setup" />
          </Match>
          <Match when={route().room === 'signup'}>
            <SignUp kind="open" />
          </Match>
        </Switch>
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
        <a class="button large" href="#/signin">
          I have my 24 words
        </a>
      </div>
      <details class="welcome-more">
        <summary>Somebody sent me an invitation</summary>
        <OpenLinkForm onDone={() => {}} />
      </details>
    </>
  );
}
