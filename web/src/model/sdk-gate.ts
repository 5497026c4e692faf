/** The SDK as a gate to the node that served this page. Loaded apart from the first page (`gate.ts`). */

import {
  emailProviders,
  enterWithEmail,
  knownAccount,
  openCopse,
  pairDevice,
  peekInvitation,
  recoverAccount,
} from 'copse';
import type { Gate } from './sdk.ts';

export function sdkGate(url: string): Omit<Gate, 'about'> {
  return {
    remembers: async () => (await knownAccount(url)) !== null,
    open: (options) => openCopse(url, options),
    emailProviders: () => emailProviders(url),
    enterWithEmail: (options) => enterWithEmail(url, options),
    peek: (link) => peekInvitation(link),
    pair: () => pairDevice(url),
    recover: (options) => recoverAccount(options),
  };
}
