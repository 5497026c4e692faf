/** Every room in one look: the policy holds, axe-core finds nothing, nothing sticks out. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { ROOMS } from './rooms.ts';
import { narrow, type Tour, Visits, wide } from './visit.ts';

async function violations(page: Page): Promise<readonly string[]> {
  const results = await page.evaluate(() =>
    axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    }),
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

export interface Browsers {
  /** Where Chromium is, or why it is not. */
  readonly chromium: { readonly path: string } | { readonly reason: string };
  readonly args: readonly string[];
}

/**
 * Of all rooms those at even places arrive wide and become narrow, those at odd places the other way round, so that
 * each is looked at in both and arrived at in one. Titles are those of the tests; called once in a file.
 */
export async function lookAtRooms(half: 0 | 1, { args, chromium }: Browsers): Promise<void> {
  const skip = 'reason' in chromium ? chromium.reason : false;
  const visits = 'path' in chromium ? await Visits.begin(chromium.path, args) : null;
  const [here, there] = half === 0 ? [wide, narrow] : [narrow, wide];
  let tour: Tour | null = null;
  after(() => visits?.[Symbol.asyncDispose]());
  for (const { name, path, first } of ROOMS.filter((_, i) => i % 2 === half)) {
    test(`[U4, N4] ${name}, ${here.width} and then ${there.width} pixels`, { skip }, async () => {
      assert.ok(visits !== null);
      // Evaluated by the debugger: the policy of the page stays as it is.
      tour ??= await visits.tour(axe.source);
      await tour.turn(here);
      const { complaints, page } = await tour.open(path);
      await first?.(page);
      for (const look of [here, there]) {
        await tour.turn(look);
        // Pictures, names and lists arrive a moment later.
        await page.waitForTimeout(80);
        const where = `${look.scheme}, ${look.width} pixels`;
        assert.deepEqual(await violations(page), [], where);
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(tooWide <= 0, `the page sticks out by ${tooWide} pixels: ${where}`);
      }
      assert.deepEqual(complaints, []);
    });
  }
}
