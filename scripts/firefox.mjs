/** Firefox for the tests of Web Push, which it alone does without its maker's push service. Runs on a bare Node 20. */

import { findOrInstall } from './browser-program.mjs';

/** @type {{ path: string } | { reason: string } | undefined} */
let answer;

/**
 * The path of a Firefox, or the reason why there is none and what to do. Asked twice, it answers the same.
 * @returns {{ path: string } | { reason: string }}
 */
export function ensureFirefox() {
  answer ??= findOrInstall({
    title: 'Firefox',
    names: ['firefox-esr', 'firefox'],
    elsewhere: ['/Applications/Firefox.app/Contents/MacOS/firefox'],
    variable: 'FIREFOX_PATH',
    debian: 'firefox-esr',
  });
  return answer;
}
