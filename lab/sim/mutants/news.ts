/** Bugs in notifications: the tail's half, what is kept, and what is told. */

import type { Mutant } from './mutant.ts';

const herald = { file: 'server/src/tail/herald.ts', level: 'news' } as const;
const notify = { file: 'server/src/notify/notify.ts', level: 'news' } as const;
const news = { file: 'server/src/notify/news/news.ts', level: 'news' } as const;
const presence = { file: 'server/src/notify/news/presence.ts', level: 'news' } as const;
const reading = { file: 'server/src/notify/news/reading.ts', level: 'news' } as const;
const saving = { file: 'server/src/notify/news/saving.ts', level: 'news' } as const;
const saver = { file: 'server/src/notify/saver.ts', level: 'news' } as const;
const deliveries = { file: 'server/src/notify/deliveries.ts', level: 'news' } as const;

export const NEWS_MUTANTS: readonly Mutant[] = [
  {
    ...herald,
    name: 'news: a mention is overtaken by what follows in its log',
    find: 'this.#untold.take(publishesMax, this.#busy)',
    replace: 'this.#untold.take(publishesMax)',
  },
  {
    ...herald,
    name: 'news: a call that failed is not made again',
    find: '    flight.hasFailed = true;\n',
    replace:
      '    this.#flights.delete(flight);\n    for (const { number } of flight.rows) this.#busy.delete(number);\n',
  },
  {
    ...herald,
    name: 'news: the journal lets go what is on its way',
    find: 'for (const { firstRecord } of this.#flights) first = Math.min(first, firstRecord);',
    replace: '',
  },
  {
    ...notify,
    name: 'news: a publish is answered before it is kept',
    find: '    await this.#saver.kept();\n',
    replace: '',
  },
  {
    ...saver,
    name: 'news: a batch that the disk refused is not written again',
    find: 'const failed = this.#failed;',
    replace: 'const failed: Writing | null = null;',
  },
  {
    ...saving,
    name: 'news: a log is kept before its mentions are found',
    find: 'if (log.site.jobs.size > 0) {',
    replace: 'if (log.site.jobs.size > 1_000) {',
  },
  {
    ...presence,
    name: 'news: reads of a frame that comes twice count twice',
    find: 'if (frame.epoch !== shard.epoch || frame.seq > shard.read)',
    replace: 'if (frame.epoch !== 0)',
  },
  {
    ...presence,
    name: 'news: a shard that fell silent mutes for ever',
    find: 'if (this.#env.nowMs() - shard.heardMs >= presenceSilenceMs) {',
    replace: 'if (this.#env.nowMs() < 0) {',
  },
  {
    ...news,
    name: 'news: who has gone is not looked at again',
    find: 'if (users.get(user, userWord.parked) !== 0) wakes.setEarlier(user, graceMs);',
    replace: '',
  },
  {
    ...reading,
    name: 'news: what was read stays on the devices',
    find: '    this.#state.clear(row);\n',
    replace: '',
  },
  {
    ...deliveries,
    name: 'news: what could not be delivered counts as told',
    find: 'return news.failed(notice, Math.min(pauseMs, noticeDeadPauseMaxMs));',
    replace: 'void pauseMs;\n        void noticeDeadPauseMaxMs;\n        return news.sent(notice);',
  },
];
