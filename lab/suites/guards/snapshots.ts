/** Checks that refuse false snapshots (`guard.ts`). */

import type { Guard } from './guard.ts';

export const SNAPSHOT_GUARDS: readonly Guard[] = [
  {
    name: 'a snapshot of other entries',
    attack: 'stands for other entries',
    file: 'core/src/client/reader-chain.ts',
    find: 'return known !== null && !equal(known, part.link);',
    replace: 'return known !== null && known.length !== part.link.length;',
    test: 'core/src/client/log-fold.test.ts',
    title: 'who has followed the chain is told',
  },
  {
    name: 'a snapshot of what is not there yet',
    attack: 'stands for other entries',
    file: 'core/src/client/reader-chain.ts',
    find: '  if (part.from > at) return true;\n',
    replace: '',
    test: 'core/src/client/log-fold.test.ts',
    title: 'stand for what comes behind it',
  },
  {
    name: 'the place of a snapshot of another device',
    attack: 'the device has not made',
    file: 'server/src/tail/snapshot-desk.ts',
    find: 'return cursor.next() && cursor.isPart && cursor.device() ===',
    replace: 'return cursor.next() && cursor.isPart && cursor.device() !==',
    test: 'server/src/tail/snapshot.test.ts',
    title: 'none of a snapshot of this device',
  },
  {
    name: 'a snapshot of who may only read',
    attack: 'may only read',
    file: 'server/src/tail/snapshot-desk.ts',
    find: "    if (!lease.mayWrite) throw new Fault('forbidden', 'to write to this log');\n",
    replace: '',
    test: 'server/src/tail/snapshot.test.ts',
    title: 'who may only read makes no snapshot',
  },
  {
    name: 'a state without an end',
    attack: 'grows to gigabytes',
    file: 'core/src/client/snapshot-parts.ts',
    find: "      if (left < 0) throw new Fault('tooLarge', 'a state');\n",
    replace: '',
    test: 'core/src/client/snapshot-parts.test.ts',
    title: 'is not opened to its end',
  },
];
