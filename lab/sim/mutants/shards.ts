/** Bugs in taking over a shard. */

import type { Mutant } from './mutant.ts';

const journal = { file: 'server/src/store/journal-postgres.ts', level: 'shards' } as const;
const store = { file: 'server/src/store/log-store.ts', level: 'shards' } as const;

export const SHARD_MUTANTS: readonly Mutant[] = [
  {
    ...store,
    name: 'takeover: the journal is not sealed',
    find: 'const sealed = await journal.seal(env.random(OWNER_BYTES));',
    replace:
      'const found = await journal.state();\n' +
      'const sealed = found.tail > 0 ? found : await journal.seal(env.random(OWNER_BYTES));',
  },
  {
    ...store,
    name: 'takeover: a position is given again',
    find: 'Math.max(row.tail, this.#index.endOf(row.number))',
    replace: 'row.tail',
  },
  {
    ...journal,
    name: 'takeover: the seal raises no epoch',
    find: 'const epoch = state.epoch + 1;',
    replace: 'const epoch = Math.max(1, state.epoch);',
  },
  {
    ...journal,
    name: 'takeover: an append without an answer counts as written',
    find: '        await this.#rest(pauses.next());\n      }\n      const state',
    replace: '        return this.#appended(record);\n      }\n      const state',
  },
  {
    ...journal,
    name: 'takeover: an append without an answer is refused',
    find: '        await this.#rest(pauses.next());\n      }\n      const state',
    replace: "        throw new Fault('full');\n      }\n      const state",
  },
  {
    ...journal,
    name: 'takeover: the own record is not recognised',
    find: 'if (state.tail >= seq && (await this.#isThere(record))) return this.#appended(record);',
    replace: '',
  },
  {
    file: 'server/src/store/shard-claim.ts',
    level: 'shards',
    name: 'takeover: nobody waits for the silence of the owner',
    find: '>= silentMs;',
    replace: '>= 0;',
  },
  {
    file: 'server/src/node/shards/keeper.ts',
    level: 'shards',
    name: 'takeover: an owner that was sealed out goes on waiting for writers',
    find: 'if (held.logs !== null && (held.logs.stopped !== null || held.logs.epoch < epoch)) return;',
    replace: '',
  },
];
