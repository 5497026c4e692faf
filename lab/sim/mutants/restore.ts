/** Bugs that only a node that was set back to a backup shows. */

import type { Mutant } from './mutant.ts';

const takenBack = { file: 'core/src/client/taken-back.ts', level: 'system' } as const;
const userKeys = { file: 'core/src/client/user-keys.ts', level: 'system' } as const;
const setBack = { file: 'core/src/client/set-back.ts', level: 'system' } as const;

export const RESTORE_MUTANTS: readonly Mutant[] = [
  {
    ...setBack,
    name: 'restore: a log that ends before what was read of it alarms nobody',
    find: "  owner.onSetBack?.(new Fault('fork', detail));\n",
    replace: '',
  },
  {
    ...setBack,
    name: 'restore: a log that has grown again is taken for the one that was read',
    find: 'if (isOther || page.tail < next) {',
    replace: 'if (isOther && page.count < 0) {',
  },
  {
    ...setBack,
    name: 'restore: readers go on at the end of a log that was set back',
    find: 'if (!equal(own, entry)) return isSomeSame ? place : 1;',
    replace: '',
  },
  {
    ...takenBack,
    name: 'restore: a right that was taken back comes to life again in silence',
    find: "if (state === 'fallen') break;",
    replace: 'if (state) break;',
  },
  {
    ...userKeys,
    name: 'restore: a device that was ended comes back',
    find: 'const back = told.devices.filter(({ device }) => ended.has(device));',
    replace: 'const back = told.devices.filter(({ device }) => ended.has(device) && device.length === 0);',
  },
  {
    file: 'core/src/client/site-epochs.ts',
    level: 'system',
    name: 'restore: an older key of a site is taken as it is shown',
    find: "throw new Fault('fork', 'The node shows an older key of a site than before.');",
    replace: 'return null;',
  },
  {
    file: 'core/src/transparency/pin.ts',
    level: 'system',
    name: 'restore: a log of the node that has lost leaves is believed',
    find: 'if (shown.size < kept.size) return this.#fork(note, `it has ${shown.size} leaves after ${kept.size}`);',
    replace: 'if (shown.size < kept.size) return this.#take(shown);',
  },
  {
    file: 'core/src/client/find-own.ts',
    level: 'system',
    name: 'restore: a writer looks for her entries behind the end of the log, for ever',
    find: 'Math.max(1, Math.min(from, tail))',
    replace: 'from',
  },
  {
    file: 'core/src/client/log-writer.ts',
    level: 'system',
    name: 'restore: what comes while a writer looks for her entries passes them',
    find: '    this.#renumber(this.#backlog.all());',
    replace: '    this.#renumber(this.#backlog.all().slice(0, froms.length));',
  },
];
