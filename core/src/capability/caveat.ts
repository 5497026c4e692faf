/**
 * Caveats: conditions on a grant beyond its fixed fields, a small fixed set and no language (SPEC R6).
 * They add up along a path: what is granted under one is granted on under it too. A kind that is not
 * known here refuses, because a restriction that is not understood must not be ignored.
 *
 *     1 network   prefixes laid end to end: family (4 or 6) | bits | the bytes that hold them
 *     2 origin    the web origin of the application, UTF-8
 *     3 hours     windows laid end to end: days (bit 0 is Monday) | first minute (2) | minute after the last (2), UTC
 */

import { assert } from '../base/assert.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import type { LogId } from '../base/ids.ts';
import { caveatBytesMax, clockSkewMs } from '../base/limits.ts';
import { covers, type Rights } from './policy.ts';

export interface Caveat {
  readonly kind: number;
  readonly value: Uint8Array;
}

export interface Prefix {
  /** 4 or 16 bytes; those behind `bits` are zero. */
  readonly address: Uint8Array;
  readonly bits: number;
}

export interface Window {
  /** Bit set, bit 0 is Monday. */
  readonly days: number;
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** What a caveat says. */
export type Condition =
  | { readonly kind: 'network'; readonly prefixes: readonly Prefix[] }
  | { readonly kind: 'origin'; readonly origin: string }
  | { readonly kind: 'hours'; readonly windows: readonly Window[] };

/** Where and when a right is used. */
export interface Circumstances {
  readonly log: LogId;
  /** Of the device; null when it is not known. */
  readonly address: string | null;
  /** Of the page; null when it is a program, which has none. */
  readonly origin: string | null;
  readonly wallMs: number;
}

export interface Permitted {
  /** Bits of `permission`; 0 is nothing. */
  readonly permissions: number;
  /** Wall clock at which this has to be asked again; infinite when never. */
  readonly untilMs: number;
}

const NETWORK = 1;
const ORIGIN = 2;
const HOURS = 3;
const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
const WINDOW_BYTES = 5;
const ALL_DAYS = 0b111_1111;
const NOTHING: Permitted = { permissions: 0, untilMs: Number.POSITIVE_INFINITY };
/** 1 January 1970 was a Thursday; Monday is day 0. */
const FIRST_DAY = 3;

/** What rights with their caveats permit in these circumstances, and until when that is certain. */
export function permitsNow(
  rights: Rights & { readonly caveats: readonly Caveat[] },
  at: Circumstances,
): Permitted {
  if (!covers(rights.resource, at.log)) return NOTHING;
  if (at.wallMs < rights.notBeforeMs - clockSkewMs) return NOTHING;
  let untilMs = rights.expiresMs === 0 ? Number.POSITIVE_INFINITY : rights.expiresMs + clockSkewMs;
  if (at.wallMs >= untilMs) return NOTHING;
  for (const caveat of rights.caveats) {
    const condition = conditionOf(caveat);
    const holdsUntilMs = condition === null ? null : holds(condition, at);
    if (holdsUntilMs === null) return NOTHING;
    untilMs = Math.min(untilMs, holdsUntilMs);
  }
  return { permissions: rights.permissions, untilMs };
}

/** Until when a condition holds, or null when it does not. */
function holds(condition: Condition, at: Circumstances): number | null {
  switch (condition.kind) {
    case 'network': {
      const address = at.address === null ? null : addressBytes(at.address);
      if (address === null) return null;
      return condition.prefixes.some((prefix) => isIn(address, prefix)) ? Number.POSITIVE_INFINITY : null;
    }
    case 'origin':
      return at.origin === condition.origin ? Number.POSITIVE_INFINITY : null;
    case 'hours':
      return hoursUntil(condition.windows, at.wallMs);
  }
}

function hoursUntil(windows: readonly Window[], wallMs: number): number | null {
  const minutes = Math.floor(wallMs / MINUTE_MS);
  const day = Math.floor(minutes / DAY_MINUTES);
  const minute = minutes - day * DAY_MINUTES;
  const dayBit = 1 << ((((day + FIRST_DAY) % 7) + 7) % 7);
  let until: number | null = null;
  for (const { days, fromMinute, toMinute } of windows) {
    if ((days & dayBit) === 0 || minute < fromMinute || minute >= toMinute) continue;
    until = Math.max(until ?? 0, (day * DAY_MINUTES + toMinute) * MINUTE_MS);
  }
  return until;
}

function isIn(address: Uint8Array, prefix: Prefix): boolean {
  if (address.length !== prefix.address.length) return false;
  const whole = prefix.bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== prefix.address[i]) return false;
  const mask = 0xff00 >> (prefix.bits & 7);
  return (((address[whole] ?? 0) ^ (prefix.address[whole] ?? 0)) & mask & 0xff) === 0;
}

