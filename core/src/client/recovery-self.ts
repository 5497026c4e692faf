/** What the recovery of a signed-in user is made of (`recovery-desk.ts`), on her application's side. */

import { Fault } from '../base/fault.ts';
import type { Copse } from './copse.ts';
import type { HomeRemote } from './home-api.ts';
import { Recovery } from './recovery-desk.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export function recoveryOf(copse: Copse, tools: RecoveryTools, home: () => Promise<HomeRemote>): Recovery {
  return new Recovery(tools, () => ({
    url: copse.node.url,
    node: copse.node.key,
    secret: () => copse.secret(),
    pass: async (request) => (await home()).passFacet(request),
    invite: async (id, permissions) => {
      const site = copse.site(id);
      if (site === undefined) throw new Fault('unknown', 'the site has gone again');
      return site.invite({ permissions });
    },
    join: async (link) => (await copse.join(link)).id,
  }));
}
