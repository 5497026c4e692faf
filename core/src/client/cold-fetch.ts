/**
 * One blob on its way to this device (SPEC B5): fetched from where the node sends us, from where it was cut when it
 * was, checked against its hash, opened, and cut into pages.
 */

import type { Redirect } from '../api/cold.ts';
import type { Env } from '../base/env.ts';
import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { coldAttemptsMax, coldFetchMs } from '../base/limits-cold.ts';
import { pageBytesMax, pageCountMax } from '../base/limits.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { EntryCursor } from '../wire/entry.ts';
import type { Run } from './log-items.ts';

/** What is needed of the platform's `fetch`. */
export type Fetch = (url: string, options: RequestInit) => Promise<Response>;

export interface FetchParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly fetch: Fetch;
  /** What a path is relative to. */
  readonly base: string;
}

/** The entries of a blob as pages; throws when they cannot be had, or are not what was promised. */
export async function fetchRuns(parts: FetchParts, redirect: Redirect): Promise<readonly Run[]> {
  const { sha256, codec, bytes, count, at } = redirect;
  const stored = await fetchBytes(parts, redirect);
  if (!equal(parts.primitives.sha256(stored), sha256)) throw new Fault('corrupt', 'a blob has another hash');
  const entries = codec === 'raw' ? stored : await inflated(stored, bytes);
  if (entries.length !== bytes) throw new Fault('corrupt', 'a blob has another size');
  const runs = paged(entries, at);
  const last = runs.at(-1);
  if (last === undefined || last.at + last.count !== at + count) {
    throw new Fault('corrupt', 'a blob has another number of entries');
  }
  return runs;
}

/** Where a blob is, as this device sees it; an encrypted connection is not given up for one that is not. */
export function placeOf(url: string, base: string): string {
  const place = new URL(url, base);
  const isGood = place.protocol === 'https:' || (place.protocol === 'http:' && base.startsWith('http:'));
  if (!isGood) throw new Fault('malformed', 'the address of a blob');
  return place.href;
}

async function fetchBytes(parts: FetchParts, { url, start, size }: Redirect): Promise<Uint8Array> {
  const place = placeOf(url, parts.base);
  const into = { bytes: new Uint8Array(size), start, had: 0 };
  for (let left = coldAttemptsMax; ; left--) {
    const before = into.had;
    const trouble = await attempt(parts, place, into).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (trouble === null && into.had === size) return into.bytes;
    // Who was cut goes on; who got nothing does not try the node's patience.
    if (left === 1 || into.had === before || trouble instanceof Fault) {
      throw trouble instanceof Fault ? trouble : new Fault('closed', 'a blob', { cause: trouble });
    }
  }
}

interface Into {
  readonly bytes: Uint8Array;
  /** Where the wanted bytes begin in what is there. */
  readonly start: number;
  had: number;
}

async function attempt({ env, fetch }: FetchParts, place: string, into: Into): Promise<void> {
  const { bytes, start } = into;
  const from = start + into.had;
  const isPart = from > 0;
  const over = new AbortController();
  const timer = env.after(coldFetchMs, () => over.abort());
  try {
    const response = await fetch(place, {
      ...(isPart ? { headers: { range: `bytes=${from}-${start + bytes.length - 1}` } } : {}),
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: over.signal,
    });
    await take(response, into, from);
  } finally {
    timer.cancel();
    over.abort();
  }
}

async function take(response: Response, into: Into, from: number): Promise<void> {
  const isWhole = response.status === 200 && into.start === 0;
  const isPart = response.status === 206 && rangeStart(response) === from;
  if (response.body === null || !(isWhole || isPart)) {
    throw new Fault('closed', `a blob is answered with ${response.status}`);
  }
  // Everything again, though a part was asked for.
  let at = isWhole ? 0 : into.had;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // A server may send the rest of a file, too.
    const taken = value.subarray(0, into.bytes.length - at);
    into.bytes.set(taken, at);
    at += taken.length;
    into.had = Math.max(into.had, at);
    if (at === into.bytes.length) return;
  }
}

function rangeStart(response: Response): number {
  const match = /^bytes (\d{1,15})-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? -1 : Number(match[1]);
}

/** By the platform: gzip is what every one of them opens (decision 0025). Never more than was promised. */
async function inflated(stored: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const out = new Uint8Array(bytesMax);
  let at = 0;
  const source = new Blob([stored.slice()]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return out.subarray(0, at);
      if (at + value.length > bytesMax) throw new Fault('corrupt', 'a blob is larger than it says');
      out.set(value, at);
      at += value.length;
    }
  } catch (thrown) {
    await reader.cancel().catch(() => {});
    throw thrown instanceof Fault ? thrown : new Fault('corrupt', 'a blob does not open', { cause: thrown });
  }
}

/** Entries as pages of the size that the node makes them. */
function paged(entries: Uint8Array, first: number): readonly Run[] {
  const runs: Run[] = [];
  const cursor = new EntryCursor(entries);
  let [at, count, start] = [first, 0, 0];
  const close = (end: number): void => {
    if (count > 0) runs.push({ at, count, entries: entries.subarray(start, end) });
    [at, count, start] = [at + count, 0, end];
  };
  while (cursor.next()) {
    if (cursor.end - start > pageBytesMax || count === pageCountMax) close(cursor.start);
    count++;
  }
  close(entries.length);
  return runs;
}
