/** Conditions of a right – from which networks, in which app, at which hours – as a form and as words (SPEC U22). */

import {
  caveatOf,
  conditionOf,
  prefixOf,
  type Caveat,
  type Condition,
  type Prefix,
  type Window,
} from 'copse/internal/capability/caveat.ts';
import { caveatBytesMax } from 'copse/internal/base/limits.ts';

export interface ConditionForm {
  /** Prefixes with commas or spaces between them; empty: from everywhere. */
  readonly network: string;
  /** Empty: in every app. */
  readonly origin: string;
  readonly isTimed: boolean;
  /** Bit set, bit 0 is Monday. */
  readonly days: number;
  /** `HH:MM` in UTC. */
  readonly from: string;
  readonly to: string;
}

export const noConditions: ConditionForm = {
  network: '',
  origin: '',
  isTimed: false,
  days: 0b001_1111,
  from: '08:00',
  to: '18:00',
};

export const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** An IPv6 prefix takes up to eighteen bytes. */
const NETWORKS_MAX = Math.floor(caveatBytesMax / 18);
const DAY_MINUTES = 1440;

export type Conditions =
  | { readonly kind: 'ok'; readonly caveats: readonly Caveat[] }
  /** What is wrong, for the form. */
  | { readonly kind: 'wrong'; readonly words: string };

export function conditionsIn(form: ConditionForm): Conditions {
  const found = [networkIn(form.network), originIn(form.origin), form.isTimed ? hoursIn(form) : null];
  const wrong = found.find((each) => typeof each === 'string');
  if (wrong !== undefined) return { kind: 'wrong', words: wrong };
  const conditions = found.filter((each) => each !== null && typeof each !== 'string');
  return { kind: 'ok', caveats: conditions.map(caveatOf) };
}

/** The condition, null for none, or what is wrong. */
function networkIn(text: string): Condition | string | null {
  const words = text.split(/[\s,;]+/u).filter((word) => word !== '');
  if (words.length === 0) return null;
  if (words.length > NETWORKS_MAX) return `At most ${NETWORKS_MAX} networks fit into one right.`;
  const prefixes: Prefix[] = [];
  for (const word of words) {
    const prefix = prefixOf(word);
    if (prefix === null) return `“${word}” is no network. Write it as 192.0.2.0/24 or 2001:db8::/32.`;
    prefixes.push(prefix);
  }
  return { kind: 'network', prefixes };
}

function originIn(text: string): Condition | string | null {
  const word = text.trim().replace(/\/$/u, '');
  if (word === '') return null;
  const isOrigin = URL.canParse(word) && new URL(word).origin === word && word.length <= caveatBytesMax;
  return isOrigin
    ? { kind: 'origin', origin: word }
    : `“${word}” is no web address of an app. Write it as https://app.example.`;
}

function hoursIn({ days, from, to }: ConditionForm): Condition | string {
  if (days === 0) return 'Choose a day of the week.';
  const [fromMinute, last] = [minuteOf(from), minuteOf(to)];
  // Midnight as an end is the end of the day.
  const toMinute = last === 0 ? DAY_MINUTES : last;
  if (fromMinute === null || toMinute === null || fromMinute >= toMinute)
    return 'The hours end after they begin, on the same day.';
  return { kind: 'hours', windows: [{ days, fromMinute, toMinute }] };
}

function minuteOf(text: string): number | null {
  const [, hours = '', minutes = ''] = /^(\d{2}):(\d{2})$/u.exec(text) ?? [];
  return hours === '' ? null : Number(hours) * 60 + Number(minutes);
}

/** The end of a sentence: "only from 192.0.2.0/24, only in https://app.example, only Mon–Fri 08:00–18:00 UTC". */
export function conditionsWords(caveats: readonly Caveat[]): string {
  return caveats.map((caveat) => `only ${wordsOf(conditionOf(caveat))}`).join(', ');
}

function wordsOf(condition: Condition | null): string {
  switch (condition?.kind) {
    case 'network':
      return `from ${condition.prefixes.map(prefixWords).join(' or ')}`;
    case 'origin':
      return `in ${condition.origin}`;
    case 'hours':
      return condition.windows.map(windowWords).join(' or ');
    case undefined:
      return 'under a condition that this app does not know';
  }
}

function prefixWords({ address, bits }: Prefix): string {
  if (address.length === 4) return `${address.join('.')}/${bits}`;
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((address[2 * at] ?? 0) << 8) | (address[2 * at + 1] ?? 0)).toString(16),
  );
  return `${groups.join(':').replace(/(?::0)+$/u, '::')}/${bits}`;
}

function windowWords({ days, fromMinute, toMinute }: Window): string {
  return `${daysWords(days)} ${clockWords(fromMinute)}–${clockWords(toMinute)} UTC`;
}

function clockWords(minute: number): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Runs of days as ranges: "Mon–Fri", "Mon, Wed". */
export function daysWords(days: number): string {
  if (days === 0b111_1111) return 'every day';
  const runs: string[] = [];
  for (let first = 0; first < 7; first++) {
    if ((days & (1 << first)) === 0) continue;
    let last = first;
    while (last < 6 && (days & (1 << (last + 1))) !== 0) last++;
    const gap = last - first > 1 ? '–' : ', ';
    runs.push(first === last ? `${dayNames[first]}` : `${dayNames[first]}${gap}${dayNames[last]}`);
    first = last;
  }
  return runs.join(', ');
}
