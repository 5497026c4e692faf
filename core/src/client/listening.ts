/**
 * Whether this device listens, as it keeps it: a row while it has told the node where it is reached. Who
 * listens says by which tags her user is mentioned, at each connection (`mention-tags.ts`).
 */

import { noticesApi } from '../api/notices.ts';
import type { Keep } from './keep.ts';

const ROW = 'notices/listening';
const YES = new Uint8Array([1]);

export async function isListening(keep: Keep): Promise<boolean> {
  return (await keep.get(ROW)) !== null;
}

/** Carries a call of the facet; what it changes here is known when it has been answered. `onBegun`: it listens now, and a program may end as soon as that is done. */
export async function listening(
  keep: Keep,
  call: { readonly number: number; readonly carry: () => Promise<Uint8Array> },
  onBegun: () => Promise<void>,
): Promise<Uint8Array> {
  const { subscribe, unsubscribe } = noticesApi.calls;
  // Before: a program that ends in the middle says the tags at its next start.
  if (call.number === subscribe.number) await keep.write([{ name: ROW, value: YES }]);
  const answer = await call.carry();
  if (call.number === unsubscribe.number) await keep.write([{ name: ROW, value: null }]);
  if (call.number === subscribe.number) await onBegun();
  return answer;
}
