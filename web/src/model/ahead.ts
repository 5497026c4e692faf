/**
 * What the first room of a member needs is asked for at once, not each part when the one before is there (SPEC U8),
 * and the worker with her messages loads what it runs on meanwhile.
 */

import { routeOf, STREET } from '../logic/route.ts';
import { peerWorkerAhead } from './peer-worker.ts';

export function askAhead(hasAccount: boolean): void {
  const asked: Promise<unknown>[] = [import('../member-part.ts')];
  if (hasAccount && STREET.includes(routeOf(location.hash).room)) {
    peerWorkerAhead();
    asked.push(import('../street-part.ts').then(({ streetStyle }) => streetStyle()));
  }
  // Whoever needs one asks again, and is told.
  for (const each of asked) each.catch(() => {});
}
