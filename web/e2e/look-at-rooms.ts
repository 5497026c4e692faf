/** Every room in one look: the policy holds, axe-core finds nothing, nothing sticks out. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { axeScript, overhangOf, violationsIn } from './accessibility.ts';
import { ROOMS } from './rooms.ts';
import { type Look, type Tour, Visits } from './visit.ts';

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
      tour ??= await visits.tour(look, axeScript);
      const { complaints, page } = await tour.open(path);
      await first?.(page);
      // Pictures, names and lists arrive a moment later.
      await page.waitForTimeout(80);
      assert.deepEqual(await violationsIn(page), []);
      const overhang = await overhangOf(page);
      assert.equal(overhang, 0, `the page sticks out by ${overhang} pixels`);
      assert.deepEqual(complaints, []);
    });
  }
}
