/** Begins the app in the page: what it needs from outside comes in, everything else is made here. */

import { must } from 'copse/internal/base/assert.ts';
import { onMount, type JSX } from 'solid-js';
import { render } from '../kit/dom.ts';
import { AppContext, createApp } from '../model/app.ts';
import { browserLocal } from '../model/local.ts';
import type { Gate } from '../model/sdk.ts';
import { createSession } from '../model/session.ts';
import { Shell } from './shell.tsx';

export function start(gate: Gate): void {
  const root = must(document.getElementById('app'), 'the page has a place for the app');
  root.textContent = '';
  render(() => <Root gate={gate} />, root);
}

function Root(props: { readonly gate: Gate }): JSX.Element {
  const local = browserLocal();
  const address = {
    href: location.href,
    clean: () => history.replaceState(null, '', location.pathname + location.search),
  };
  const session = createSession(props.gate, local, address);
  const app = createApp(props.gate, local, session);
  onMount(() => void session.start());
  return (
    <AppContext.Provider value={app}>
      <Shell />
    </AppContext.Provider>
  );
}
