/** Every room in one look: the policy holds, axe-core finds nothing, nothing sticks out. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { ROOMS } from './rooms.ts';
import { type Look, type Tour, Visits } from './visit.ts';

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

/** Titles are those of the tests; called once in a file. */
export async function lookAtRooms(look: Look, { args, chromium }: Browsers): Promise<void> {
  const skip = 'reason' in chromium ? chromium.reason : false;
  const visits = 'path' in chromium ? await Visits.begin(chromium.path, args) : null;
  let tour: Tour | null = null;
  after(() => visits?.[Symbol.asyncDispose]());
  for (const { name, path, first } of ROOMS) {
    test(`[U4, N4] ${name}, ${look.scheme}, ${look.width} pixels`, { skip }, async () => {
      assert.ok(visits !== null);
      // Evaluated by the debugger: the policy of the page stays as it is.
      tour ??= await visits.tour(look, axe.source);
      const { complaints, page } = await tour.open(path);
      await first?.(page);
      // Pictures, names and lists arrive a moment later.
      await page.waitForTimeout(80);
      assert.deepEqual(await violations(page), []);
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(tooWide <= 0, `the page sticks out by ${tooWide} pixels`);
      assert.deepEqual(complaints, []);
    });
  }
}
