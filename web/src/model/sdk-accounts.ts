/** The part of the SDK about the people of a node (`sdk.ts`). */

import type { Accounts as SdkAccounts } from 'copse/internal/client/accounts.ts';

export type { AccountOffer } from 'copse/internal/client/account-look.ts';
export type {
  AccountBranch,
  AccountRow,
  AccountTree,
  AuditRow,
  LetInOptions,
  MyAccount,
  RemovalPreview,
  RemoveOptions,
} from 'copse/internal/client/accounts.ts';

/** The people of the node, as this user sees and does it. */
export type Accounts = Pick<
  SdkAccounts,
  | 'me'
  | 'below'
  | 'tree'
  | 'invite'
  | 'give'
  | 'takeBack'
  | 'rename'
  | 'preview'
  | 'remove'
  | 'restore'
  | 'audit'
  | 'trail'
  | 'fate'
>;
