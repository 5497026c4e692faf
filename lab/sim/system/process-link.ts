/**
 * A link of a process that may die: from then on it hears nothing and says nothing, although the wire under
 * it stays open, as after a power cut. What it sent before is still under way.
 */

import type { Link } from 'copse/internal/link/link.ts';
import type { SimEnv } from '../world.ts';

export function linkOf(env: SimEnv, link: Link): Link {
  return {
    send(message) {
      if (!env.dead) link.send(message);
    },
    listen(events) {
      link.listen({
        onMessage: (message) => {
          if (!env.dead) events.onMessage(message);
        },
        onClose: (fault) => {
          if (!env.dead) events.onClose(fault);
        },
      });
    },
    buffered: () => link.buffered(),
    close(fault) {
      if (!env.dead) link.close(fault);
    },
  };
}
