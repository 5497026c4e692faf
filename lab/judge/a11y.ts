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
/** Pages side by side: one waits while the other is looked at. */
const LANES = 2;

const chromium = ensureChromium();
if ('reason' in chromium) throw new Error(chromium.reason);
await using visits = await Visits.begin(chromium.path, CHROMIUM_ARGS);

const names = Math.max(...ROOMS.map(({ name }) => name.length));
console.log(
  row(
    'page',
    LOOKS.map(({ scheme, width }) => `${scheme} ${width}`),
  ),
);
const line = ROOMS.entries();
const told: string[][] = [];
await Promise.all(Array.from({ length: LANES }, () => lane()));
for (const lines of told) for (const each of lines) console.log(each);
compared('pages in four looks');
conclude();

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(names)}  ${cells.map((cell) => cell.padStart(CELL)).join('')}`;
}

async function lane(): Promise<void> {
  const tour = await visits.tour(axeScript);
  for (const [place, room] of line) told[place] = await judgeRoom(tour, room);
}

/** One visit in all looks, what was done there first is done once; answers what is to be said of it. */
async function judgeRoom(at: Tour, { name, path, first }: Room): Promise<string[]> {
  await at.turn(wide);
  const { page, complaints } = await at.open(path);
  const failures: string[] = [];
  const cells: string[] = [];
  try {
    await first?.(page);
    await page.waitForTimeout(ARRIVE_MS);
  } catch (thrown) {
    check(false, `${name}: it could not be looked at: ${String(thrown).split('\n')[0] ?? ''}`);
    return [];
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
  check(complaints.length === 0, `${name}: the browser complains: ${complaints.join('; ')}`);
  return [row(name, cells), ...failures.map((failure) => `  ${failure}`)];
}
