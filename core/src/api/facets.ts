/**
 * The facets of auth and of the tail (SPEC W14): contracts that their links serve beside `authApi` and
 * `tailApi`, each for one concern and loaded by those who use it. Numbers of calls and pushes are shared by the link: 1 to 31 are the main
 * contract's,
 * each facet has a block of 32.
 */

import type { Contract } from '../wire/contract.ts';
import { accountsApi } from './accounts.ts';
import { attentionApi } from './attention.ts';
import { coldApi } from './cold.ts';
import { devicesApi } from './devices.ts';
import { digestApi } from './digest.ts';
import { emailApi } from './email.ts';
import { keysApi } from './keys.ts';
import { leadApi } from './lead.ts';
import { recoveryApi } from './recovery.ts';
import { rightsApi } from './rights.ts';
import { namesApi } from './names.ts';
import { noticesApi } from './notices.ts';
import { snapshotApi } from './snapshot.ts';

export const authFacets: readonly Contract[] = [
  devicesApi,
  digestApi,
  emailApi,
  keysApi,
  namesApi,
  noticesApi,
  recoveryApi,
  rightsApi,
  accountsApi,
];

export const tailFacets: readonly Contract[] = [leadApi, coldApi, snapshotApi, attentionApi];

/** A session with the objects that answer its facets, by the names of their contracts. */
export interface Faceted {
  readonly facets: Readonly<Record<string, object>>;
}
