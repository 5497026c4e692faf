/** Chromium for the browser tests. Runs on a bare Node 20. */

import { findOrInstall } from './browser-program.mjs';

/** What a browser in a container needs: no sandbox as root, no traffic of its own, no GPU. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @type {{ path: string } | { reason: string } | undefined} */
let answer;

/**
 * The path of a Chromium, or the reason why there is none and what to do. Asked twice, it answers the same.
 * @returns {{ path: string } | { reason: string }}
 */
export function ensureChromium() {
  answer ??= findOrInstall({
    title: 'Chromium',
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    elsewhere: [
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    variable: 'CHROMIUM_PATH',
    debian: 'chromium',
  });
  return answer;
}
