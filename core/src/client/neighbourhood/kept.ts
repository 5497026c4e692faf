/** What the answer to a message means for who has written it. */

import type { Published } from '../../api/peer.ts';
import { Fault, FAULT_CODES } from '../../base/fault.ts';

/** Throws why a message was not taken. */
export function requireKept(answer: Published): void {
  switch (answer.kind) {
    case 'stored':
    case 'known':
      return;
    case 'old':
      throw new Fault('expired', 'older than what is kept for this account: set the clock of this device');
    case 'overtaken':
      throw new Fault('stale', 'a newer one is there, from another device: look again');
    case 'full':
      throw new Fault('full', 'no room in this account: take something back');
    case 'refused':
      throw new Fault(FAULT_CODES.get(answer.fault) ?? 'malformed', answer.why);
  }
}
