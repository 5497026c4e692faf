/** Where an auditor or a witness reads the log of a node: over HTTP, as anybody may, with a bound on every answer. */

import { fromBase64url } from 'copse/internal/base/bytes.ts';
import { pause, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { callMs, noteBytesMax } from 'copse/internal/base/limits.ts';
import { tileBytes, tilePath, tileWidth, type TileName } from 'copse/internal/transparency/tile.ts';
import { isRecord, parseJson } from '../json.ts';

export interface LogSource {
  /** The newest checkpoint. */
  checkpoint(): Promise<string>;
  /** Throws `unknown` when the log has no such tile. */
  tile(name: TileName): Promise<Uint8Array>;
}

/** What a full bundle may have: each entry with the two bytes of its length. */
const BUNDLE_BYTES_MAX = tileWidth * (0xffff + 2);
const NODE_BYTES_MAX = 64 * 1024;
const TRIES = 4;
/** The longest that a node is believed when it says how long to wait. */
const WAIT_SECONDS_MAX = 10;
const NEVER = new AbortController().signal;
const TOO_MANY = 429;
const NOT_FOUND = 404;

/** `signal` ends what is under way. */
export function httpSource(url: string, env: Env, signal: AbortSignal = NEVER): LogSource {
  const base = url.replace(/\/+$/, '');
  const get = (path: string, bytesMax: number): Promise<Uint8Array> =>
    fetched(env, { url: `${base}/log/${path}`, bytesMax, signal });
  return {
    checkpoint: async () => new TextDecoder().decode(await get('checkpoint', noteBytesMax)),
    tile: (name) => {
      const bytesMax = name.level === 'entries' ? BUNDLE_BYTES_MAX : tileBytes;
      return get(`tile/${tilePath(name)}`, bytesMax);
    },
  };
}

/** The key that the node at an address says it has. */
export async function keyAt(url: string, env: Env, signal: AbortSignal = NEVER): Promise<Key> {
  const asked = { url: `${url.replace(/\/+$/, '')}/node.json`, bytesMax: NODE_BYTES_MAX, signal };
  const text = new TextDecoder().decode(await fetched(env, asked));
  const said = parseJson(text);
  const bytes = isRecord(said) && typeof said['key'] === 'string' ? fromBase64url(said['key']) : null;
  if (bytes?.length !== 32) throw new Fault('malformed', `${url} is not a node of copse.`);
  return key(bytes);
}

interface Asked {
  readonly url: string;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

async function fetched(env: Env, { url, bytesMax, signal }: Asked): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(url, signal);
    if (answer.status === TOO_MANY && attempt < TRIES) {
      await answer.body?.cancel();
      const seconds = Number(answer.headers.get('retry-after') ?? 1);
      await pause(env, 1000 * (seconds >= 1 ? Math.min(seconds, WAIT_SECONDS_MAX) : 1));
      continue;
    }
    if (!answer.ok)
      throw new Fault(answer.status === NOT_FOUND ? 'unknown' : 'closed', `${url}: ${answer.status}.`);
    return readAll(answer, bytesMax);
  }
}

async function ask(url: string, ending: AbortSignal): Promise<Response> {
  try {
    const signal = AbortSignal.any([ending, AbortSignal.timeout(callMs)]);
    return await fetch(url, { signal, redirect: 'error' });
  } catch (cause) {
    throw new Fault('closed', `${url} was not reached.`, { cause });
  }
}

async function readAll(answer: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > bytesMax) throw new Fault('tooLarge', `an answer of ${answer.url}`);
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
