/** What the rights of a signed-in user are made of (`rights-desk.ts`), on her application's side. */

import type { HomeRemote } from './home-api.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import { RightsDesk } from './rights-desk.ts';

export function rightsOf({ env, primitives }: RecoveryTools, home: () => Promise<HomeRemote>): RightsDesk {
  return new RightsDesk({
    env,
    primitives,
    secret: async () => (await home()).secret({}),
    pass: async (request) => (await home()).passFacet(request),
    tagsOf: async (site, name) => (await home()).tagsOf({ site, name }),
    keepProof: async (proof) => (await home()).keepProof({ proof }),
    proofs: async (forget) => (await home()).proofs({ forget }),
  });
}
