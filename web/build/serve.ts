/** Serves built files on loopback under the policy of the node, for `web/dev.ts` and the browser tests. */

import { contentSecurityPolicy, wasmSecurityPolicy } from '../../server/src/node/policy.ts';
import type { Asset } from './bundle.ts';

const HEADERS = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

export interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

/** `assets` is asked at every request, so that a changed source shows at the next reload. */
export function serve(assets: () => Promise<readonly Asset[]>, port = 0): Served {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const path = pathname === '/' ? 'index.html' : pathname.slice(1);
      const asset = (await assets()).find((candidate) => candidate.path === path);
      if (asset === undefined) return new Response('No such file.\n', { status: 404, headers: HEADERS });
      return new Response(new Uint8Array(asset.bytes), {
        headers: {
          ...HEADERS,
          ...(asset.runsWasm ? { 'content-security-policy': wasmSecurityPolicy } : {}),
          'content-type': asset.type,
        },
      });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}
