/**
 * What an answer of a push service means for the message, its device and the service itself (RFC 8030, and what the
 * services document beyond it). Only 404 and 410 say that a device is gone (SPEC I15).
 */

import { pushRetryAfterMaxMs } from 'copse/internal/base/limits-push.ts';

export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'tooLarge' }
  /** 400, 401, 403 and their like: this device has subscribed for somebody else, or our signature is wrong. */
  | { readonly kind: 'refused'; readonly why: string }
  /** 429: too much for this device or of us. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null }
  /** 503 with a pause: too much of everybody. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  /** No good answer came. */
  | { readonly kind: 'failed'; readonly why: string };

export interface Answer {
  readonly status: number;
  /** The header as it came, or null. */
  readonly retryAfter: string | null;
}

const DELIVERED = new Set([200, 201, 202, 204]);
const GONE = new Set([404, 410]);
/** A client error that another attempt may not meet: time ran out, too early. */
const PASSING = new Set([408, 421, 425]);

export function verdictOf({ status, retryAfter }: Answer, wallMs: number): Verdict {
  if (DELIVERED.has(status)) return { kind: 'delivered' };
  if (GONE.has(status)) return { kind: 'gone' };
  if (status === 413) return { kind: 'tooLarge' };
  const retryAfterMs = retryAfter === null ? null : readRetryAfter(retryAfter, wallMs);
  if (status === 429) return { kind: 'throttled', retryAfterMs };
  if (status === 503 && retryAfterMs !== null) return { kind: 'unavailable', retryAfterMs };
  const isRefused = status >= 400 && status < 500 && !PASSING.has(status);
  return { kind: isRefused ? 'refused' : 'failed', why: `${status}` };
}

/** Days and months as RFC 9110 writes them; nothing else that `Date.parse` would take. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** The pause that a header asks for, at most a day; null for what is neither seconds nor a date. */
export function readRetryAfter(text: string, wallMs: number): number | null {
  const trimmed = text.trim();
  if (/^\d{1,15}$/.test(trimmed)) return Math.min(Number(trimmed) * 1000, pushRetryAfterMaxMs);
  const atMs = HTTP_DATE.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  if (Number.isNaN(atMs)) return null;
  return Math.min(Math.max(0, atMs - wallMs), pushRetryAfterMaxMs);
}
