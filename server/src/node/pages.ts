/**
 * What the node answers over plain HTTP: the web app under a strict policy, and what operators and
 * clients ask before they connect (SPEC N3, N4).
 */

import type { Env } from 'copse/internal/base/env.ts';
import type { PublicLog } from '../auth/public-log.ts';
import type { Asset, Assets } from './assets.ts';
import { DigestPages, type DigestPagesOptions } from './digest-pages.ts';
import { LogPages } from './log-pages.ts';
import { OidcPages, type OidcPagesOptions } from './oidc-pages.ts';
import { prometheus, type Figure } from './metrics.ts';
import { contentSecurityPolicy, wasmSecurityPolicy } from './policy.ts';
import { StreetPages, type StreetPagesOptions } from './street-pages.ts';

const SAFE_HEADERS = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
} as const;

/** A year: what standards call long. */
const YEAR_S = 31_536_000;

type Headers = Readonly<Record<string, string>>;

export interface PagesOptions {
  readonly assets: Assets | null;
  /** Body of `/node.json`. */
  readonly node: () => object;
  /** Null when ready, else what is not. */
  readonly notReady: () => string | null;
  readonly figures: () => readonly Figure[];
  /** Whether `/metrics` is answered on this listener. */
  readonly metrics: boolean;
  readonly secure: boolean;
  /** The log of the node, where there is one to show. */
  readonly log?: { readonly log: PublicLog; readonly env: Env };
  /** Where e-mail providers send browsers back to. */
  readonly oidc?: Omit<OidcPagesOptions, 'headers'>;
  /** Where links of digests lead. */
  readonly digest?: Omit<DigestPagesOptions, 'headers'>;
  /** What everybody may read of the neighbourhood. */
  readonly street?: Omit<StreetPagesOptions, 'headers'>;
}

export class Pages {
  readonly #options: PagesOptions;
  readonly #headers: Headers;
  readonly #log: LogPages | null;
  readonly #oidc: OidcPages | null;
  readonly #digest: DigestPages | null;
  readonly #street: StreetPages | null;

  constructor(options: PagesOptions) {
    this.#options = options;
    this.#headers = options.secure
      ? { ...SAFE_HEADERS, 'strict-transport-security': `max-age=${YEAR_S}` }
      : SAFE_HEADERS;
    this.#log = options.log === undefined ? null : new LogPages({ ...options.log, headers: this.#headers });
    this.#oidc =
      options.oidc === undefined ? null : new OidcPages({ ...options.oidc, headers: this.#headers });
    this.#digest =
      options.digest === undefined ? null : new DigestPages({ ...options.digest, headers: this.#headers });
    this.#street =
      options.street === undefined ? null : new StreetPages({ ...options.street, headers: this.#headers });
  }

  answer(request: Request, path: string, address = ''): Response | Promise<Response> {
    if (this.#digest !== null && DigestPages.answers(path)) return this.#digest.answer(request, path);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return this.#plain(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    if (this.#log !== null && LogPages.answers(path)) return this.#log.answer(request, path, address);
    if (this.#street !== null && StreetPages.answers(path))
      return this.#street.answer(request, path, address);
    if (this.#oidc !== null && OidcPages.answers(path)) return this.#oidc.answer(request, path);
    switch (path) {
      case '/healthz':
        return this.#plain(200, 'ok');
      case '/readyz': {
        const why = this.#options.notReady();
        return why === null ? this.#plain(200, 'ready') : this.#plain(503, why);
      }
      case '/metrics':
        if (!this.#options.metrics) return this.#plain(404, 'No such page.');
        return this.#plain(200, prometheus(this.#options.figures()).trimEnd(), {
          'content-type': 'text/plain; version=0.0.4',
        });
      case '/node.json':
        // Public facts only, so an application on another origin may ask whom it is about to meet.
        return this.#plain(200, JSON.stringify(this.#options.node()), {
          'content-type': 'application/json',
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
        });
      default:
        return this.#file(request, path);
    }
  }

  /** What is not a page. */
  refuse(status: number, body: string, headers: Headers = {}): Response {
    return this.#plain(status, body, headers);
  }

  #file(request: Request, path: string): Response | Promise<Response> {
    const { assets } = this.#options;
    if (assets === null && path === '/')
      return this.#plain(200, 'This node runs without the web app. Build it with `npm run build`.');
    const asset = assets?.get(path) ?? null;
    if (asset === null) return this.#plain(404, 'No such page.');
    const headers = {
      ...this.#headers,
      ...(asset.runsWasm ? { 'content-security-policy': wasmSecurityPolicy } : {}),
      'content-type': asset.type,
      'cache-control': asset.immutable ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
      etag: asset.etag,
      vary: 'accept-encoding',
    };
    if (isKnown(request.headers.get('if-none-match'), asset.etag))
      return new Response(null, { status: 304, headers });
    const wantsGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    return bodyOf(asset, wantsGzip, headers);
  }

  #plain(status: number, body: string, headers: Headers = {}): Response {
    return new Response(`${body}\n`, {
      status,
      headers: {
        ...this.#headers,
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        ...headers,
      },
    });
  }
}

async function bodyOf(asset: Asset, wantsGzip: boolean, headers: Headers): Promise<Response> {
  const packed = wantsGzip ? await asset.gzipped() : null;
  if (packed === null) return new Response(await asset.plain(), { headers });
  return new Response(packed, { headers: { ...headers, 'content-encoding': 'gzip' } });
}

/** Whether the caller has the file already (RFC 9110 section 13.1.2, by weak comparison). */
function isKnown(held: string | null, etag: string): boolean {
  if (held === null) return false;
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '');
  return held.trim() === '*' || held.split(',').some((tag) => bare(tag) === bare(etag));
}
