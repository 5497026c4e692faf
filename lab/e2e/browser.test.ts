/**
 * Two people in Chromium on a real node: from the setup link to a conversation, through an outage, a reload,
 * a node that is killed while they write, and a second tab.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { filesBelow, plantGarden, TITLE, type Garden } from './support/garden.ts';
import { buildWeb } from './support/node.ts';
import { heading, texts, Visitor } from './support/visitor.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
let launched: Browser | null = null;

before(async () => {
  if (!('path' in found)) return;
  await buildWeb();
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});
after(() => launched?.close());

const browser = (): Browser => must(launched, 'the tests run only with a browser');

/** Goes offline; answers the milliseconds from the browser knowing it until the page says so. */
async function goOffline({ context, page }: Visitor): Promise<number> {
  // The mark is set before, because commands of context and page may overtake each other.
  await page.evaluate(() => addEventListener('offline', () => performance.mark('offline')));
  const said = page.waitForFunction(() => {
    if (!document.body.textContent.includes('You are offline')) return null;
    return performance.now() - (performance.getEntriesByName('offline')[0]?.startTime ?? Infinity);
  });
  await context.setOffline(true);
  return (await (await said).jsonValue()) ?? Infinity;
}

/** Both have exactly these words, each once, in one order; answers that order. */
async function assertSame({ ada, ben }: Garden, written: readonly string[]): Promise<readonly string[]> {
  const inOrder = await texts(ada.page);
  assert.deepEqual(await texts(ben.page), inOrder, 'both see the same order');
  assert.deepEqual(inOrder.toSorted(), written.toSorted(), 'everything is there exactly once');
  return inOrder;
}

async function everybodyReads({ ada, ben }: Garden, words: readonly string[]): Promise<void> {
  for (const word of words) await Promise.all([ada.reads(word), ben.reads(word)]);
}

function assertNoComplaints({ ada, ben, node }: Garden): void {
  for (const { complaints, hosts } of [ada, ben]) {
    assert.deepEqual(complaints, []);
    assert.deepEqual([...hosts], [`127.0.0.1:${node.port}`], 'nobody else was asked for anything');
  }
}

test('[N8, N5, N4, U2] from the setup link to a conversation of two browsers', { skip }, async () => {
  await using garden = await plantGarden(browser());
  const { ada, ben } = garden;
  await ada.write('the plums are ripe');
  await ben.reads('the plums are ripe');
  await ben.write('coming with baskets');
  await ada.reads('coming with baskets');
  await ada.isSent();
  await ben.isSent();
  assert.deepEqual(await assertSame(garden, ['the plums are ripe', 'coming with baskets']), [
    'the plums are ripe',
    'coming with baskets',
  ]);
  assert.equal(await ada.page.getByText('New', { exact: true }).count(), 0, 'seen as it came, it is no news');
  assert.deepEqual([ada.outages, ben.outages], [[], []]);
  assertNoComplaints(garden);
});

test(
  '[N8, S3, S4, L8] what both write while one is offline is there once, also after a reload',
  { skip },
  async () => {
    await using garden = await plantGarden(browser());
    const { ada, ben } = garden;
    await ada.write('before');
    await ben.reads('before');
    const toldMs = await goOffline(ben);
    assert.ok(toldMs < 1_000, `the page told it after ${toldMs} ms`);
    const offline = ['ben 1', 'ben 2', 'ben 3'];
    const online = ['ada 1', 'ada 2', 'ada 3'];
    for (const word of offline) await ben.write(word);
    for (const word of online) await ada.write(word);
    await ben.page.getByText('3 messages of yours wait on this device').waitFor();
    await ada.isSent();
    assert.deepEqual(await texts(ben.page), ['before', ...offline]);
    assert.deepEqual(await texts(ada.page), ['before', ...online]);
    await ben.context.setOffline(false);
    await everybodyReads(garden, [...offline, ...online]);
    await ben.isSent();
    const all = ['before', ...online, ...offline];
    const order = await assertSame(garden, all);
    assert.deepEqual(order, all, 'positions in the order of arrival at the node');
    await Promise.all([ada.page.reload(), ben.page.reload()]);
    await everybodyReads(garden, all);
    assert.deepEqual(await assertSame(garden, all), order);
    assertNoComplaints(garden);
  },
);

