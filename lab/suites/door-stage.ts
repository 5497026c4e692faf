/** A door behind the real listener on loopback, with pages that say nothing. */

import assert from 'node:assert/strict';
import { listen, type Listener, type ListenOptions } from '../../server/src/node/listen.ts';
import { Pages, type PagesOptions } from '../../server/src/node/pages.ts';

export const emptyPages: PagesOptions = {
  assets: null,
  node: () => ({}),
  notReady: () => null,
  figures: () => [],
  metrics: false,
  secure: false,
};

const CONNECTIONS = 1_000;

/** Listens for `doors` at a free port. A mistake of the node fails the test, unless `more` says otherwise. */
export function listenWith(
  doors: ListenOptions['doors'],
  more: Partial<Omit<ListenOptions, 'doors'>> = {},
): Listener {
  return listen({
    host: '127.0.0.1',
    port: 0,
    pages: new Pages(emptyPages),
    doors,
    mayConnect: () => true,
    connectionsMax: CONNECTIONS,
    connectionsPerAddressMax: CONNECTIONS,
    proxied: false,
    onMistake: (where, thrown) => assert.fail(`${where} ${String(thrown)}`),
    ...more,
  });
}
