/** Checks that refuse attacks by account files, and by who says that a key is another one's (`guard.ts`). */

import type { Guard } from './guard.ts';

const IMPORT = 'core/src/client/neighbourhood/account-import.ts';
const FORMAT = 'core/src/social/account-file/account-file.ts';
const FILE_TEST = 'lab/suites/account-file.test.ts';
const FORMAT_TEST = 'core/src/social/account-file/account-file.test.ts';

export const ACCOUNT_FILE_GUARDS: readonly Guard[] = [
  {
    name: 'forged messages in an account file',
    attack: 'A forged, mixed or endless account file',
    file: IMPORT,
    find: "if (message === null) return 'its user has not signed it';",
    replace: 'if (message === null) return null;',
    test: FILE_TEST,
    title: 'is told with its record',
  },
  {
    name: "somebody else's messages in an account file",
    attack: 'A forged, mixed or endless account file',
    file: IMPORT,
    find: "return equal(message.from, this.#head.user) ? null : 'it is of somebody else';",
    replace: 'return null;',
    test: FILE_TEST,
    title: 'is told with its record',
  },
  {
    name: 'an account file of other records',
    attack: 'A forged, mixed or endless account file',
    file: FORMAT,
    find: 'if (!equal(end.chain, chain.hash))',
    replace: 'if (false)',
    test: FORMAT_TEST,
    title: 'no byte of a file changes unnoticed',
  },
  {
    name: 'records of any size',
    attack: 'A forged, mixed or endless account file',
    file: 'core/src/social/account-file/sequence.ts',
    find: 'if (need > accountFileRecordBytesMax)',
    replace: 'if (false)',
    test: FORMAT_TEST,
    title: 'before it takes memory',
  },
  {
    name: 'a successor that has not agreed',
    attack: 'Somebody else as the successor of a key',
    file: 'core/src/social/message/moved.ts',
    find: 'return (await isProven(primitives, to, consenting(old), consent)) ? to : null;',
    replace: 'return to;',
    test: 'core/src/social/message/moved.test.ts',
    title: 'to none that has not',
  },
];
