/**
 * Spoilt bytes for both implementations: whatever one accepts the other must accept, and what is refused
 * must be refused with the same fault (SPEC W2, W4). The bytes are the valid vectors after small accidents.
 */

import { decodeCbor, encodeCbor } from 'copse/internal/wire/cbor.ts';
import { openAttestation } from 'copse/internal/capability/attestation.ts';
import { openBlessing } from 'copse/internal/capability/blessing.ts';
import { openRevocation } from 'copse/internal/capability/revocation.ts';
import { must } from 'copse/internal/base/assert.ts';
import { concat, equal, hex } from 'copse/internal/base/bytes.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import { decode, encode, type Shape } from 'copse/internal/wire/shape.ts';
import { Chance } from '../sim/chance.ts';
import { readFrames } from '../vectors/frame-json.ts';
import { shapeFor, type MessagePlace } from '../vectors/message-place.ts';
import { faultOf, faultOfLater, read, unhex } from '../vectors/read.ts';

type ObjectKind = 'attestation' | 'blessing' | 'revocation';

export type Case = { readonly bytes: string } & (
  | ({ readonly kind: 'message' } & MessagePlace)
  | { readonly kind: 'frames' }
  | { readonly kind: 'entries' }
  | { readonly kind: 'cbor' }
  | { readonly kind: ObjectKind }
);

const SEED = 20_270_115;
const ACCIDENTS_EACH = 14;
const primitives = nativePrimitives();
const OPENERS = { attestation: openAttestation, blessing: openBlessing, revocation: openRevocation } as const;

interface Bytes {
  readonly bytes: string;
}

/** The cases, the same in every run. */
export function spoiltCases(): readonly Case[] {
  const chance = new Chance(SEED);
  const messages = read<MessagePlace & Bytes>('messages.json').valid;
  const objects = read<Bytes & { readonly kind: ObjectKind }>('objects.json').valid;
  const whole: readonly Case[] = [
    ...messages.map(({ contract, message, part, bytes }): Case => ({
      kind: 'message',
      contract,
      message,
      part,
      bytes,
    })),
    ...many('frames', 'frames.json', 20),
    ...many('entries', 'entries.json', 40),
    ...many('cbor', 'cbor.json', 20),
    ...Array.from({ length: 20 }, () => objects.map(({ kind, bytes }): Case => ({ kind, bytes }))).flat(),
  ];
  const pool = whole.map(({ bytes }) => unhex(bytes));
  return whole.flatMap((one) =>
    Array.from({ length: ACCIDENTS_EACH }, (): Case => {
      return { ...one, bytes: hex(accident(unhex(one.bytes), pool, chance)) };
    }),
  );
}

/** Files with few vectors are spoilt more often. */
function many(kind: 'frames' | 'entries' | 'cbor', path: string, times: number): readonly Case[] {
  const cases = read<Bytes>(path).valid.map(({ bytes }): Case => ({ kind, bytes }));
  return Array.from({ length: times }, () => cases).flat();
}

/** One to three changes: bits, bytes, numbers at the edges of their sizes, ends, pieces of other messages. */
function accident(bytes: Uint8Array, pool: readonly Uint8Array[], chance: Chance): Uint8Array {
  let spoilt = bytes;
  for (let left = chance.between(1, 3); left > 0; left--) spoilt = change(spoilt, pool, chance);
  return spoilt.subarray(0, 2000);
}

const EDGES = [0, 1, 2, 31, 32, 63, 64, 127, 128, 129, 192, 253, 254, 255];

function change(bytes: Uint8Array, pool: readonly Uint8Array[], chance: Chance): Uint8Array {
  // Heads decide more than bodies: half of the accidents happen among the first bytes.
  const last = chance.often(0.5) ? Math.min(bytes.length, 12) : bytes.length;
  const at = chance.between(0, Math.max(0, last - 1));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
  switch (chance.between(0, 6)) {
    case 0:
      return concat(before, Uint8Array.of((bytes[at] ?? 0) ^ (1 << chance.between(0, 7))), after);
    case 1:
      return concat(before, Uint8Array.of(chance.pick(EDGES)), after);
    case 2:
      return concat(before, after);
    case 3:
      return concat(before, Uint8Array.of(chance.pick(EDGES)), bytes.subarray(at));
    case 4:
      return bytes.subarray(0, chance.between(0, bytes.length));
    case 5:
      return concat(bytes, Uint8Array.of(chance.pick(EDGES)));
    default:
      return concat(before, chance.pick(pool).subarray(0, chance.between(1, 20)), bytes.subarray(at));
  }
}

/** Our verdict: a code, or null when the bytes are accepted and written back as they were. */
export async function verdictOf(one: Case): Promise<string | null> {
  const bytes = unhex(one.bytes);
  const code = await codeOf(one, bytes);
  return code === 'none' ? null : code;
}

function codeOf(one: Case, bytes: Uint8Array): string | Promise<string> {
  switch (one.kind) {
    case 'message':
      return faultOf(() => isInverse(shapeFor(one), bytes));
    case 'frames':
      return faultOf(() => readFrames(bytes));
    case 'entries':
      return faultOf(() => must(equal(rewritten(bytes), bytes) || null, 'entries are written back'));
    case 'cbor':
      return faultOf(() => {
        const back = encodeCbor(decodeCbor(bytes, { bytesMax: 8192, depthMax: 4 }));
        must(equal(back, bytes) || null, 'CBOR is written back');
      });
    default:
      return faultOfLater(() => OPENERS[one.kind](primitives, bytes));
  }
}

function isInverse(shape: Shape<unknown>, bytes: Uint8Array): void {
  must(equal(encode(shape, decode(shape, bytes)), bytes) || null, 'a message is written back');
}

function rewritten(bytes: Uint8Array): Uint8Array {
  const cursor = new EntryCursor(bytes);
  const entries: Uint8Array[] = [];
  while (cursor.next()) entries.push(encodeEntry(cursor.entry()));
  return concat(...entries);
}
