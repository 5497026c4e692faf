import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv, type Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key } from '../base/ids.ts';
import type { AccountsRemote } from '../api/accounts.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { AUDIT_GENESIS, auditHash } from '../social/accounts/audit.ts';
import { signOperation, type Act } from '../social/accounts/operation.ts';
import { isOf, trailOf } from './account-trail.ts';

const primitives = nativePrimitives();
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const keyOf = async (fill: number) => key(await primitives.ed25519PublicKey(seed(fill)));
const [node, ada, bea] = [await keyOf(1), await keyOf(2), await keyOf(3)];

type Page = Awaited<ReturnType<AccountsRemote['audit']>>;

async function rowOf(number: number, act: Act & { kind: 'give' | 'name' }): Promise<Page['rows'][number]> {
  const signing = { node, random: new Uint8Array(16).fill(number), atMs: number };
  const operation = await signOperation(primitives, seed(2), signing, act);
  const hash = auditHash(primitives, AUDIT_GENESIS, { number, atMs: number, bytes: operation });
  return {
    number,
    atMs: number,
    kind: act.kind,
    operation,
    prev: AUDIT_GENESIS,
    hash,
    actor: '',
    target: '',
  };
}

test('[Z100] the trail is told whole, without what does not hold, and with a pause when the node has had enough', async () => {
  const good = await rowOf(3, { kind: 'give', to: bea, count: 1 });
  const spoilt = { ...(await rowOf(2, { kind: 'give', to: bea, count: 1 })), hash: new Uint8Array(32) };
  const last = await rowOf(1, { kind: 'name', target: bea, name: 'Bea' });
  const head = { number: 3, hash: good.hash };
  const pages: (Page | Fault)[] = [
    { rows: [good, spoilt], next: 2, head },
    new Fault('tooMany'),
    { rows: [last], next: null, head },
  ];
  const asked: number[] = [];
  const remote: Pick<AccountsRemote, 'audit'> = {
    async audit({ before }) {
      asked.push(before);
      const page = pages.shift();
      if (page === undefined || page instanceof Fault) throw page ?? new Fault('internal');
      return page;
    },
  };
  const waited: number[] = [];
  const env: Env = {
    ...realEnv(),
    after(ms, task) {
      waited.push(ms);
      queueMicrotask(task);
      return { cancel() {} };
    },
  };
  const rows = await Array.fromAsync(trailOf({ env, primitives, remote }));
  assert.deepEqual(
    rows.map(({ number }) => number),
    [3, 1],
  );
  assert.deepEqual(asked, [0, 2, 2]);
  assert.deepEqual(waited, [1_000]);
  const [first] = rows;
  assert.ok(first !== undefined);
  assert.deepEqual(
    [ada, bea, node].map((each) => isOf(first.operation, each)),
    [true, true, false],
  );
});
