/** What axe-core finds on a page (SPEC U4). */

import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Runs in every page before its own; by the debugger, so that the policy of the page stays as it is. */
export const axeScript: string = axe.source;

/** Of WCAG 2.2 AA, and of what is good practice besides; each with the element. */
export async function violationsIn(page: Page): Promise<readonly string[]> {
  const results = await page.evaluate(() =>
    axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    }),
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** Waits until nothing changes its colour or place any more: in between, contrast is that of no look. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime ?? 0));
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/** By how many pixels a page sticks out of its window. */
export function overhangOf(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
}
