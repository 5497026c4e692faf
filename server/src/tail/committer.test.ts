import assert from 'node:assert/strict';
import { test } from 'node:test';

import { concat, fromHex } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, logId, siteId } from 'copse/internal/base/ids.ts';
import { commitBytesMax } from 'copse/internal/base/limits.ts';
import { newLog, type Batch } from 'copse/internal/log/batch.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import { Committer } from './committer.ts';
import { settled } from './testing/fake-env.ts';

interface Pending {
  readonly batch: Batch<string>;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

function scene() {
  const pending: Pending[] = [];
  const events: string[] = [];
  const committer = new Committer<string>({
    commit: (batch) =>
      new Promise((resolve, reject) => {
        pending.push({ batch, resolve, reject });
      }),
    soon: setImmediate,
    onCommitted: (batch) => void events.push(`committed ${batch.settled.map(({ who }) => who).join(' ')}`),
    onFailed: (lost, fault) =>
      void events.push(`${fault.code} ${lost.settled.map(({ who }) => who).join(' ')}`),
    onBroken: () => void events.push('broken'),
  });
  const log = newLog(1, siteId(''), logId(''));
  const device = deviceId('ab'.repeat(8));
  const deviceBytes = must(fromHex(device), 'an id is hex');
  const entry = (seq: number, size: number): Uint8Array =>
    encodeEntry({
      sealed: false,
      device: deviceBytes,
      epoch: 1,
      seq,
      keyEpoch: 0,
      timeMs: 0,
      payload: new Uint8Array(size),
    });
  const offer = (who: string, seqs: readonly number[], size = 4): void => {
    const cursor = new EntryCursor(concat(...seqs.map((seq) => entry(seq, size))));
    committer.offer({ who, log, device, deviceBytes, at: null, keyEpoch: 0, cursor });
  };
  return { committer, pending, events, offer, log };
}

test('[L3] commits that finish in another order are told in the order of their batches', async () => {
  const { pending, events, offer, log } = scene();
  offer('a', [1]);
  await settled();
  offer('b', [2]);
  await settled();
  offer('c', [3]);
  await settled();
  assert.equal(pending.length, 2);
  pending[1]!.resolve();
  await settled();
  assert.deepEqual([events, log.durable], [[], 1]);
  pending[0]!.resolve();
  await settled();
  assert.deepEqual([events, log.durable], [['committed a', 'committed b'], 3]);
  assert.equal(pending.length, 3);
});

test('[L3] an answer to a known entry waits for what was before it, and needs no commit', async () => {
  const { committer, pending, events, offer } = scene();
  offer('a', [1]);
  await settled();
  offer('again', [1]);
  await settled();
  assert.deepEqual([pending.length, events], [1, []]);
  const idle = committer.idle();
  pending[0]!.resolve();
  await idle;
  assert.deepEqual(events, ['committed a', 'committed again']);
  offer('later', [1]);
  await committer.idle();
  assert.deepEqual([pending.length, events.at(-1)], [1, 'committed later']);
});

test('[J4] after a failure nothing is told or written until all that was under way is known', async () => {
  const { committer, pending, events, offer, log } = scene();
  offer('a', [1]);
  await settled();
  offer('b', [2]);
  await settled();
  offer('c', [3]);
  pending[0]!.reject(new Fault('full'));
  await settled();
  assert.deepEqual([events, pending.length], [[], 2]);
  pending[1]!.reject(new Fault('full'));
  await settled();
  assert.deepEqual([events, log.tail], [['full a b c'], 1]);
  offer('d', [1]);
  await settled();
  pending[2]!.resolve();
  await committer.idle();
  assert.deepEqual([events.at(-1), log.durable, committer.failureCount], ['committed d', 2, 1]);
});

test('[J1] a commit behind a failed one that claims to be written stops the shard', async () => {
  const { pending, events, offer } = scene();
  offer('a', [1]);
  await settled();
  offer('b', [2]);
  await settled();
  pending[0]!.reject(new Fault('internal'));
  pending[1]!.resolve();
  await settled();
  assert.deepEqual(events, ['broken']);
});

test('[G2] while the disk is slow batches are closed at the size of a commit', async () => {
  const { committer, pending, offer } = scene();
  for (let seq = 1; seq <= 100; seq++) offer('a', [seq], 60_000);
  const idle = committer.idle();
  for (let i = 0; i < 40; i++) {
    await settled();
    for (const { resolve } of pending) resolve();
  }
  await idle;
  assert.ok(pending.length > 8);
  for (const { batch } of pending) assert.ok(batch.bytes <= commitBytesMax, `${batch.bytes} bytes`);
});
