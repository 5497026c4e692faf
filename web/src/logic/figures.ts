/**
 * Figures of a node as people read them. A name that ends with `Total` counts up, so its change per second is
 * what says something; other numbers say it themselves; the rest are words.
 */

import type { Figure } from '../model/sdk.ts';
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
  { label: 'Entries', match: /^(tail)?entries(Total)?$|acceptedTotal|appendedTotal/iu },
  { label: 'Connections', match: /connections$/iu },
  { label: 'On disk', match: /disk|(store|journal|data)Bytes/iu },
  { label: 'Memory', match: /rss|memory|heap/iu },
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
      unit: isCounter(figure.name) ? 'per second' : figure.unit,
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
  return Math.max(0, value - Number(before.value)) / ((atMs - last.atMs) / 1000);
}

export function valueWords(value: string | number, unit: string): string {
  if (typeof value === 'string' && !isNumber(value)) return unit === '' ? value : `${value} ${unit}`;
  const number = Number(value);
  switch (unit) {
    case 'bytes':
    case 'B':
      return bytesWords(number);
    case 's':
    case 'seconds':
      return durationWords(number);
    case '':
    case 'count':
      return countWords(number);
    default:
      return `${countWords(number)} ${unit}`;
  }
}

/** `tailEntriesTotal` → "Tail entries total". */
export function labelWords(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2')
    .replaceAll(/[_.]+/gu, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isCounter(name: string): boolean {
  return name.endsWith('Total');
}

function isNumber(value: string): boolean {
  return value.trim() !== '' && Number.isFinite(Number(value));
}
