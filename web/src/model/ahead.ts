/**
 * What the first room of a member needs is asked for at once, not each part when the one before is there (SPEC U8):
 * the way to the neighbourhood is four files deep.
 */

import { routeOf, STREET } from '../logic/route.ts';
import { peerWorkerAhead } from './peer-worker.ts';

export function askAhead(hasAccount: boolean): void {
  const asked: Promise<unknown>[] = [import('./sdk-gate.ts')];
  if (hasAccount) asked.push(import('../shell/house.tsx'));
  if (hasAccount && STREET.includes(routeOf(location.hash).room)) {
    peerWorkerAhead();
    asked.push(
      import('../room/neighbourhood/street-rooms.tsx').then(({ streetStyle }) => streetStyle()),
      import('./neighbourhood/street.ts'),
      import('copse/internal/browser/neighbourhood.ts'),
    );
  }
  // Whoever needs one asks again, and is told.
  for (const each of asked) each.catch(() => {});
}
