/** The SDK as a gate to the node that served this page. Loaded apart from the first page (`gate.ts`). */

import { knownAccount, openCopse, peekInvitation, recoverAccount } from 'copse';
import type { Gate } from './sdk.ts';

export function sdkGate(url: string): Omit<Gate, 'about'> {
  return {
    remembers: async () => (await knownAccount(url)) !== null,
    open: (options) => openCopse(url, options),
    peek: (link) => peekInvitation(link),
    recover: (options) => recoverAccount(options),
  };
}
