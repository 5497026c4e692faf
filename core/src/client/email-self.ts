/** What the e-mail addresses of a signed-in user are made of (`email.ts`), on her application's side. */

import type { Copse } from './copse.ts';
import { Emails } from './email.ts';
import type { HomeRemote } from './home-api.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export function emailsOf(
  copse: Copse,
  { env, primitives }: RecoveryTools,
  home: () => Promise<HomeRemote>,
): Emails {
  return new Emails({
    env,
    primitives,
    node: copse.node.key,
    pass: async (request) => (await home()).passFacet(request),
    handing: async () => (await home()).handing({}),
    names: () => copse.names(),
  });
}
