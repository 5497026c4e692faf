/** Bugs in the tail. */

import type { Mutant } from './mutant.ts';

const session = { file: 'server/src/tail/session.ts', level: 'system' } as const;
const committer = { file: 'server/src/tail/committer.ts', level: 'system' } as const;
const delivery = { file: 'server/src/tail/delivery.ts', level: 'system' } as const;

export const TAIL_MUTANTS: readonly Mutant[] = [
  {
    ...session,
    name: 'attach: subscribes late',
    find: 'if (isLive) lease.topic.attach(lease);',
    replace: 'if (isLive) this.#shard.env.after(20, () => lease.topic.attach(lease));',
  },
  {
    ...session,
    name: 'attach: says live although an entry is missing',
    find: "const isLive = page.kind === 'page' && page.at + page.count === page.tail;",
    replace: "const isLive = page.kind === 'page' && page.at + page.count >= page.tail - 1;",
  },
  {
    ...session,
    name: 'lease: writers of the log are not loaded',
    find: 'logs.writersReady(log);',
    replace: '',
  },
  {
    ...session,
    name: 'write: the condition is dropped',
    find: '        at,\n        keyEpoch: site.keyEpoch,',
    replace: '        at: null,\n        keyEpoch: site.keyEpoch,',
  },
  {
    ...session,
    name: 'lagging: names the wrong position',
    find: 'const lagging = { channel: topic.channel, at: topic.next };',
    replace: 'const lagging = { channel: topic.channel, at: topic.next + 1 };',
  },
  {
    ...committer,
    name: 'committer: tells before the commit is durable',
    find: '    this.#options\n      .commit(flight.batch)',
    replace:
      "    if (this.#flights.length === 1) {\n      flight.outcome = 'durable';\n      this.#tell();\n    }\n" +
      '    this.#options\n      .commit(flight.batch)',
  },
  {
    ...delivery,
    name: 'delivery: acknowledges to the wrong connection',
    find: 'lease.session.line.push((writer) =>\n          putAck(',
    replace: 'told[0]!.session.line.push((writer) =>\n          putAck(',
  },
  {
    ...delivery,
    name: 'delivery: joins acknowledgements whose positions do not follow',
    find: 'run.at === flat[last + 3]! + flat[last + 2]!;',
    replace: 'run.at > 0;',
  },
  {
    ...delivery,
    name: 'delivery: does not tell the first entry of a failed commit',
    find: 'for (const { who, epoch, seq, bytes, placed } of lost) {',
    replace: 'for (const { who, epoch, seq, bytes, placed } of lost.slice(1)) {',
  },
  {
    ...delivery,
    name: 'delivery: a log with several readers publishes to none',
    find: 'if (topic.attached.length > 0) {\n      const { parts } = run;',
    replace: 'if (topic.attached.length === 1) {\n      const { parts } = run;',
  },
  {
    file: 'server/src/tail/tail.ts',
    level: 'system',
    name: 'tail: a revoked device keeps its connection',
    find: 'feed.isRevoked(session.user, session.device, session.deviceEpoch)',
    replace: 'feed.isRevoked(session.user, session.device, session.deviceEpoch + 1)',
  },
];
