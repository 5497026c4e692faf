import { ensureChromium, CHROMIUM_ARGS } from '../../scripts/chromium.mjs';
import { garden, house, happen, Visits } from './visit.ts';
const c = ensureChromium();
if (!('path' in c)) throw new Error(c.reason);
await using v = await Visits.begin(c.path, CHROMIUM_ARGS);
const G = `?as=member${garden}/document/Saturday%20at%20the%20garden`;
for (const [scheme, width] of [
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const) {
  const { page, complaints } = await v.open(G, { scheme, width });
  await page.waitForTimeout(700);
  await happen(
    page,
    'writeIn',
    'Oak Lane Garden',
    'Saturday at the garden',
    'Ben',
    '1',
    ' I bring the bread.',
  );
  await page.waitForTimeout(400);
  await page.screenshot({ path: `/tmp/h/yjs/doc-${scheme}-${width}.png` });
  console.log(scheme, width, complaints);
  const e = await v.open(`?as=member${house}/document/House%20rules`, { scheme, width });
  await e.page.waitForTimeout(500);
  await e.page.screenshot({ path: `/tmp/h/yjs/empty-${scheme}-${width}.png` });
  console.log(e.complaints);
  await page.context().close();
  await e.page.context().close();
}
