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
import { routeOf, STREET } from '../logic/route.ts';
import type { Copse, Gate } from './sdk.ts';
import type { Neighbourhood } from './sdk-street.ts';

interface Ahead {
  readonly copse: Copse;
  readonly place: Promise<Neighbourhood>;
}

/** The messages are opened while the house is built around them. */
let ahead: Ahead | null = null;

function openedAhead(copse: Copse): Ahead {
  const place = placeOf(copse);
  // Whoever asks for it is told.
  place.catch(() => {});
  return { copse, place };
}

async function placeOf(copse: Copse): Promise<Neighbourhood> {
  const { openNeighbourhood } = await import('../street-part.ts');
  const { url, key: node } = copse.node;
  return openNeighbourhood({
    url,
    node,
    secret: await copse.secret(),
    worker: peerWorker,
    workWorker: () => new Worker(workWorkerUrl(), { type: 'module' }),
  });
}

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
    async open(options) {
      const copse = await openCopse(url, options);
      if (STREET.includes(routeOf(location.hash).room)) ahead = openedAhead(copse);
      return copse;
    },
    emailProviders: () => emailProviders(url),
    enterWithEmail: (options) => enterWithEmail(url, options),
    peek: (link) => peekInvitation(link),
    lookAtAccount: (link) => lookAtAccount(link),
    takeUpAccount: (link, options) => takeUpAccount(link, options),
    pair: () => pairDevice(url),
    push: async () => (await import('./push.ts')).browserPush,
    neighbourhood(copse) {
      const opened = ahead?.copse === copse ? ahead.place : placeOf(copse);
      ahead = null;
      return opened;
    },
    visit: async () => (await import('./visiting.ts')).visit(url),
    async forgetNeighbourhood(copse) {
      const { forgetNeighbourhood } = await import('../street-part.ts');
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
