/**
 * Removing a member by MLS (RFC 9420, `ts-mls`): the commit by one member of a group that was made by adding
 * everybody at once. Its tree is blank but for the maker's path, so the first commits seal to each member, as
 * ours do; where all have committed since, a removal costs a logarithm of them.
 */

import {
  createCommit,
  createGroup,
  defaultCapabilities,
  defaultLifetime,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type ClientState,
  type Proposal,
} from 'ts-mls';
import { utf8 } from 'copse/internal/base/bytes.ts';

const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';

export interface Removals {
  /** Milliseconds of each. */
  readonly ms: readonly number[];
}

export async function mlsRemovals(members: number, runs: number): Promise<Removals> {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  const packageOf = (name: string) => {
    const credential = { credentialType: 'basic', identity: utf8(name) } as const;
    return generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], suite);
  };
  const own = await packageOf('Ada');
  let state: ClientState = await createGroup(utf8('group'), own.publicPackage, own.privatePackage, [], suite);
  const adds: Proposal[] = [];
  for (let n = 1; n < members; n++) {
    const { publicPackage } = await packageOf(`member ${n}`);
    adds.push({ proposalType: 'add', add: { keyPackage: publicPackage } });
  }
  const commit = async (extraProposals: Proposal[]): Promise<void> => {
    state = (await createCommit({ state, cipherSuite: suite }, { extraProposals })).newState;
  };
  await commit(adds);
  const ms: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const beganMs = performance.now();
    await commit([{ proposalType: 'remove', remove: { removed: members - run } }]);
    ms.push(performance.now() - beganMs);
  }
  return { ms };
}