/** What a caveat says, or null when it is of no known kind or says nothing that can be checked. */
export function conditionOf({ kind, value }: Caveat): Condition | null {
  switch (kind) {
    case NETWORK: {
      const prefixes = readPrefixes(value);
      return prefixes === null ? null : { kind: 'network', prefixes };
    }
    case ORIGIN: {
      const origin = fromUtf8(value);
      return origin === null || origin === '' ? null : { kind: 'origin', origin };
    }
    case HOURS: {
      const windows = readWindows(value);
      return windows === null ? null : { kind: 'hours', windows };
    }
    default:
      return null;
  }
}

function readPrefixes(value: Uint8Array): readonly Prefix[] | null {
  const prefixes: Prefix[] = [];
  for (let at = 0; at < value.length;) {
    const size = value[at] === 4 ? 4 : value[at] === 6 ? 16 : 0;
    const bits = value[at + 1] ?? 256;
    const held = (bits + 7) >> 3;
    if (size === 0 || bits > size * 8 || at + 2 + held > value.length) return null;
    const address = new Uint8Array(size);
    address.set(value.subarray(at + 2, at + 2 + held));
    const spare = held * 8 - bits;
    // One form per prefix: what lies behind it is zero.
    if (held > 0 && ((address[held - 1] ?? 0) & ((1 << spare) - 1)) !== 0) return null;
    prefixes.push({ address, bits });
    at += 2 + held;
  }
  return prefixes.length === 0 ? null : prefixes;
}

function readWindows(value: Uint8Array): readonly Window[] | null {
  if (value.length === 0 || value.length % WINDOW_BYTES !== 0) return null;
  const windows: Window[] = [];
  for (let at = 0; at < value.length; at += WINDOW_BYTES) {
    const [days = 0, a = 0, b = 0, c = 0, d = 0] = value.subarray(at, at + WINDOW_BYTES);
    const window = { days, fromMinute: a * 256 + b, toMinute: c * 256 + d };
    if (!isWindow(window)) return null;
    windows.push(window);
  }
  return windows;
}

function isWindow({ days, fromMinute, toMinute }: Window): boolean {
  return days > 0 && days <= ALL_DAYS && fromMinute < toMinute && toMinute <= DAY_MINUTES;
}

/** The caveat that states a condition. */
export function caveatOf(condition: Condition): Caveat {
  const { kind, value } = written(condition);
  assert(value.length <= caveatBytesMax, 'a caveat fits');
  assert(conditionOf({ kind, value }) !== null, 'a caveat says something that can be checked');
  return { kind, value };
}

function written(condition: Condition): Caveat {
  switch (condition.kind) {
    case 'network': {
      const parts = condition.prefixes.flatMap(({ address, bits }) => {
        const held = address.subarray(0, (bits + 7) >> 3);
        return [address.length === 4 ? 4 : 6, bits, ...held];
      });
      return { kind: NETWORK, value: Uint8Array.from(parts) };
    }
    case 'origin':
      return { kind: ORIGIN, value: utf8(condition.origin) };
    case 'hours': {
      const parts = condition.windows.flatMap(({ days, fromMinute, toMinute }) => [
        days,
        fromMinute >> 8,
        fromMinute & 255,
        toMinute >> 8,
        toMinute & 255,
      ]);
      return { kind: HOURS, value: Uint8Array.from(parts) };
    }
  }
}

/** The prefix in `10.0.0.0/8` or `2001:db8::/32`; a plain address is all its bits. Null when it is none. */
export function prefixOf(text: string): Prefix | null {
  const [head = '', tail, ...rest] = text.split('/');
  const address = addressBytes(head);
  if (address === null || rest.length > 0) return null;
  const bits = tail === undefined ? address.length * 8 : /^\d{1,3}$/.test(tail) ? Number(tail) : -1;
  if (bits < 0 || bits > address.length * 8) return null;
  for (let i = 0; i < address.length; i++) {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    address[i] = (address[i] ?? 0) & (0xff00 >> kept) & 0xff;
  }
  return { address, bits };
}

/** The 4 or 16 bytes of an address, or null. An IPv4 address in IPv6 form is the IPv4 address (RFC 4291 section 2.5.5.2). */
export function addressBytes(text: string): Uint8Array | null {
  if (!text.includes(':')) return ipv4(text);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(text);
  if (mapped !== null) return ipv4(mapped[1] ?? '');
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const front = groups(halves[0] ?? '');
  const back = groups(halves[1] ?? '');
  const gap = 8 - front.length - back.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return null;
  const words = [...front, ...Array.from({ length: gap }, () => '0'), ...back];
  if (!words.every((word) => /^[0-9a-f]{1,4}$/iu.test(word))) return null;
  return Uint8Array.from(words.flatMap((word) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 255]));
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

function ipv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return Uint8Array.from(parts.map(Number));
}
