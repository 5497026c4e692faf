/** The people of the node on an application's own connection. */

import { accountsApi } from '../api/accounts.ts';
import { asStranger, fateOf } from './account-look.ts';
import { Accounts } from './accounts.ts';
import type { Copse } from './copse.ts';
import { tunnelled, type Carry } from './facet-tunnel.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export function accountsOf(copse: Copse, tools: RecoveryTools, pass: Carry): Accounts {
  const { env, primitives } = tools;
  const { url, key: node } = copse.node;
  const remote = tunnelled(accountsApi, pass);
  return new Accounts({
    env,
    primitives,
    url,
    node,
    remote,
    secret: () => copse.secret(),
    fate: (seed) => fateOf(tools, { origin: url, node, seed }),
    replace: (operation, seed) =>
      asStranger(tools, { origin: url, node, seed }, async (other) => {
        await other.replace({ operation });
      }),
  });
}
