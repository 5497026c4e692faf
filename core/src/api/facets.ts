/**
 * The facets of auth (SPEC W14): contracts that its link serves beside `authApi`, each for one concern and
 * loaded by those who use it. Numbers of calls and pushes are shared by the link: 1 to 31 are `authApi`'s,
 * each facet has a block of 32.
 */

import type { Contract } from '../wire/contract.ts';
import { devicesApi } from './devices.ts';
import { emailApi } from './email.ts';
import { keysApi } from './keys.ts';
import { recoveryApi } from './recovery.ts';
import { rightsApi } from './rights.ts';
import { namesApi } from './names.ts';

export const authFacets: readonly Contract[] = [
  devicesApi,
  emailApi,
  keysApi,
  namesApi,
  recoveryApi,
  rightsApi,
];

/** A session with the objects that answer its facets, by the names of their contracts. */
export interface Faceted {
  readonly facets: Readonly<Record<string, object>>;
}
