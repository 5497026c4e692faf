/**
 * The rights that this device has taken back (SPEC K8). A node that was set back to an old backup has forgotten
 * the last ones, and with them what it forgot comes to life again: so the newest is said again at each
 * connection, and when the node did not know it, those before it too, as far as they were forgotten.
 */

import { asFault, Fault } from '../base/fault.ts';
import { revocationsKeptMax } from '../base/limits-restore.ts';
import { rightsApi, type RightsRemote } from '../api/rights.ts';
import { decode } from '../wire/shape.ts';
import type { Keep } from './keep.ts';

/** Revocations as they were signed, under numbers that rise. */
const PREFIX = 'revoked/';
const DIGITS = 10;

/** Notes what a call of the rights facet has taken back, once the node has said that it counts. */
export async function noteTakenBack(
  keep: Keep,
  call: { readonly number: number; readonly bytes: Uint8Array },
): Promise<void> {
  const { number, request } = rightsApi.calls.revoke;
  if (call.number !== number) return;
  const { revocation } = decode(request, call.bytes.slice());
  const names = (await keep.list(PREFIX)).map(({ name }) => name);
  const last = Number(names.at(-1)?.slice(PREFIX.length) ?? 0);
  const gone = names.slice(0, Math.max(0, names.length + 1 - revocationsKeptMax));
  await keep.write([
    { name: PREFIX + String(last + 1).padStart(DIGITS, '0'), value: revocation.slice() },
    ...gone.map((name) => ({ name, value: null })),
  ]);
}

/** Takes back again what the node has forgotten; answers how much that was. */
export async function takeBackAgain(keep: Keep, rights: RightsRemote): Promise<number> {
  const rows = await keep.list(PREFIX);
  let count = 0;
  for (const { value } of rows.toReversed()) {
    if (!(await isForgotten(rights, value))) return count;
    count++;
  }
  return count;
}

async function isForgotten(rights: RightsRemote, revocation: Uint8Array): Promise<boolean> {
  try {
    return (await rights.revoke({ revocation })).fresh;
  } catch (thrown) {
    const { code, retry } = asFault(thrown);
    // What was taken back had been granted after the backup.
    if (code === 'unknown') return true;
    if (retry === 'never') return false;
    throw thrown;
  }
}

/** For the person. */
export function comebackFault(): Fault {
  return new Fault('fork', 'Rights that you had taken back were in force again at the node.');
}
