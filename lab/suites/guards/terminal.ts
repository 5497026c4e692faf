/** What keeps others from the terminal of who runs the program (`guard.ts`). */

import type { Guard } from './guard.ts';

export const TERMINAL_GUARDS: readonly Guard[] = [
  {
    name: 'a terminal that others steer',
    attack: 'Escape sequences',
    file: 'server/src/cli/output.ts',
    find: "text.replaceAll(CONTROL, '\\ufffd')",
    replace: 'text',
    test: 'server/src/cli/output.test.ts',
    title: 'what others have written does not steer the terminal',
  },
];
