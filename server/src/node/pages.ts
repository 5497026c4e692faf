/**
 * What the node answers over plain HTTP: the web app under a strict policy, and what operators and
 * clients ask before they connect (SPEC N3, N4).
 */

import type { Assets } from './assets.ts';
import { prometheus, type Figure } from './metrics.ts';

/** No inline code, no foreign code, no framing; Trusted Types keep markup out of the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const SAFE_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
} as const;

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
}

export class Pages {
  readonly #options: PagesOptions;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: PagesOptions) {
    this.#options = options;
    this.#headers = options.secure
      ? { ...SAFE_HEADERS, 'strict-transport-security': 'max-age=31536000' }
      : SAFE_HEADERS;
  }

  answer(request: Request, path: string): Response {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return this.#plain(405, 'Only GET.', { allow: 'GET, HEAD' });
    switch (path) {
      case '/healthz':
        return this.#plain(200, 'ok');
      case '/readyz': {
        const why = this.#options.notReady();
        return why === null ? this.#plain(200, 'ready') : this.#plain(503, why);
      }
      case '/metrics':
        if (!this.#options.metrics) return this.#plain(404, 'No such page.');
        return this.#plain(200, prometheus(this.#options.figures()), {
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

  /** Rooms of the app have addresses of their own: what has no file extension is the app. */
  #file(request: Request, path: string): Response {
    const { assets } = this.#options;
    if (assets === null)
      return this.#plain(200, 'This node runs without the web app. Build it with `npm run build`.');
    const asset = assets.get(path) ?? (path.includes('.') ? null : assets.get('/'));
    if (asset === null) return this.#plain(404, 'No such page.');
    if (request.headers.get('if-none-match') === asset.etag) {
      return new Response(null, { status: 304, headers: { ...this.#headers, etag: asset.etag } });
    }
    return new Response(asset.body, {
      headers: {
        ...this.#headers,
        'content-type': asset.type,
        'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        etag: asset.etag,
      },
    });
  }

  #plain(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Response {
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
