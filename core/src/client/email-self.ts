/** What the e-mail addresses of a signed-in user are made of (`email.ts`), on her application's side. */

import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { deviceIdOf } from '../crypto/hash.ts';
import type { Copse } from './copse.ts';
import { Emails } from './email.ts';
import type { Carry } from './facet-tunnel.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export function emailsOf(copse: Copse, { env, primitives }: RecoveryTools, pass: Carry): Emails {
  return new Emails({
    env,
    primitives,
    node: copse.node.key,
    pass,
    secret: () => copse.secret(),
    names: () => copse.names(),
    async deviceKey(): Promise<Key> {
      const row = (await copse.devices()).find(({ device }) => device === copse.device);
      const own = row === undefined ? null : key(row.key.slice());
      // The list is the node's; the id is the device's own.
      if (own === null || deviceIdOf(primitives, own) !== copse.device)
        throw new Fault('badProof', 'The node shows another key for this device.');
      return own;
    },
  });
}
