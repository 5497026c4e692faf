/** How pages come to who reads under a lease: through the node, or from where old entries lie (SPEC B5). */

import type { Page } from '../api/tail.ts';
import type { Handle } from '../base/ids.ts';
import { pageBytesMax, pageCountMax } from '../base/limits.ts';
import type { ColdPages } from './cold-reader.ts';
import type { Run } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';
import type { TailSession } from './tail-session.ts';

/**
 * How a lease reads; `notice` is told of every entry before whoever asked. Far behind the tail it looks for blobs
 * first, and once it has begun, until nothing more is cold (SPEC B5).
 */
export function noticing(
  session: Pick<TailSession, 'remote' | 'facet' | 'options'>,
  { handle, tail }: { readonly handle: Handle; readonly tail: number },
  notice: (run: Run) => void,
): Pick<ReadLease, 'attach' | 'read'> {
  const { remote } = session;
  let cold: Promise<ColdPages> | null = null;
  const noticed = (page: Page): Page => {
    if (page.kind === 'page') notice(page);
    return page;
  };
  return {
    attach: (from) => remote.attach({ handle, from, bytesMax: pageBytesMax }).then(noticed),
    async read(from, bytesMax = pageBytesMax) {
      if (cold !== null || tail - from >= pageCountMax) {
        cold ??= import('./cold-reader.ts').then(({ coldPages }) => coldPages(session, handle, tail));
        const page = await cold.then(
          (pages) => pages(from),
          () => (cold = null),
        );
        if (page !== null) return noticed(page);
      }
      return noticed(await remote.read({ handle, from, bytesMax }));
    },
  };
}
