/** Bugs in the client. */

import type { Mutant } from './mutant.ts';

const queue = { file: 'core/src/client/queue.ts', level: 'system' } as const;
const writer = { file: 'core/src/client/log-writer.ts', level: 'system' } as const;
const backlog = { file: 'core/src/client/backlog.ts', level: 'system' } as const;
const source = { file: 'core/src/client/log-source.ts', level: 'system' } as const;

export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    ...queue,
    name: 'queue: rows are not written',
    find: 'return this.#change({ name, value });',
    replace: 'return value.length > 0 ? Promise.resolve() : this.#change({ name, value });',
  },
  {
    ...queue,
    name: 'queue: an orderly end does not wait for what is being written',
    find: 'while (this.#writing !== null) await this.#writing;',
    replace: '',
  },
  {
    ...writer,
    name: 'writer: a row is deleted before its entry is acknowledged',
    find: 'lease.send(first?.at ?? null, bytes);',
    replace:
      'lease.send(first?.at ?? null, bytes);\n' +
      '      for (const entry of entries) {\n' +
      '        const waiting = this.#backlog.get(entry);\n' +
      '        if (waiting !== undefined) this.#backlog.settle(waiting, null);\n' +
      '      }',
  },
  {
    ...writer,
    name: 'writer: an epoch is used before it is kept',
    find: '      await this.#owner.identity.whenRaised();\n    } catch (thrown) {\n      this.#notKept(',
    replace: '    } catch (thrown) {\n      this.#notKept(',
  },
  {
    ...writer,
    name: 'writer: what is held stays held when the keep refuses an entry',
    find: '      this.#renumber(this.#backlog.after(waiting.seq));\n      this.#release();',
    replace: '      this.#renumber(this.#backlog.after(waiting.seq));',
  },
  {
    file: 'core/src/client/directory.ts',
    level: 'system',
    name: 'directory: a site that the keep refuses is hidden',
    find: '      this.#owner.onSite(known);\n      // While a newer key',
    replace:
      "      await this.#owner.keep.write([{ name: PREFIX + row.site, value: bytes }], 'relaxed');\n" +
      '      this.#owner.onSite(known);\n      // While a newer key',
  },
  {
    ...writer,
    name: 'writer: forgets to send again after a pause',
    find: '      this.#pause = null;\n      this.#pump();',
    replace: '      this.#pause = null;',
  },
  {
    ...writer,
    name: 'writer: what an earlier run left is not sent',
    find: '      this.#machine.add(queued(waiting));\n      owner.onWaiting',
    replace: '      owner.onWaiting',
  },
  {
    ...backlog,
    name: 'backlog: what waits is in no order',
    find: 'a.epoch - b.epoch || a.seq - b.seq',
    replace: 'b.epoch - a.epoch || a.seq - b.seq',
  },
  {
    file: 'core/src/client/identity.ts',
    level: 'system',
    name: 'identity: the epoch does not rise at a start',
    find: 'decode(epochShape, keptEpoch) + 1',
    replace: 'decode(epochShape, keptEpoch)',
  },
  {
    ...source,
    file: 'core/src/client/log-reader.ts',
    name: 'source: a reader behind the tape skips one entry',
    find: 'this.#next = from + items.length;',
    replace: 'this.#next = from + items.length + (items.length > 3 ? 1 : 0);',
  },
  {
    ...source,
    name: 'source: does not attach again when it lags',
    find: 'this.#apply(this.#follower?.lagging());',
    replace: '',
  },
  {
    file: 'core/src/client/upkeep.ts',
    level: 'system',
    name: 'upkeep: an ended connection is not replaced',
    find: 'this.#wait(this.#askedMs ?? this.#pauses.next());',
    replace: '',
  },
  {
    file: 'core/src/client/key-care.ts',
    level: 'system',
    name: 'keys: a reader gives a key up when the connection breaks',
    find: "if (retry === 'never') return true;",
    replace: "if (retry !== 'refresh') return true;",
  },
];
