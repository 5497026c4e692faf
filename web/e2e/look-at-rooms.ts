/** Every room in one look: the policy holds, axe-core finds nothing, nothing sticks out. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { axeScript, overhangOf, violationsIn } from './accessibility.ts';
import { ROOMS } from './rooms.ts';
import { narrow, type Tour, Visits, wide } from './visit.ts';

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
      tour ??= await visits.tour(axeScript);
      await tour.turn(here);
      const { complaints, page } = await tour.open(path);
      await first?.(page);
      for (const look of [here, there]) {
        await tour.turn(look);
        // Pictures, names and lists arrive a moment later.
        await page.waitForTimeout(80);
        const where = `${look.scheme}, ${look.width} pixels`;
        assert.deepEqual(await violationsIn(page), [], where);
        const overhang = await overhangOf(page);
        assert.equal(overhang, 0, `the page sticks out by ${overhang} pixels: ${where}`);
      }
      assert.deepEqual(complaints, []);
    });
  }
}
