/** Caveats as people write them: networks, an origin, hours of the week in UTC. */

import { Fault } from 'copse/internal/base/fault.ts';
import {
  caveatOf,
  conditionOf,
  prefixOf,
  type Caveat,
  type Window,
} from 'copse/internal/capability/caveat.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const HOURS = /^([a-z]{3})(?:-([a-z]{3}))?:(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/;

/** Those that the flags `--network`, `--origin` and `--hours` name. */
export function caveatsIn(flags: Readonly<Record<string, unknown>>): readonly Caveat[] {
  const caveats: Caveat[] = [];
  const networks = listOf(flags['network']);
  if (networks.length > 0) caveats.push(caveatOf({ kind: 'network', prefixes: networks.map(prefixIn) }));
  const origin = flags['origin'];
  if (typeof origin === 'string') caveats.push(caveatOf({ kind: 'origin', origin: originIn(origin) }));
  const hours = listOf(flags['hours']);
  if (hours.length > 0) caveats.push(caveatOf({ kind: 'hours', windows: hours.map(windowIn) }));
  return caveats;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function prefixIn(text: string) {
  const prefix = prefixOf(text);
  if (prefix === null) throw new Fault('usage', `\`${text}\` is no network; write it as 10.0.0.0/8.`);
  return prefix;
}

function originIn(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new Fault('usage', `\`${text}\` is no origin; write it as https://app.example.`);
}

function windowIn(text: string): Window {
  const [, first = '', last = first, h1 = '', m1 = '', h2 = '', m2 = ''] = HOURS.exec(text) ?? [];
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  const fromMinute = Number(h1) * 60 + Number(m1);
  const toMinute = Number(h2) * 60 + Number(m2);
  if (from < 0 || to < from || fromMinute >= toMinute || toMinute > 1440)
    throw new Fault('usage', `\`${text}\` are no hours; write them as mon-fri:09:00-17:00.`);
  let days = 0;
  for (let day = from; day <= to; day++) days |= 1 << day;
  return { days, fromMinute, toMinute };
}

export function caveatWords(caveats: readonly Caveat[]): string {
  return caveats.map(words).join('; ');
}

function words(caveat: Caveat): string {
  const condition = conditionOf(caveat);
  switch (condition?.kind) {
    case 'network':
      return `from ${condition.prefixes.map(({ address, bits }) => `${addressWords(address)}/${bits}`).join(' or ')}`;
    case 'origin':
      return `on ${condition.origin}`;
    case 'hours':
      return condition.windows.map(windowWords).join(' or ');
    case undefined:
      return `unknown condition ${caveat.kind}`;
  }
}

function addressWords(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((address[2 * i] ?? 0) * 256 + (address[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
}

function windowWords({ days, fromMinute, toMinute }: Window): string {
  const named = DAYS.filter((_, day) => (days & (1 << day)) !== 0).join(' ');
  const time = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return `${named} ${time(fromMinute)}-${time(toMinute)} UTC`;
}
