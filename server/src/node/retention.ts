/**
 * What the operator lets go (SPEC J6): the settings `retainDays` and its like as the rule of the store, as figures, and in words. 0 is no bound.
 */

import type { Retention } from '../store/log-store.ts';
import type { Figure } from './metrics.ts';
import type { Settings } from './settings.ts';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;

type Bounds = Pick<Settings, 'retainDays' | 'retainBytes' | 'retainCount' | 'retainReplacedDays'>;

/** Null when everything is kept. */
export function retentionOf(bounds: Bounds): Retention | null {
  const { retainDays, retainBytes, retainCount, retainReplacedDays } = bounds;
  if (Math.max(retainDays, retainBytes, retainCount, retainReplacedDays) === 0) return null;
  return {
    ...(retainDays === 0 ? {} : { ageMs: retainDays * DAY_MS }),
    ...(retainBytes === 0 ? {} : { bytes: retainBytes }),
    ...(retainCount === 0 ? {} : { count: retainCount }),
    ...(retainReplacedDays === 0 ? {} : { replacedMs: retainReplacedDays * DAY_MS }),
  };
}

/** The bounds that are set. */
export function retentionFigures(bounds: Bounds): readonly Figure[] {
  const { retainDays, retainBytes, retainCount, retainReplacedDays } = bounds;
  const figures = [
    { name: 'storeRetainAge', unit: 's', value: retainDays * DAY_SECONDS },
    { name: 'storeRetainSize', unit: 'bytes', value: retainBytes },
    { name: 'storeRetainCount', unit: 'entries', value: retainCount },
    { name: 'storeRetainReplaced', unit: 's', value: retainReplacedDays * DAY_SECONDS },
  ];
  return figures
    .filter(({ value }) => value > 0)
    .map(({ name, unit, value }) => ({ name, unit, value: String(value) }));
}

/** Such as "older than 30 days, beyond 1000 entries of a log"; null when everything is kept. */
export function retentionWords(bounds: Bounds): string | null {
  const { retainDays, retainBytes, retainCount, retainReplacedDays } = bounds;
  const words = [
    retainDays === 0 ? null : `older than ${counted(retainDays, 'day')}`,
    retainBytes === 0 ? null : `beyond ${counted(retainBytes, 'byte')} of a log`,
    retainCount === 0 ? null : `beyond the newest ${counted(retainCount, 'entry', 'entries')} of a log`,
    retainReplacedDays === 0
      ? null
      : `replaced by a snapshot and older than ${counted(retainReplacedDays, 'day')}`,
  ].filter((bound) => bound !== null);
  return words.length === 0 ? null : words.join(' or ');
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
