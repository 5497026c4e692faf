/** People of the fake node. Ids are fixed, so that their trees are the same in every screenshot. */

import { userId } from 'copse/internal/base/ids.ts';
import type { UserId } from '../model/sdk.ts';

export interface Person {
  readonly user: UserId;
  readonly name: string;
}

const person = (id: string, name: string): Person => ({ user: userId(id), name });

export const ada = person('c7a2ea20b2f14c94', 'Ada Okafor');
export const ben = person('923a736994e3bf91', 'Ben Lindqvist');
export const chiara = person('6513270e269e0d37', 'Chiara Ruggeri');
export const noor = person('1818e811892f902b', 'Noor Haddad');
export const tomas = person('b64ce4228c38fb29', 'Tomás Vega');
export const yuki = person('ae97ba94d0eda82f', 'Yuki Tanaka');
export const wiremu = person('e8e25d940ed90475', 'Wiremu Parata');

/** Has an account, and is in no site yet. */
export const stranger = person('2f6be0c1d7a94e58', 'Sam Adeyemi');

export const everybody: readonly Person[] = [ada, ben, chiara, noor, tomas, yuki, wiremu];
