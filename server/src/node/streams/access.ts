/**
 * Who may use the streams that belong to no site: nobody, whoever shows the token of the operator, or anybody, as
 * the setting `streams` says (SPEC F6); and how often one address may ask.
 */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64url, equal, utf8 } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { addressesMeteredMax } from 'copse/internal/base/limits.ts';
import { streamBurstS } from 'copse/internal/base/limits-streams.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { Denied } from '../http-reply.ts';
import { Refused } from './reply.ts';

export type OpenTo = 'off' | 'token' | 'open';

const TOKEN_FILE = 'stream-token';
const TOKEN_BYTES = 32;
const BEARER = /^bearer +(\S+)$/i;

/** The token in its file, which only the owner of the process may read; made when there is none. */
export function streamToken(directory: string, env: Env): string {
  const path = join(directory, TOKEN_FILE);
  if (!existsSync(path)) writeFileSync(path, `${base64url(env.random(TOKEN_BYTES))}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < TOKEN_BYTES)
    throw new Fault('config', `${path} holds no token of ${TOKEN_BYTES} characters.`);
  return token;
}

export class OpenAccess {
  readonly #to: OpenTo;
  readonly #token: Uint8Array;

  /** `token` is asked for when they are open to whoever has it. */
  constructor(to: OpenTo, token: string) {
    this.#to = to;
    this.#token = utf8(token);
  }

  /** Whether answers are the same for everybody, so that caches may share them. */
  get isPublic(): boolean {
    return this.#to === 'open';
  }

  /** Throws `unknown` where there are none, `unauthorized` without the token. */
  check(headers: Headers): void {
    if (this.#to === 'open') return;
    if (this.#to === 'off')
      throw new Fault('unknown', 'the node has no streams without a site; see `streams`');
    const shown = BEARER.exec(headers.get('authorization') ?? '')?.[1] ?? '';
    if (equal(utf8(shown), this.#token)) return;
    const fault = new Fault('unauthorized', 'the token of the streams is missing or another');
    throw new Refused(fault, 401, { 'www-authenticate': 'Bearer' });
  }
}

/** How often addresses ask. */
export class StreamRates {
  readonly #env: Env;
  readonly #perSecond: number;
  readonly #byAddress = new Cache<string, Meter>(addressesMeteredMax);

  constructor(env: Env, perSecond: number) {
    this.#env = env;
    this.#perSecond = perSecond;
  }

  /** Throws `tooMany` with the pause to make. */
  take(caller: () => string): void {
    if (this.#perSecond === 0) return;
    const address = caller();
    let meter = this.#byAddress.get(address);
    if (meter === undefined) {
      meter = new Meter(this.#perSecond, this.#perSecond * streamBurstS);
      this.#byAddress.set(address, meter);
    }
    const waitMs = meter.take(this.#env.nowMs());
    if (waitMs > 0) throw Denied.forNow('requests of this address', waitMs);
  }
}
