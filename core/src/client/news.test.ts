/** What people are to hear of, from whoever writes it to the node (SPEC I1). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keyScene } from '../../../lab/suites/key-scene.ts';
import { sleep, until } from '../../../lab/suites/sim-node.ts';
import { fromUtf8, hex, utf8 } from '../base/bytes.ts';
import { userId } from '../base/ids.ts';
import { mentionsPerEntryMax } from '../base/limits-mentions.ts';
import { permissionsAll } from '../capability/policy.ts';
import type { Sequencer } from './lead.ts';

const words = { encode: utf8, decode: (bytes: Uint8Array): string => fromUtf8(bytes) ?? '' };

test('[I1] an append says whether it is news and whom it mentions, and the node hears that much', () => {
  keyScene(1, async ({ node, garden, ada, guest }) => {
    const bob = await guest('bob');
    const chat = garden.log('chat');
    await chat.append('nobody need know');
    assert.equal(node.news.length, 0);
    await chat.append('plums', { news: true });
    await chat.append('for you', { mentions: [bob.copse.user, ada.user] });
    await chat.append('for all', { mentions: 'everyone' });
    const told = node.news.map(({ site, length, mentions }) => ({
      isGarden: site === garden.id,
      length,
      tags: mentions.map((tags) => tags.length),
    }));
    const isGarden = true;
    assert.deepEqual(told, [
      { isGarden, length: 3, tags: [] },
      { isGarden, length: 4, tags: [16] },
      { isGarden, length: 5, tags: [8] },
    ]);
    const [, both, all] = node.news.map(({ mentions }) => hex(mentions[0] ?? new Uint8Array(0)));
    // Whoever mentions the same person makes the same tag, and another one under the next key.
    const his = bob.site.log('chat');
    await his.append('and you', { mentions: [bob.copse.user] });
    assert.equal(hex(node.news[3]?.mentions[0] ?? new Uint8Array(0)), both?.slice(0, 16));
    assert.notEqual(all, both?.slice(0, 16));
    await garden.rotate();
    await chat.append('once more', { mentions: [bob.copse.user] });
    assert.notEqual(hex(node.news[4]?.mentions[0] ?? new Uint8Array(0)), both?.slice(0, 16));
    const many = Array.from({ length: mentionsPerEntryMax + 1 }, () => userId('ab'.repeat(8)));
    await assert.rejects(chat.append('too many', { mentions: many }), { code: 'tooLarge' });
  });
});

test('[I1] what waits is news still when it is sent, after a restart and under another key', () => {
  keyScene(2, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    node.isDown = true;
    node.cut();
    const log = bob.site.log('chat');
    void log.append('later', { mentions: [bob.copse.user] }).catch(() => {});
    await sleep(world, 1_000);
    bob.machine.kill();
    node.isDown = false;
    assert.equal(await garden.rotate(), 2);
    await bob.machine.open({});
    await until(world, () => node.news.length === 1, 'the news');
    assert.deepEqual([node.news[0]?.length, node.news[0]?.mentions[0]?.length], [2, 8]);
  });
});

test('[I1] in a led log news stay news, changed or not; what is refused is none', () => {
  keyScene(3, async ({ node, garden, ada, guest }) => {
    const bob = await guest('bob', permissionsAll);
    const made = (): Sequencer<string> => ({
      apply: () => {},
      decide: (value) => {
        if (value === 'no') return { kind: 'refuse', reason: 'no' };
        return value === 'take' ? { kind: 'take' } : { kind: 'change', value: 'changed' };
      },
    });
    const lead = await garden.log<string>('led', { codec: words }).lead(made);
    const his = bob.site.log<string>('led', { codec: words });
    await his.append('take', { news: true });
    await his.append('quiet').catch(() => {});
    await his.append('change', { mentions: [ada.user] });
    await his.append('no', { news: true }).catch(() => {});
    assert.deepEqual(
      node.news.map(({ length, mentions }) => [length, mentions.map((tags) => tags.length)]),
      [
        [2, []],
        [4, [8]],
      ],
    );
    await lead.stop();
  });
});
