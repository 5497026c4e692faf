/** The objects that answer the facets of a session, by the names of their contracts (`api/facets.ts`). */

import { AccountsFacet } from './accounts-facet.ts';
import { DevicesFacet } from './devices-facet.ts';
import { DigestFacet } from './digest-facet.ts';
import { EmailFacet } from './email-facet.ts';
import type { Gate } from './gate.ts';
import { KeysFacet } from './keys-facet.ts';
import { NamesFacet } from './names-facet.ts';
import { NoticesFacet } from './notices-facet.ts';
import { RightsFacet } from './rights-facet.ts';
import { RecoveryFacet } from './recovery.ts';

export function facetsOf(gate: Gate): Readonly<Record<string, object>> {
  return {
    accounts: new AccountsFacet(gate),
    devices: new DevicesFacet(gate),
    digest: new DigestFacet(gate),
    email: new EmailFacet(gate),
    keys: new KeysFacet(gate),
    names: new NamesFacet(gate),
    notices: new NoticesFacet(gate),
    rights: new RightsFacet(gate),
    recovery: new RecoveryFacet(gate),
  };
}
