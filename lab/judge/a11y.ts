/**
 * `npm run judge -- a11y`: axe-core over every page of the app, each at a moment that says something, as the tests of
 * its rooms have them: in light and dark, on a wide window and on one as narrow as a phone. A row for each page with
 * what was found in each look, then what it was; the last line is `N passed, N failed`.
 */

import { axeScript, overhangOf, settled, violationsIn } from '../../web/e2e/accessibility.ts';
import type { Room } from '../../web/e2e/rooms-authority.ts';
import { ROOMS } from '../../web/e2e/rooms.ts';
import { Visits, wide, type Look, type Tour } from '../../web/e2e/visit.ts';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { check, compared, conclude } from './tally.ts';

const LOOKS: readonly Look[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 390 },
  { scheme: 'dark', width: 390 },
];
/** Pictures, names and lists arrive a moment later. */
const ARRIVE_MS = 80;
const CELL = 11;

const chromium = ensureChromium();
if ('reason' in chromium) throw new Error(chromium.reason);
await using visits = await Visits.begin(chromium.path, CHROMIUM_ARGS);
const tour = await visits.tour(axeScript);

const names = Math.max(...ROOMS.map(({ name }) => name.length));
console.log(
  row(
    'page',
    LOOKS.map(({ scheme, width }) => `${scheme} ${width}`),
  ),
);
for (const room of ROOMS) await judgeRoom(tour, room);
compared('pages in four looks');
conclude();

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(names)}  ${cells.map((cell) => cell.padStart(CELL)).join('')}`;
}

/** One visit in all looks: what was done there first is done once. */
async function judgeRoom(at: Tour, { name, path, first }: Room): Promise<void> {
  await at.turn(wide);
  const { page, complaints } = await at.open(path);
  const failures: string[] = [];
  const cells: string[] = [];
  try {
    await first?.(page);
    await page.waitForTimeout(ARRIVE_MS);
  } catch (thrown) {
    check(false, `${name}: it could not be looked at: ${String(thrown).split('\n')[0] ?? ''}`);
    return;
  }
  for (const look of LOOKS) {
    const { scheme, width } = look;
    await at.turn(look);
    await settled(page);
    const overhang = await overhangOf(page);
    const found = [
      ...(await violationsIn(page)),
      ...(overhang === 0 ? [] : [`it sticks out by ${overhang} pixels`]),
    ];
    cells.push(found.length === 0 ? '✓' : String(found.length));
    failures.push(...found.map((what) => `${name}, ${scheme}, ${width} pixels: ${what}`));
    check(found.length === 0, `${name}, ${scheme}, ${width} pixels`);
  }
  console.log(row(name, cells));
  for (const failure of failures) console.log(`  ${failure}`);
  check(complaints.length === 0, `${name}: the browser complains: ${complaints.join('; ')}`);
}
