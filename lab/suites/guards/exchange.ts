/** Checks that refuse attacks by other nodes (`guard.ts`). */

import type { Guard } from './guard.ts';

const TEST = 'server/src/peer/exchange/comparing.test.ts';
const COMPARING = 'server/src/peer/exchange/comparing.ts';
const COMPARISONS = 'core/src/social/peer/comparisons.ts';
const ANSWERING = 'core/src/social/peer/comparisons.test.ts';

export const EXCHANGE_GUARDS: readonly Guard[] = [
  {
    name: 'messages that are named and not shown',
    attack: 'names messages without showing',
    file: COMPARING,
    find: 'if (this.#missed > exchangeMissedMax && this.#missed > this.#shown)',
    replace: 'if (false)',
    test: TEST,
    title: 'shows none of them',
  },
  {
    name: 'a comparison without end',
    attack: 'without end',
    file: COMPARING,
    find: 'if (shown === 0)',
    replace: 'if (false)',
    test: TEST,
    title: 'comes to no end',
  },
  {
    name: 'others than those that were asked for',
    attack: 'or others, or without end',
    file: 'server/src/peer/exchange/intake.ts',
    find: 'if (isWanted && isNamed)',
    replace: 'if (isWanted)',
    test: TEST,
    title: 'shows others than those',
  },
  {
    name: 'what was taken back is asked for',
    attack: 'bring back what has fallen out',
    file: COMPARING,
    find: 'if (!store.knows(id)) into.set',
    replace: 'into.set',
    test: TEST,
    title: 'does not come back',
  },
  {
    name: 'strangers compare',
    attack: 'Sets that are filled for nothing',
    file: 'core/src/social/peer/session.ts',
    find: 'if (comparer !== null) return comparer;',
    replace: "return comparer ?? '';",
    test: ANSWERING,
    title: 'strangers do not compare',
  },
  {
    name: 'sets at will',
    attack: 'Sets that are filled for nothing',
    file: COMPARISONS,
    find: 'if (meter.take(env.nowMs(), items) > 0)',
    replace: 'if (false)',
    test: ANSWERING,
    title: 'one caller has so much',
  },
  {
    name: 'sets in one piece',
    attack: 'Sets that are filled for nothing',
    file: COMPARISONS,
    find: 'isDone = filling.step(() => env.nowMs() >= untilMs);',
    replace: 'isDone = filling.step(() => false);',
    test: ANSWERING,
    title: 'in slices',
  },
  {
    name: 'stamps at will',
    attack: 'Mentions of many people elsewhere',
    file: 'server/src/peer/exchange/knocking.ts',
    find: ' || this.#meter.take(this.#options.env.nowMs()) > 0',
    replace: '',
    test: 'server/src/peer/exchange/knocking.test.ts',
    title: 'at a bounded rate',
  },
];
