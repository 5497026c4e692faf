/**
 * The rights that this device takes back (SPEC K8). What it has asked for and was not answered is asked for again
 * at the next connection. A node that was set back to an old backup has forgotten the last revocations, and with
 * them what it forgot comes to life again: so at each connection it is asked whether the newest counts, and when
 * the node has forgotten it, that is said and those before it are looked at too. Asking changes nothing: an
 * answer that is lost takes no alarm along.
 */

import { equal } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { revocationsKeptMax } from '../base/limits-restore.ts';
import { rightsApi, type RightsRemote } from '../api/rights.ts';
import { openRevocation } from '../capability/revocation.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { decode } from '../wire/shape.ts';
import { inTurn } from './in-turn.ts';
import type { Keep } from './keep.ts';

/** Revocations as they were signed, under numbers that rise: those that count, and those without an answer. */
const COUNTING = 'revoked/';
const ASKED = 'revoking/';
/** Those without an answer that were asked for at any price (SPEC K9). */
const FORCED = 'forcing/';
const DIGITS = 10;

/** Carries a call of the rights facet; of what it takes back it is known then, or at the next connection, whether it counts. */
export async function takingBack(
  keep: Keep,
  call: { readonly number: number; readonly bytes: Uint8Array },
  carry: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const { number, request } = rightsApi.calls.revoke;
  if (call.number !== number) return carry();
  const { revocation: signed, force } = decode(request, call.bytes.slice());
  const revocation = signed.slice();
  // A device without room takes rights back all the same.
  await add(keep, force ? FORCED : ASKED, revocation).catch(() => {});
  let answer: Uint8Array;
  try {
    answer = await carry();
  } catch (thrown) {
    if (isAnswer(thrown)) await drop(keep, revocation).catch(() => {});
    throw thrown;
  }
  await counts(keep, revocation).catch(() => {});
  return answer;
}

/** The end of this device's that takes back again. */
export interface TakingBack {
  readonly keep: Keep;
  readonly primitives: Primitives;
  readonly rights: RightsRemote;
  /** A right that it has taken back is in force again; heard before that is changed. */
  onComeback(): void;
}

/** Asks again for what was not answered, and takes back again what the node has forgotten; answers whether some wait for a key. */
export async function takeBackAgain(to: TakingBack): Promise<boolean> {
  const { keep, rights } = to;
  let waits = false;
  for (const prefix of [ASKED, FORCED]) {
    for (const { value } of await keep.list(prefix)) {
      const answer = await say(rights, value, prefix === FORCED);
      if (answer === 'stale') waits = true;
      else await (answer === 'done' ? counts(keep, value) : drop(keep, value));
    }
  }
  for (const { value } of (await keep.list(COUNTING)).toReversed()) {
    const state = await stateOf(to, value);
    if (state === 'fallen') break;
    // What was taken back had been granted after the backup, when the node does not know it.
    if (state === 'unknown') continue;
    to.onComeback();
    await say(rights, value, true);
  }
  return waits;
}

async function stateOf({ primitives, rights }: TakingBack, bytes: Uint8Array) {
  const revocation = await openRevocation(primitives, bytes);
  if (revocation === null) return 'unknown';
  return (await rights.standing({ attestation: revocation.attestation })).state;
}

async function say(
  rights: RightsRemote,
  revocation: Uint8Array,
  force: boolean,
): Promise<'done' | 'stale' | 'refused'> {
  try {
    await rights.revoke({ revocation, force });
    return 'done';
  } catch (thrown) {
    const { code, retry } = asFault(thrown);
    if (code === 'stale') return code;
    if (retry === 'never') return 'refused';
    throw thrown;
  }
}

/** Whether the node has said no, and not only nothing. */
function isAnswer(thrown: unknown): boolean {
  const { code } = asFault(thrown);
  return code !== 'closed' && code !== 'deadline';
}

async function add(keep: Keep, prefix: string, revocation: Uint8Array): Promise<void> {
  await inTurn(keep, async () => {
    const rows = await keep.list(prefix);
    if (rows.some(({ value }) => equal(value, revocation))) return;
    const last = Number(rows.at(-1)?.name.slice(prefix.length) ?? 0);
    const gone = rows.slice(0, Math.max(0, rows.length + 1 - revocationsKeptMax));
    await keep.write([
      { name: prefix + String(last + 1).padStart(DIGITS, '0'), value: revocation },
      ...gone.map(({ name }) => ({ name, value: null })),
    ]);
  });
}

async function drop(keep: Keep, revocation: Uint8Array): Promise<void> {
  await inTurn(keep, async () => {
    const asked = [...(await keep.list(ASKED)), ...(await keep.list(FORCED))];
    const rows = asked.filter(({ value }) => equal(value, revocation));
    if (rows.length > 0) await keep.write(rows.map(({ name }) => ({ name, value: null })));
  });
}

async function counts(keep: Keep, revocation: Uint8Array): Promise<void> {
  await add(keep, COUNTING, revocation);
  await drop(keep, revocation);
}

/** For the person. */
export function comebackFault(): Fault {
  return new Fault('fork', 'Rights that you had taken back were in force again at the node.');
}