test(
  '[N8, L2, L3, L9] kill -9 of the node in the middle of a sentence loses and doubles nothing',
  { skip },
  async () => {
    await using garden = await plantGarden(browser());
    const { node, ada, ben } = garden;
    const sentence = (who: string): readonly string[] =>
      Array.from({ length: 24 }, (_, at) => `${who} ${at + 100}`);
    const [adas, bens] = [sentence('ada'), sentence('ben')];
    const write = async (visitor: Visitor, words: readonly string[]): Promise<void> => {
      for (const word of words) await visitor.write(word);
    };
    const writing = Promise.all([write(ada, adas), write(ben, bens)]);
    // Some are acknowledged, some are on their way, some are not written yet.
    await ada.reads(must(bens[5], 'the sixth word'));
    await node.kill();
    const acknowledged = await ada.page.locator('.message.own.kept .text').allTextContents();
    await writing;
    await ada.page.getByText('You are offline').waitFor();
    assert.ok(acknowledged.length < adas.length, 'the node died before the end of the sentence');
    await node.restart();
    await everybodyReads(garden, [...adas, ...bens]);
    await Promise.all([ada.isSent(), ben.isSent()]);
    const order = await assertSame(garden, [...adas, ...bens]);
    assert.deepEqual(
      order.filter((word) => word.startsWith('ada')),
      adas,
      'a writer keeps her order',
    );
    assert.deepEqual(
      order.filter((word) => word.startsWith('ben')),
      bens,
    );
    await Promise.all([ada.page.reload(), ben.page.reload()]);
    await everybodyReads(garden, [...adas, ...bens]);
    assert.deepEqual(await assertSame(garden, [...adas, ...bens]), order);
    assertNoComplaints(garden);
  },
);

test(
  '[S5, N8] two tabs show the same over one connection; closing the first keeps the second',
  { skip },
  async () => {
    await using garden = await plantGarden(browser());
    const { ada, ben } = garden;
    const first = ada.page;
    await ada.write('from the first tab');
    await ben.reads('from the first tab');
    const alone = ada.socketsOf(first);
    assert.ok(alone > 0, 'the first tab holds the connection');
    const second = await ada.openTab(first.url());
    await ada.reads('from the first tab', second);
    await ben.write('seen in both');
    await Promise.all([ada.reads('seen in both', first), ada.reads('seen in both', second)]);
    assert.equal(ada.socketsOf(second), 0, 'the second tab has no connection of its own');
    assert.equal(ada.socketsOf(first), alone);
    await ada.moveTo(second);
    await ada.write('from the second tab');
    await ben.reads('from the second tab');
    await ben.write('and back');
    await ada.reads('and back');
    await ada.isSent();
    assert.equal(ada.socketsOf(second), alone, 'the second tab took the connection over');
    await assertSame(garden, ['from the first tab', 'seen in both', 'from the second tab', 'and back']);
    assertNoComplaints(garden);
  },
);

test('[A11] a used invitation is refused in a third browser, in words', { skip }, async () => {
  await using garden = await plantGarden(browser());
  await using cleo = await Visitor.arrive(browser(), 'Cleo');
  await cleo.open(garden.link);
  await heading(cleo.page, 'This invitation was already used').waitFor();
  await cleo.page.getByText(`Ask ${garden.ada.name} for a new one.`).waitFor();
  assert.equal(await cleo.page.getByText(TITLE).count(), 0, 'what it led to is no longer told');
  assert.equal(await cleo.page.getByLabel('Your name').count(), 0, 'there is nothing to join with');
  assert.deepEqual(cleo.complaints, []);
  assertNoComplaints(garden);
});

test(
  '[S6, A12] no word that was written leaves the browser or reaches the disk of the node',
  { skip },
  async () => {
    await using garden = await plantGarden(browser());
    const { ada, ben, data } = garden;
    const words = ['quincunxial espaliers', 'wassailing at Epiphany'];
    await ada.write(must(words[0], 'first'));
    await ben.reads(must(words[0], 'first'));
    await ben.write(must(words[1], 'second'));
    await ada.reads(must(words[1], 'second'));
    const files = await filesBelow(data);
    const holds = (text: string): readonly string[] =>
      [...files].flatMap(([path, bytes]) => (bytes.includes(text) ? [path] : []));
    // Names are known to the node: that they are found proves that the search finds.
    assert.notDeepEqual(holds(ada.name), []);
    assert.ok(ada.sent.length > 0 && ben.sent.length > 0, 'what was sent was seen');
    for (const word of words.flatMap((text) => text.split(' ')).filter(({ length }) => length > 2)) {
      assert.deepEqual(holds(word), [], `${word} is on the disk of the node`);
      for (const visitor of [ada, ben]) {
        assert.ok(!visitor.sent.some((bytes) => bytes.includes(word)), `${word} left the browser`);
      }
    }
  },
);
