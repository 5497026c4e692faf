/**
 * JSON values, for documents that must be the same on every device: what is one, how many characters it has and how
 * deep it is. A member called `__proto__` is none of ours: naive code that copies it changes every object.
 */

import { documentDepthMax } from '../base/limits-documents.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export interface Measure {
  /** Of its JSON text. */
  readonly chars: number;
  /** Levels of lists and objects; 0 for anything else. */
  readonly depth: number;
  /** Values in it, itself included. */
  readonly count: number;
}

const FORBIDDEN = '__proto__';

/** Whether a member may have this name. */
export function isName(name: string): boolean {
  return name !== FORBIDDEN;
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters of a text, quoted. */
export function charsOf(text: string): number {
  return JSON.stringify(text).length;
}

/** Null for what is no JSON, deeper than any document, or has a forbidden name. */
export function measure(value: unknown, levels: number = documentDepthMax): Measure | null {
  if (isList(value)) return measureAll(value, 0, levels);
  if (isObject(value)) {
    const names = Object.keys(value);
    if (!names.every(isName)) return null;
    const extra = names.reduce((sum, name) => sum + charsOf(name) + 1, 0);
    return measureAll(
      names.map((name) => value[name]),
      extra,
      levels,
    );
  }
  const chars = charsOfSingle(value);
  return chars === null ? null : { chars, depth: 0, count: 1 };
}

function measureAll(values: readonly unknown[], extra: number, levels: number): Measure | null {
  if (levels <= 0) return null;
  let chars = 2 + extra + Math.max(0, values.length - 1);
  let [depth, count] = [0, 1];
  for (const value of values) {
    const found = measure(value, levels - 1);
    if (found === null) return null;
    chars += found.chars;
    count += found.count;
    depth = Math.max(depth, found.depth);
  }
  return { chars, depth: depth + 1, count };
}

function charsOfSingle(value: unknown): number | null {
  if (typeof value === 'string') return charsOf(value);
  if (typeof value === 'boolean') return value ? 4 : 5;
  // A number beyond all doubles is read as infinity, which has no JSON.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value).length : null;
  return value === null ? 4 : null;
}

/** Whether it is JSON, which its size tells. */
export function isJson(value: unknown, size: Measure | null = measure(value)): value is JsonValue {
  return size !== null;
}

/** The value as it comes out of a log. Throws for what has no JSON. */
export function plain(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('This value has no form in JSON.');
  return JSON.parse(text);
}
