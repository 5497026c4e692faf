/** The contract of e-mail sign-ins (`server/src/store/email.ts`), for every engine. */

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { EmailRecord, EmailRecords } from '../../server/src/store/email.ts';

export interface EmailEngine {
  readonly name: string;
  readonly open: () => Promise<{ readonly emails: EmailRecords } & AsyncDisposable>;
}

const keyOf = (byte: number): Key => key(new Uint8Array(32).fill(byte));
const ADA = keyOf(1);
const BEA = keyOf(2);
const LABEL = '0a'.repeat(32);

function record(part: Partial<EmailRecord> = {}): EmailRecord {
  return {
    user: ADA,
    device: keyOf(11),
    email: 'ada@example.org',
    label: LABEL,
    provider: 'example',
    method: 'oidc https://id.example',
    account: '0b'.repeat(32),
    statement: 1,
    atMs: 1_800_000_000_000,
    ...part,
  };
}

export function emailStoreSuite({ name, open }: EmailEngine): void {
  test(`[E4] sign-ins are found by user and by label, the newest first (${name})`, async () => {
    await using store = await open();
    const first = record();
    const second = record({ device: keyOf(12), statement: 5 });
    const other = record({ user: BEA, device: keyOf(13), statement: 3 });
    const elsewhere = record({ label: '0c'.repeat(32), email: 'a@b.example', statement: 9 });
    for (const row of [first, second, other, elsewhere]) await store.emails.put(row);
    deepEqual(await store.emails.ofLabel(LABEL, 9), [second, other, first]);
    deepEqual(await store.emails.ofUser(ADA, 9), [elsewhere, second, first]);
    deepEqual(await store.emails.ofUser(ADA, 1), [elsewhere]);
    deepEqual(await store.emails.ofUser(keyOf(3), 9), []);
  });

  test(`[E4] a device that signs in again has one row, and none when it is removed (${name})`, async () => {
    await using store = await open();
    await store.emails.put(record());
    const again = record({ statement: 7, account: '0d'.repeat(32), provider: 'other', atMs: 5 });
    await store.emails.put(again);
    deepEqual(await store.emails.ofUser(ADA, 9), [again]);
    await store.emails.remove(record({ device: keyOf(99) }));
    deepEqual(await store.emails.ofUser(ADA, 9), [again]);
    await store.emails.remove(again);
    deepEqual(await store.emails.ofLabel(LABEL, 9), []);
  });
}
