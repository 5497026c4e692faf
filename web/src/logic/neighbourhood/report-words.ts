/** Reports in words, and several about one thing together (SPEC U50). */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { reportWhyBytesMax } from 'copse/internal/base/limits-work.ts';
import type { ReportRow } from '../../model/sdk-street.ts';
import { cutTo } from './attachments.ts';

export const reasonChoices: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'Advertising or fraud', label: 'Advertising or fraud' },
  { value: 'It attacks somebody', label: 'It attacks somebody' },
  { value: 'Somebody passes for another', label: 'Somebody passes for another' },
  { value: 'It shows what must not be shown', label: 'It shows what must not be shown' },
  { value: 'Something else', label: 'Something else' },
];

/** What the admins read; empty while no reason is chosen. */
export function reportWhy(reason: string, words: string): string {
  if (reason === '') return '';
  const said = words.trim();
  return said === '' ? reason : cutTo(`${reason}: ${said}`, reportWhyBytesMax);
}

/** Everything that was reported about one post, or about one person herself. */
export interface ReportedThing {
  readonly key: string;
  /** Key of the person, in hex. */
  readonly about: string;
  /** The oldest first. */
  readonly rows: readonly ReportRow[];
  readonly hasMessage: boolean;
}

/** Those that most people reported first, and of as many the oldest. */
export function grouped(rows: readonly ReportRow[]): readonly ReportedThing[] {
  const things = new Map<string, ReportRow[]>();
  for (const row of rows) {
    const key = `${hex(row.about)} ${row.message === null ? '' : hex(row.message)}`;
    const found = things.get(key);
    if (found === undefined) things.set(key, [row]);
    else found.push(row);
  }
  const all = [...things].map(([key, found]): ReportedThing => ({
    key,
    about: key.slice(0, key.indexOf(' ')),
    rows: found,
    hasMessage: found.some(({ message }) => message !== null),
  }));
  return all.toSorted((a, b) => reporters(b) - reporters(a) || firstMs(a) - firstMs(b));
}

/** How many people: somebody who reports twice is one. */
export function reporters({ rows }: Pick<ReportedThing, 'rows'>): number {
  return new Set(rows.map(({ by }) => hex(by))).size;
}

function firstMs({ rows }: ReportedThing): number {
  return rows[0]?.atMs ?? 0;
}

/** One that was dealt with, as the devices of an admin remember it. */
export interface Settled {
  readonly about: string;
  readonly line: string;
  readonly what: 'left' | 'taken' | 'removed';
  readonly atMs: number;
}

export const settledMax = 50;
const LINE_BYTES = 300;

export function withSettled(before: readonly Settled[], next: Settled): readonly Settled[] {
  return [{ ...next, line: cutTo(next.line, LINE_BYTES) }, ...before].slice(0, settledMax);
}

export function encodeSettled(settled: readonly Settled[]): Uint8Array {
  return utf8(JSON.stringify([1, settled.map(({ about, line, what, atMs }) => [about, line, what, atMs])]));
}

/** What cannot be read is nothing: another version may have written it. */
export function decodeSettled(bytes: Uint8Array | null): readonly Settled[] {
  if (bytes === null) return [];
  const parsed = parse(new TextDecoder().decode(bytes));
  const rows: unknown = Array.isArray(parsed) && parsed[0] === 1 ? parsed[1] : [];
  return Array.isArray(rows) ? rows.flatMap(settledOf).slice(0, settledMax) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function settledOf(row: unknown): readonly Settled[] {
  if (!Array.isArray(row)) return [];
  const [about, line, what, atMs]: readonly unknown[] = row;
  if (typeof about !== 'string' || typeof line !== 'string' || typeof atMs !== 'number') return [];
  return what === 'left' || what === 'taken' || what === 'removed' ? [{ about, line, what, atMs }] : [];
}
