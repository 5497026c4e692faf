/** What of a place becomes lines of a notification. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceId, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import type { LogEntry } from '../model/sdk.ts';
import { previewOf, type PreviewCopse } from './preview.ts';

const garden = siteId('11'.repeat(16));
const chat = logId('aa'.repeat(16));
const [me, ben] = [userId('01'.repeat(8)), userId('02'.repeat(8))];
const place = { site: garden, log: chat, upTo: 9, count: 1, isMention: false };

/** There is time enough. */
const over = new Promise<null>(() => {});

const entry = (at: number, changes: Partial<LogEntry> = {}): LogEntry => ({
  at,
  device: deviceId('0a'.repeat(8)),
  user: ben,
  name: 'Ben',
  timeMs: 0,
  value: { text: `number ${at}` },
  broken: null,
  ruling: null,
  reason: null,
  isPart: false,
  mine: false,
  ...changes,
});

function copseWith(entries: readonly LogEntry[], asked: unknown[] = []): PreviewCopse {
  return {
    user: me,
    close: async () => {},
    site: (id) =>
      id === garden
        ? {
            title: { get: () => 'Garden' },
            logs: { get: () => ['plans', 'chat'] },
            members: async () => [],
            idOf: async (name) => (name === 'chat' ? chat : 'bb'.repeat(16)),
            log: () => ({
              read: async (options) => {
                asked.push(options);
                return { entries, first: 1, tail: 10 };
              },
            }),
          }
        : undefined,
  };
}

test('[I21] the newest messages of others are shown, and those before them counted', async () => {
  const asked: unknown[] = [];
  const entries = [3, 4, 5, 6, 7].map((at) => entry(at));
  const known = await previewOf(copseWith([...entries, entry(8, { user: me, mine: true })], asked), place, {
    from: 3,
    over,
  });
  assert.deepEqual(known, {
    site: 'Garden',
    log: 'chat',
    lines: [5, 6, 7].map((at) => ({ who: 'Ben', text: `number ${at}` })),
    earlierCount: 2,
  });
  assert.deepEqual(asked, [{ from: 3, limit: 20 }]);
});

test('[I21] nothing false: what does not open, was refused or is no message says nothing', async () => {
  const entries = [
    entry(1, { broken: 'noKey', value: undefined }),
    entry(2, { broken: 'altered', value: undefined }),
    entry(3, { ruling: 'refused' }),
    entry(4, { value: { operation: 'add' } }),
  ];
  const known = await previewOf(copseWith(entries), place, { from: 1, over });
  assert.deepEqual(known, { site: 'Garden', log: 'chat', lines: [], earlierCount: 0 });
});

test('[I21] of a conversation that the site does not list its title is known, and of another site nothing', async () => {
  const copse = copseWith([entry(1)]);
  const hidden = { ...place, log: logId('cc'.repeat(16)) };
  assert.deepEqual(await previewOf(copse, hidden, { from: 1, over }), {
    site: 'Garden',
    log: null,
    lines: [],
    earlierCount: 0,
  });
  assert.equal(await previewOf(copse, { ...place, site: siteId('99'.repeat(16)) }, { from: 1, over }), null);
});

test('[I21] a node that does not answer in time leaves the names that the device knows', async () => {
  const silent = copseWith([]);
  const copse: PreviewCopse = {
    ...silent,
    site(id) {
      const site = silent.site(id);
      return site && { ...site, log: () => ({ read: () => new Promise<never>(() => {}) }) };
    },
  };
  const known = await previewOf(copse, place, { from: 9, over: Promise.resolve(null) });
  assert.deepEqual(known, { site: 'Garden', log: 'chat', lines: [], earlierCount: 0 });
});

test('[I21] who has written is asked for when it is not known yet', async () => {
  const known = copseWith([entry(9)]);
  let isAsked = false;
  const copse: PreviewCopse = {
    ...known,
    site(id) {
      const site = known.site(id);
      const entries = (): readonly LogEntry[] => [entry(9, isAsked ? {} : { user: null, name: '' })];
      return (
        site && {
          ...site,
          members: async () => (isAsked = true),
          log: () => ({ read: async () => ({ entries: entries(), first: 1, tail: 10 }) }),
        }
      );
    },
  };
  const { lines } = (await previewOf(copse, place, { from: 9, over })) ?? { lines: [] };
  assert.deepEqual(lines, [{ who: 'Ben', text: 'number 9' }]);
});
