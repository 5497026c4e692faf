/** Bugs in led logs: the shard's half, the leader's and the writer's. */

import type { Mutant } from './mutant.ts';

const sequencer = { file: 'core/src/log/sequencer.ts', level: 'system' } as const;
const leader = { file: 'core/src/log/leader.ts', level: 'system' } as const;
const leadership = { file: 'core/src/log/leadership.ts', level: 'system' } as const;
const led = { file: 'server/src/tail/led-log.ts', level: 'system' } as const;
const desk = { file: 'server/src/tail/lead-desk.ts', level: 'system' } as const;
const path = { file: 'core/src/client/led-path.ts', level: 'system' } as const;
const direct = { file: 'core/src/log/direct-path.ts', level: 'system' } as const;

export const LED_MUTANTS: readonly Mutant[] = [
  {
    ...leader,
    name: 'led: an entry that comes twice is taken twice',
    find: "if (seq <= last) return { kind: 'known' };",
    replace: '',
    // The shard knows the last words of every writer, too.
    also: [
      {
        ...sequencer,
        find: "      return writer.positionOf(cursor.seq) === at ? null : { kind: 'conflict', tail: log.tail };",
        replace: `      if (writer.positionOf(cursor.seq) === at) return null;
      if (at !== log.tail) return { kind: 'conflict', tail: log.tail };
      this.#append(log, { count: 1, news: undefined, part: cursor.bytes.subarray(cursor.start, cursor.end) });
      return null;`,
      },
    ],
  },
  {
    ...leader,
    name: 'led: a leader takes everything for new',
    find: 'this.#lastSeq.set(name, Math.max(seq, this.#lastSeq.get(name) ?? 0));',
    replace: 'void seq;',
  },
  {
    ...leader,
    name: 'led: what was refused is not written again',
    find: "        this.#written = Math.min(this.#written, at - this.#durable);\n        return { kind: 'pause'",
    replace: "        return { kind: 'pause'",
  },
  {
    ...sequencer,
    name: 'led: a failed commit does not undo what a leader placed',
    find: 'for (const { writer, log, seq, at } of batch.spoken.toReversed()) {',
    replace: 'for (const { writer, log, seq, at } of []) {',
  },
  {
    ...desk,
    name: 'led: a leader that has lost the lead may write',
    find: 'if (leads.find(log)?.leader !== lease || log.lead?.epoch !== lead) {',
    replace: 'if (leads.find(log) === undefined) {',
    // The sequencer asks once more.
    also: [
      {
        ...sequencer,
        find: "if (log.lead?.epoch !== epoch) return { kind: 'led', lead: log.lead?.epoch ?? 0 };",
        replace: '',
      },
    ],
  },
  {
    ...leadership,
    name: 'led: who leaves while its record is on the way keeps the lead',
    find: 'if (granting.parting !== null) return this.#ended(granting.parting, nowMs);',
    replace: '',
  },
  {
    ...leadership,
    name: 'led: nobody follows a leader whose connection broke',
    find: 'if (this.#reserved !== null && nowMs >= this.#reserved.untilMs) this.#reserved = null;',
    replace: '',
  },
  {
    ...led,
    name: 'led: nobody is told that the leader is gone',
    find: 'this.#tellAll(pushes.leaderGone, effect.epoch);',
    replace: '',
  },
  {
    file: 'server/src/store/log-store-recover.ts',
    level: 'system',
    name: 'led: a restart forgets who leads',
    find: 'this.index.addLead(section.number, record.seq, leadOf(section));',
    replace: 'void leadOf(section);',
  },
  {
    ...path,
    name: 'led: what met a change of leaders is not handed in again',
    find: 'if (this.#send !== null) this.#open(this.#send);',
    replace: '',
  },
  {
    ...path,
    name: 'led: a writer does not notice the next leader',
    find: 'if (this.#leader?.lead !== lead) this.#came(lead, true);',
    replace: 'if (this.#leader?.lead !== lead && this.#lead === 0) this.#came(lead, true);',
  },
  {
    ...direct,
    name: 'direct: nothing is handed in again when a direct connection breaks',
    find: "return before === 'open' && this.#isLed ? [{ kind: 'use', way: 'node' }] : [];",
    replace: 'return [];',
  },
];
