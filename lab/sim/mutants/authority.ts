/** Bugs in what gives and takes rights and keys. */

import type { Mutant } from './mutant.ts';

const feed = { file: 'server/src/tail/feed.ts', level: 'system' } as const;
const keys = { file: 'server/src/store/keys-memory.ts', level: 'system' } as const;

export const AUTHORITY_MUTANTS: readonly Mutant[] = [
  {
    file: 'server/src/tail/session.ts',
    level: 'system',
    name: 'authority: a tail that hears nothing of auth goes on giving leases',
    find: "    if (feed.stale) throw new Fault('stale');\n    const access",
    replace: '    const access',
  },
  {
    ...feed,
    name: 'authority: a silent feed is not asked',
    find: 'if (this.#following === null && this.ageMs > this.#options.staleMs / 3) void this.follow();',
    replace: '',
  },
  {
    file: 'core/src/log/sequencer.ts',
    level: 'system',
    name: 'authority: entries under an older key are taken',
    find: 'if (cursor.keyEpoch < offer.keyEpoch)',
    replace: 'if (cursor.keyEpoch + 1 < offer.keyEpoch)',
  },
  {
    ...keys,
    name: 'authority: who leaves while a key is made is given it',
    find: 'if (!isSame || making.marks !== this.#marks(site) || this.#isForStranger(site, set.epoch)) {',
    replace: 'if (!isSame) {',
  },
  {
    file: 'server/src/auth/rekey-leases.ts',
    level: 'system',
    name: 'authority: who makes a key and vanishes keeps the work',
    find: 'this.#env.after(rekeyLeaseMs, () => this.#end(site))',
    replace: 'this.#env.after(rekeyLeaseMs, () => {})',
  },
  {
    file: 'server/src/auth/session.ts',
    level: 'system',
    name: 'authority: nobody is told that a newcomer lacks the newest key',
    find: '    this.#parts.rekey.notice();\n    return { site, permissions };',
    replace: '    return { site, permissions };',
  },
  {
    file: 'core/src/client/key-care.ts',
    level: 'system',
    name: 'authority: a key that could not be made is not tried again',
    find: '      this.#again = null;\n      this.wake();',
    replace: '      this.#again = null;',
  },
  {
    file: 'core/src/client/directory.ts',
    level: 'system',
    name: 'authority: the newest key of a site is not kept',
    find: 'await keepSecrets(keep, site, held === null ? [secrets] : [held.newest(), secrets]);',
    replace: '{}',
  },
];
