/**
 * The log of the node over plain HTTP (SPEC M13): checkpoint, tiles and bundles of C2SP tlog-tiles, read-only and
 * for everybody. What is under a tile's path never changes, so whoever stands in between may keep it for ever.
 */

import { addressGroup } from '../auth/rates.ts';
import type { PublicLog } from '../auth/public-log.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { addressesMeteredMax, logRequestsBurst, logRequestsPerSecond } from 'copse/internal/base/limits.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { readTilePath } from 'copse/internal/transparency/tile.ts';

const PREFIX = '/log/';
const TILES = '/log/tile/';
const TEXT = 'text/plain; charset=utf-8';
/** A year: what standards call long. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Mutable, and never older than a batch or two. */
const A_MOMENT = 'public, max-age=1';
/** Public facts only, so pages of any origin may read them. */
const FOR_ALL = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

export interface LogPagesOptions {
  readonly log: PublicLog;
  readonly env: Env;
  /** Headers that every answer of the node carries. */
  readonly headers: Readonly<Record<string, string>>;
}

export class LogPages {
  readonly #options: LogPagesOptions;
  readonly #meterByAddress = new Cache<string, Meter>(addressesMeteredMax);

  constructor(options: LogPagesOptions) {
    this.#options = options;
  }

  static answers(path: string): boolean {
    return path.startsWith(PREFIX);
  }

  /** The answer to a GET or HEAD of a path that begins with `/log/`. */
  async answer(request: Request, path: string, address: string): Promise<Response> {
    const waitMs = this.#meter(address).take(this.#options.env.nowMs());
    if (waitMs > 0) {
      return this.#say(429, 'Too many requests for the log.', {
        'retry-after': String(Math.ceil(waitMs / 1000)),
      });
    }
    const { log } = this.#options;
    if (path === `${PREFIX}checkpoint`) return this.#note(log.checkpoint());
    if (path === `${PREFIX}witnessed`) return this.#note(await log.witnessed());
    const name = path.startsWith(TILES) ? readTilePath(path.slice(TILES.length)) : null;
    const tile = name === null ? null : await log.tile(name);
    if (tile === null) return this.#say(404, 'The log has no such tile.');
    return this.#tile(request, tile, name?.level === 'entries');
  }

  #meter(address: string): Meter {
    const group = addressGroup(address);
    let meter = this.#meterByAddress.get(group);
    if (meter === undefined) {
      meter = new Meter(logRequestsPerSecond, logRequestsBurst);
      this.#meterByAddress.set(group, meter);
    }
    return meter;
  }

  #note(note: string | null): Response {
    if (note === null) return this.#say(404, 'Nobody has cosigned a checkpoint yet.');
    return this.#respond(note, { 'content-type': TEXT, 'cache-control': A_MOMENT });
  }

  /** Entries shrink to a third; hashes do not shrink. */
  #tile(request: Request, tile: Uint8Array, isEntries: boolean): Response {
    const headers = { 'content-type': 'application/octet-stream', 'cache-control': FOR_EVER };
    const bytes = new Uint8Array(tile);
    if (!isEntries) return this.#respond(bytes, headers);
    const wantsGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    const varied = { ...headers, vary: 'accept-encoding' };
    if (!wantsGzip) return this.#respond(bytes, varied);
    return this.#respond(Bun.gzipSync(bytes), { ...varied, 'content-encoding': 'gzip' });
  }

  #respond(body: BodyInit, headers: Readonly<Record<string, string>>): Response {
    return new Response(body, { headers: { ...this.#options.headers, ...FOR_ALL, ...headers } });
  }

  #say(status: number, words: string, headers: Readonly<Record<string, string>> = {}): Response {
    const common = {
      ...this.#options.headers,
      ...FOR_ALL,
      'content-type': TEXT,
      'cache-control': 'no-store',
    };
    return new Response(`${words}\n`, { status, headers: { ...common, ...headers } });
  }
}
