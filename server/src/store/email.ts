/**
 * Who signed in with which e-mail address: what the log of the node does not say in clear, for the users
 * themselves (SPEC E4, E5). An address is found by the label that it has in the log; the account at the
 * provider is kept as a hash, only to notice that it is another one.
 */

import type { Key } from 'copse/internal/base/ids.ts';

export interface EmailRecord {
  /** Key of the user; of the device itself while that has no user. */
  readonly user: Key;
  readonly device: Key;
  /** In its normal form. */
  readonly email: string;
  /** Label in the log, in hex. */
  readonly label: string;
  readonly provider: string;
  readonly method: string;
  /** Hash of issuer and subject, in hex. */
  readonly account: string;
  /** Index of the leaf. */
  readonly statement: number;
  readonly atMs: number;
}

export interface EmailRecords {
  /** Adds it, or replaces that of the same user, device and label. */
  put(record: EmailRecord): Promise<void>;
  /** The newest first. */
  ofUser(user: Key, countMax: number): Promise<readonly EmailRecord[]>;
  /** The newest first. */
  ofLabel(label: string, countMax: number): Promise<readonly EmailRecord[]>;
  remove(record: Pick<EmailRecord, 'user' | 'device' | 'label'>): Promise<void>;
}
