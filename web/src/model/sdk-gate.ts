/** The SDK as a gate to the node that served this page. Loaded apart from the first page (`gate.ts`). */

import {
  emailProviders,
  enterWithEmail,
  knownAccount,
  lookAtAccount,
  openCopse,
  pairDevice,
  peekInvitation,
  recoverAccount,
  takeUpAccount,
} from 'copse';
import { asFault } from 'copse/internal/base/fault.ts';
import { workWorkerUrl } from '../kit/dom.ts';
import { peerWorker } from './peer-worker.ts';
import type { Gate } from './sdk.ts';

export function sdkGate(url: string): Omit<Gate, 'about'> {
  return {
    async remembers() {
      try {
        return (await knownAccount(url)) !== null;
      } catch (thrown) {
        // What is locked is there; whose it is says itself when it is open.
        if (asFault(thrown).code === 'sealed') return true;
        throw thrown;
      }
    },
    open: (options) => openCopse(url, options),
    emailProviders: () => emailProviders(url),
    enterWithEmail: (options) => enterWithEmail(url, options),
    peek: (link) => peekInvitation(link),
    lookAtAccount: (link) => lookAtAccount(link),
    takeUpAccount: (link, options) => takeUpAccount(link, options),
    pair: () => pairDevice(url),
    push: async () => (await import('./push.ts')).browserPush,
    async neighbourhood(copse) {
      const { openNeighbourhood } = await import('copse/internal/browser/neighbourhood.ts');
      const { url: at, key: node } = copse.node;
      return openNeighbourhood({
        url: at,
        node,
        secret: await copse.secret(),
        worker: peerWorker,
        workWorker: () => new Worker(workWorkerUrl(), { type: 'module' }),
      });
    },
    visit: async () => (await import('./visiting.ts')).visit(url),
    async forgetNeighbourhood(copse) {
      const { forgetNeighbourhood } = await import('copse/internal/browser/neighbourhood.ts');
      await forgetNeighbourhood({ node: copse.node.key, secret: await copse.secret() });
    },
    accountFile: async (copse) => (await import('./account-file-desk.ts')).openAccountFileDesk(copse),
    passkeys: () => import('copse/internal/browser/passkey.ts'),
    async reset() {
      const { resetWith } = await import('copse/internal/client/entering.ts');
      const { browserRuntime } = await import('copse/internal/browser/runtime.ts');
      // The new keys wait apart from those of an account: nobody is signed in before an admin has approved.
      return resetWith(browserRuntime(`${new URL(url).host}/reset`), url, {});
    },
    recover: (options) => recoverAccount(options),
  };
}
