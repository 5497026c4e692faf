/** For the judge of proofs of possession: a fresh node as a process of its own, and devices that have users. */

import { MemoryKeep, openCopse } from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { permissionsAll } from 'copse/internal/capability/policy.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { deviceIdOf } from 'copse/internal/crypto/hash.ts';
import { scratch } from '../e2e/support/garden.ts';
import { startNode } from '../e2e/support/node.ts';
import { primitives, type Pair } from '../suites/people.ts';
import { program } from './published.ts';

const HOUR_MS = 3_600_000;
const env = realEnv();

/** A device that nobody has met, with a blessing of the user. */
export interface Blessed {
  readonly device: Pair;
  readonly deviceId: string;
  /** As a call has it: base64url. */
  readonly blessing: string;
}

export interface DpopStage extends AsyncDisposable {
  readonly url: string;
  bless(): Promise<Blessed>;
}

export async function dpopStage(): Promise<DpopStage> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await scratch());
  const node = owned.use(await startNode(`${folder.path}/data`, [], must(program.at(-1), 'a path')));
  const secret = env.random(32);
  // Only to make the account; what is judged goes over HTTP.
  const copse = await openCopse(node.setup, { secret, keep: new MemoryKeep() });
  await copse[Symbol.asyncDispose]();
  const user = await userKeysOf(primitives, secret);
  const kept = owned.move();
  let serial = Date.now();
  return {
    url: node.url,
    async bless() {
      const seed = env.random(32);
      const device = { seed, key: key(await primitives.ed25519PublicKey(seed)) };
      const issuedMs = env.wallMs();
      const bytes = await bless(primitives, user.sign.seed, {
        device: device.key,
        audience: '*',
        scope: permissionsAll,
        issuedMs,
        expiresMs: issuedMs + HOUR_MS,
        serial: serial++,
      });
      return { device, deviceId: deviceIdOf(primitives, device.key), blessing: base64url(bytes) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const freshGuid = (): string => base64url(env.random(16));
export const seedHex = ({ device }: Blessed): string => hex(device.seed);
