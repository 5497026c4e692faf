/** Many small questions of one turn of the page become one; what fails is asked again by who asks next. */

import { peerPageRowsMax } from 'copse/internal/base/limits-peer.ts';

export function gathered(ask: (names: readonly string[]) => Promise<void>): (name: string) => void {
  const waiting = new Set<string>();
  const go = async (): Promise<void> => {
    const names = [...waiting];
    waiting.clear();
    for (let from = 0; from < names.length; from += peerPageRowsMax)
      await ask(names.slice(from, from + peerPageRowsMax));
  };
  return (name) => {
    // Without an answer the page shows what it has; the line of the connection says why.
    if (waiting.size === 0) setTimeout(() => void go().catch(() => {}), 0);
    waiting.add(name);
  };
}
