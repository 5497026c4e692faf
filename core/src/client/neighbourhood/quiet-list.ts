/**
 * Whom one does not want to hear: muted people are left out of the feed and of what one is told, blocked ones are
 * shown nowhere unless one asks. Kept sealed for one's devices (SPEC U42).
 */

import { fromUtf8, utf8 } from '../../base/bytes.ts';

export type Quiet = 'muted' | 'blocked';
/** By the key of the person, in hex. */
export type QuietList = ReadonlyMap<string, Quiet>;

/** Under which one's devices share it. */
export const quietName = 'quiet';
/** As many as one sealed statement holds. */
export const quietListMax = 600;
const KEY = /^[0-9a-f]{64}$/u;

export function withQuiet(list: QuietList, person: string, quiet: Quiet | null): QuietList {
  const next = new Map(list);
  next.delete(person);
  if (quiet !== null) next.set(person, quiet);
  return next;
}

export function encodeQuiet(list: QuietList): Uint8Array {
  const of = (wanted: Quiet): readonly string[] =>
    [...list].flatMap(([person, quiet]) => (quiet === wanted ? [person] : []));
  return utf8(JSON.stringify([1, of('muted'), of('blocked')]));
}

export function decodeQuiet(bytes: Uint8Array | null): QuietList {
  if (bytes === null) return new Map();
  const parsed = parsedOf(bytes);
  if (!Array.isArray(parsed) || parsed[0] !== 1) return new Map();
  const [, muted, blocked]: readonly unknown[] = parsed;
  return new Map([...rows(muted, 'muted'), ...rows(blocked, 'blocked')].slice(0, quietListMax));
}

function rows(value: unknown, quiet: Quiet): readonly (readonly [string, Quiet])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) =>
    typeof each === 'string' && KEY.test(each) ? [[each, quiet] as const] : [],
  );
}

function parsedOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '');
  } catch {
    return null;
  }
}
