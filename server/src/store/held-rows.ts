/**
 * The columns in which auth and notify hold the same, each in a file of its own: what a device hears in a site, where
 * it is reached, and when a user is not notified (interface: `held.ts` of the subscriptions).
 */

import type { Level, QuietSpec } from 'copse/internal/api/notify.ts';
import type { Endpoint, Listener } from 'copse/internal/social/subscriptions/held.ts';
import type { Value } from './sqlite.ts';

export interface ListenerColumns {
  readonly device: string;
  readonly site: string;
  readonly audience: string;
  readonly level: Level;
  readonly override: 'all' | 'none' | null;
  readonly for_ms: number;
  readonly until_ms: number;
  readonly tags: Uint8Array;
}

/** Without a zone there are no quiet hours, and nothing in the other columns. */
export interface QuietColumns {
  readonly zone: string | null;
  readonly days: number;
  readonly from_minute: number;
  readonly to_minute: number;
  readonly mentions_pass: number;
}

export function listenerOf(row: ListenerColumns): Listener {
  const { audience, level, override, for_ms: forMs, until_ms: untilMs, tags } = row;
  return { audience, level, override: override === null ? null : { level: override, forMs, untilMs }, tags };
}

/** As they stand in both statements `putListener`, behind the name. */
export function listenerValues({ audience, level, override, tags }: Listener): readonly Value[] {
  return [audience, level, override?.level ?? null, override?.forMs ?? 0, override?.untilMs ?? 0, tags];
}

export function quietOf(row: QuietColumns): QuietSpec | null {
  const { zone, days, from_minute: fromMinute, to_minute: toMinute } = row;
  return zone === null ? null : { zone, days, fromMinute, toMinute, mentionsPass: row.mentions_pass === 1 };
}

/** As they stand in both statements `putQuiet`, before the user. */
export function quietValues(quiet: QuietSpec | null): readonly Value[] {
  if (quiet === null) return [null, null, null, null, null];
  return [quiet.zone, quiet.days, quiet.fromMinute, quiet.toMinute, Number(quiet.mentionsPass)];
}

/** Of a row that holds more. */
export function endpointOf({ url, p256dh, auth }: Endpoint): Endpoint {
  return { url, p256dh, auth };
}
