/**
 * Coming back to a tail with the secret of the token (SPEC A17). Loaded when a connection stands: the first one is
 * signed, and the secret is asked for then and never kept.
 */

import { asFault, Fault } from '../base/fault.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import type { TailRemote } from '../api/tail.ts';
import { keyedMac } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { resumeMac } from '../crypto/token-secret.ts';

/** What a request to connect shows beside its proof. */
export type Shown = Omit<Parameters<TailRemote['connect']>[0], 'proof'>;
type Welcome = Awaited<ReturnType<TailRemote['connect']>>;

export interface Resumption {
  readonly token: Uint8Array;
  connect(
    remote: TailRemote,
    hello: Pick<Parameters<typeof resumeMac>[1], 'nonce' | 'node'>,
    shown: Shown,
  ): Promise<Welcome>;
}

/** The only shard there is; the shard map will name more. */
const SHARD = 0;

export async function resumption(
  primitives: Primitives,
  auth: AuthBasics,
  token: Uint8Array,
): Promise<Resumption> {
  const answer = await auth.exchange({ shard: SHARD, token });
  // The answer is a view into a message.
  const secret = keyedMac(primitives, answer.secret.slice());
  return {
    token,
    async connect(remote, { nonce, node }, shown) {
      try {
        return await remote.resume({ ...shown, mac: resumeMac(secret, { nonce, node, token }) });
      } catch (thrown) {
        // Never the end: with a new token the device signs.
        const fault = asFault(thrown);
        throw fault.code === 'badProof' ? new Fault('unauthorized', 'the secret of the token') : fault;
      }
    },
  };
}
