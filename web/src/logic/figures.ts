/**
 * Figures of a node as people read them. A name that ends with `Total` counts up, so its change per second is
 * what says something; other numbers say it themselves; the rest are words.
 */

import type { Figure } from '../model/sdk.ts';
import { hasLabel, labelOf, labelOrder, partOf, partOrder, partTitle } from './figure-names.ts';
import { bytesWords, countWords, durationWords } from './numbers.ts';
import { withSample } from './plot.ts';

export interface Reading {
  readonly atMs: number;
  readonly figures: readonly Figure[];
}

/** A figure over time, newest sample last. */
export interface Series {
  readonly name: string;
  readonly label: string;
  /** What one sample is measured in. */
  readonly unit: string;
  readonly samples: readonly number[];
}

export interface History {
  readonly last: Reading | null;
  readonly series: readonly Series[];
}

/** Two minutes at one reading per two seconds. */
export const samplesMax = 60;
export const noHistory: History = { last: null, series: [] };

/** What the operator looks at first: the first figure whose name matches gets the plot. */
const FEATURED = [
  { label: 'Entries', match: /entriesTotal$/iu },
  { label: 'Connections', match: /^(tail)?connections$/iu },
  { label: 'Processor', match: /cpuSecondsTotal$/iu },
  { label: 'Memory', match: /rss$/iu },
  { label: 'Free disk', match: /diskFree$/iu },
] as const;

export function withReading(history: History, reading: Reading): History {
  const series: Series[] = [];
  for (const { label, match } of FEATURED) {
    const figure = reading.figures.find(({ name, value }) => match.test(name) && isNumber(value));
    if (figure === undefined || series.some(({ name }) => name === figure.name)) continue;
    const before = history.series.find(({ name }) => name === figure.name)?.samples ?? [];
    const sample = sampleOf(figure, history.last, reading.atMs);
    series.push({
      name: figure.name,
      label,
      unit: unitOf(figure),
      samples: sample === null ? before : withSample(before, sample, samplesMax),
    });
  }
  return { last: reading, series };
}

/** A gauge is its value; a counter is how much it grew per second, once there are two readings of it. */
function sampleOf(figure: Figure, last: Reading | null, atMs: number): number | null {
  const value = Number(figure.value);
  if (!isCounter(figure.name)) return value;
  const before = last?.figures.find(({ name }) => name === figure.name);
  if (last === null || before === undefined || atMs <= last.atMs) return null;
  // A node that was started anew counts from zero again.
  const perSecond = Math.max(0, value - Number(before.value)) / ((atMs - last.atMs) / 1000);
  return figure.unit === 's' ? perSecond * 100 : perSecond;
}

/** Seconds of work per second are a share of one core; other counters are so many per second. */
function unitOf({ name, unit }: Figure): string {
  if (!isCounter(name)) return unit;
  return unit === 's' ? '%' : 'per second';
}

/** What our own labels say already. */
const COUNTED: ReadonlySet<string> = new Set(['entries', 'commits', 'messages', 'times']);

export function valueWords(value: string | number, unit: string): string {
  if (typeof value === 'string' && !isNumber(value)) return unit === '' ? value : `${value} ${unit}`;
  const number = Number(value);
  switch (unit) {
    case 'bytes':
    case 'B':
      return bytesWords(number);
    case 'bytes/s':
      return `${bytesWords(number)}/s`;
    case 's':
    case 'seconds':
      return durationWords(number);
    case '':
      return countWords(number);
    case '%':
      return `${countWords(number)} %`;
    case 'per second':
      return `${countWords(number)} /s`;
    default:
      return `${countWords(number)} ${number === 1 ? oneOf(unit) : unit}`;
  }
}

/** "entries" → "entry"; signs such as ms stay. */
function oneOf(unit: string): string {
  return /^[a-z]{4,}s$/u.test(unit) ? unit.replace(/ies$/u, 'ys').slice(0, -1) : unit;
}

export interface Group {
  readonly title: string;
  readonly figures: readonly { readonly label: string; readonly value: string }[];
}

/** Figures by the part of the node that says them: the first word of their names. */
export function grouped(figures: readonly Figure[]): readonly Group[] {
  const byPart = [...Map.groupBy(figures, ({ name }) => partOf(name))];
  return byPart
    .toSorted(([one], [other]) => partOrder(one) - partOrder(other))
    .map(([part, members]) => ({
      title: partTitle(part),
      figures: members
        .toSorted((one, other) => labelOrder(one.name) - labelOrder(other.name))
        .map(({ name, value, unit }) => ({
          label: labelOf(name),
          value: valueWords(value, hasLabel(name) && COUNTED.has(unit) ? '' : unit),
        })),
    }));
}

function isCounter(name: string): boolean {
  return name.endsWith('Total');
}

function isNumber(value: string): boolean {
  return value.trim() !== '' && Number.isFinite(Number(value));
}
