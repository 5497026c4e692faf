/** A browser as the client sees it: IndexedDB, WebSocket, Web Locks and broadcast channels. */

import { base64url } from '../base/bytes.ts';
import { realEnv, type Env } from '../base/env.ts';
import { blessingMsMax } from '../base/limits.ts';
import type { Connectivity } from '../client/connections.ts';
import { askNodeKey } from '../client/node-key.ts';
import { unshared, type Runtime, type Sharing } from '../client/open.ts';
import { socketLink } from '../client/socket-link.ts';
import { IndexedKeep } from './indexed-keep.ts';
import { browserPrimitives } from './primitives.ts';
import { tabs, type TabsAmbience } from './tabs.ts';

/** `name` sets devices of one origin apart: two accounts on one node are two names. */
export function browserRuntime(name: string, env: Env = realEnv()): Runtime {
  return {
    env,
    primitives: browserPrimitives(),
    connectivity: connectivity(),
    farewellMs: blessingMsMax,
    sharing: sharing(env, name),
    deviceName: deviceName(navigator.userAgent),
    dial: (url) => socketLink(() => new WebSocket(url)),
    openKeep: (_url, unlock) => IndexedKeep.open(`copse/${name}`, unlock),
    askKey: (url) => askNodeKey(url),
    peers: async () => (await import('./web-peers.ts')).webPeers(),
  };
}

function sharing(env: Env, name: string): Sharing {
  // Without Web Locks (a page that is not secure) every tab is on its own.
  return 'locks' in navigator ? tabs(browserTabs(env), name) : unshared;
}

function browserTabs(env: Env): TabsAmbience {
  return {
    env,
    tab: base64url(env.random(12)),
    lock: (name, signal) =>
      new Promise((resolve, reject) => {
        navigator.locks
          .request(name, { signal }, () => new Promise<void>((giveBack) => resolve(() => giveBack())))
          .catch(reject);
      }),
    lockIfFree: (name) =>
      new Promise((resolve, reject) => {
        navigator.locks
          .request(name, { ifAvailable: true }, (lock) =>
            lock === null ? resolve(null) : new Promise<void>((giveBack) => resolve(() => giveBack())),
          )
          .catch(reject);
      }),
    channel(name, onMessage) {
      const channel = new BroadcastChannel(name);
      channel.addEventListener('message', ({ data }) => onMessage(data));
      return {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
        post: (message) => channel.postMessage(message),
        close: () => channel.close(),
      };
    },
  };
}

function connectivity(): Connectivity {
  return {
    get isOnline() {
      return navigator.onLine;
    },
    onHint(listener) {
      const end = new AbortController();
      const { signal } = end;
      for (const type of ['online', 'offline', 'pageshow', 'focus']) {
        addEventListener(type, listener, { signal });
      }
      if (typeof document !== 'undefined')
        document.addEventListener('visibilitychange', listener, { signal });
      return () => end.abort();
    },
  };
}

/** What the list of devices calls this browser: "Firefox on Linux". */
export function deviceName(agent: string): string {
  const find = (words: readonly (readonly [string, string])[]): string =>
    words.find(([mark]) => agent.includes(mark))?.[1] ?? '';
  const browser = find([
    ['Firefox/', 'Firefox'],
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ]);
  const system = find([
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['CrOS', 'ChromeOS'],
    ['Linux', 'Linux'],
  ]);
  if (browser === '' || system === '') return browser === '' ? 'Browser' : browser;
  return `${browser} on ${system}`;
}
