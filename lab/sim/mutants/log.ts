/** Bugs in the pure machines of `core/src/log`. */

import type { Mutant } from './mutant.ts';

const sequencer = { file: 'core/src/log/sequencer.ts', level: 'machines' } as const;
const table = { file: 'core/src/log/writer-table.ts', level: 'machines' } as const;
const writer = { file: 'core/src/log/writer.ts', level: 'machines' } as const;
const follower = { file: 'core/src/log/follower.ts', level: 'machines' } as const;
const record = { file: 'core/src/log/record.ts', level: 'machines' } as const;

export const LOG_MUTANTS: readonly Mutant[] = [
  {
    ...sequencer,
    name: 'sequencer: repeated entries are not recognised',
    find: 'while (cursor.seq <= writer.seq) {',
    replace:
      'if (cursor.seq <= writer.seq) writer.seq = cursor.seq - 1;\n    while (cursor.seq <= writer.seq) {',
  },
  {
    ...sequencer,
    name: 'sequencer: gaps are accepted',
    find: 'if (seq !== writer.seq + 1) return stopped(cursor',
    replace: 'if (seq !== writer.seq + 1) writer.seq = seq - 1;\n    if (seq < 0) return stopped(cursor',
  },
  {
    ...sequencer,
    name: 'sequencer: the second run of a batch begins one position late',
    find: 'const at = log.tail;\n    writer.extend',
    replace: 'const at = log.tail + (log.openRun < 0 ? 0 : 1);\n    writer.extend',
  },
  {
    ...sequencer,
    name: 'sequencer: a failed commit does not give positions back',
    find: 'log.tail = at;\n        placed',
    replace: 'placed',
  },
  {
    ...sequencer,
    name: 'sequencer: a failed commit does not undo its writers',
    find: 'placed.retract(seq - 1, count);',
    replace: '',
  },
  {
    ...sequencer,
    name: 'sequencer: a failed commit forgets the batch behind it',
    find: 'const lost = [...this.#taken, this.#open];',
    replace: 'const lost = [...this.#taken.slice(0, 1), this.#open];',
  },
  {
    ...sequencer,
    name: 'sequencer: conditions are ignored',
    find: 'if (offer.at !== null && offer.at !== log.tail)',
    replace: 'if (offer.at !== null && offer.at > log.tail)',
  },
  {
    ...sequencer,
    name: 'sequencer: a repeated entry is acknowledged one position late',
    find: 'const at = writer.positionOf(cursor.seq);',
    replace: 'const at = writer.positionOf(cursor.seq) + 1;',
  },
  {
    ...sequencer,
    name: 'sequencer: a failed commit leaves the log declared',
    find: 'if (run.declare) run.log.declared = false;',
    replace: '',
  },
  {
    ...table,
    name: 'writer table: not replayed after a restart',
    find: 'const state = this.open(device, epoch);\n    if (state === null || seq <= state.seq) return;',
    replace: 'const state = this.open(device, epoch);\n    if (state !== null || seq > 0) return;',
  },
  {
    ...table,
    name: 'writer table: forgets too early',
    find: 'if (runs.length > 2 * 3 * inFlightCountMax) this.#forget();',
    replace: 'if (runs.length > 12) this.#runs = runs.slice(-6);',
  },
  {
    ...table,
    name: 'writer table: remembers positions off by one after forgetting',
    find: 'return seq < first + this.#runs[i + 2]! ? this.#runs[i + 1]! + (seq - first) : 0;',
    replace:
      'return seq < first + this.#runs[i + 2]! ? this.#runs[i + 1]! + (seq - first) + (i > 3 ? 1 : 0) : 0;',
  },
  {
    ...writer,
    name: 'writer: drops what is in flight on disconnect',
    find: '    this.#open = false;\n    this.#sent = 0;',
    replace: '    this.#open = false;\n    this.#queue = this.#queue.slice(this.#sent);\n    this.#sent = 0;',
  },
  {
    ...writer,
    name: 'writer: sends what was in flight under a new identity',
    find: '    this.#open = true;\n    this.#sent = 0;',
    replace: '    this.#open = true;\n    this.#sent = Math.min(this.#sent + 1, this.#queue.length);',
  },
  {
    ...writer,
    name: 'writer: does not go back when the node is full',
    find: "      case 'full':\n        this.#rewind(epoch, seq);",
    replace: "      case 'full':",
  },
  {
    ...writer,
    name: 'writer: two runs of a device are in flight at once',
    find: '(last.epoch !== first.epoch || last.seq + 1 !== first.seq)',
    replace: 'last.epoch === first.epoch && last.seq + 1 !== first.seq',
  },
  {
    ...writer,
    name: 'writer: an acknowledgement takes one entry too many',
    find: 'while (end < this.#queue.length && isIn(this.#queue[end]!)) end++;',
    replace:
      'while (end < this.#queue.length && isIn(this.#queue[end]!)) end++;\n    if (end < this.#queue.length) end++;',
  },
  {
    ...writer,
    name: 'writer: a queue may not have holes',
    find: '(entry.epoch === last.epoch && entry.seq > last.seq),',
    replace: '(entry.epoch === last.epoch && entry.seq === last.seq + 1),',
  },
  {
    ...sequencer,
    name: 'sequencer: joins acknowledgements of two logs',
    find: 'last.log === log &&',
    replace: '',
  },
  {
    ...follower,
    name: 'follower: ignores what it has already delivered',
    find: 'const skip = this.#next - run.at;',
    replace: 'const skip = 0;',
  },
  {
    ...follower,
    name: 'follower: ignores that it lags',
    find: "return this.#state === 'live' ? this.#attach() : NOTHING;",
    replace: 'return NOTHING;',
  },
  {
    ...follower,
    name: 'follower: resumes one late',
    find: "return this.#state === 'holding' ? this.#attach() : NOTHING;",
    replace:
      "if (this.#state === 'holding') this.#next++;\n    return this.#state === 'holding' ? this.#attach() : NOTHING;",
  },
  {
    ...follower,
    name: 'follower: is live although the page ended early',
    find: 'if (page.live) {',
    replace: 'if (page.live || page.count > 0) {',
  },
  {
    ...record,
    name: 'record: a run is written one position late',
    find: 'writer.uint(run.first);\n',
    replace: 'writer.uint(run.first + (run.count > 3 ? 1 : 0));\n',
  },
];
