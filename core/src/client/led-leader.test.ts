import assert from 'node:assert/strict';
import { test } from 'node:test';

import { must } from '../base/assert.ts';
import { concat, fromHex } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { deviceId, logId } from '../base/ids.ts';
import { inFlightCountMax } from '../base/limits.ts';
import type { NackReason } from '../api/tail.ts';
import { encodeEntry, type EntryCursor } from '../wire/entry.ts';
import { deferred } from './deferred.ts';
import { LogLeader, type Question } from './led-leader.ts';
import type { SiteKeys } from './site-keys.ts';

const DEVICE = deviceId('aa'.repeat(8));
const WHO = 7;

const entry = (seq: number): Uint8Array =>
  encodeEntry({
    sealed: false,
    device: must(fromHex(DEVICE), 'an id is hex'),
    epoch: 1,
    seq,
    keyEpoch: 0,
    timeMs: 0,
    payload: new Uint8Array(1),
  });

interface Scene {
  readonly leader: LogLeader;
  /** The node says what it knows of the device: nothing. */
  readonly learn: () => Promise<void>;
  readonly asked: number[];
  readonly declined: string[];
}

function scene(): Scene {
  const asked: number[] = [];
  const declined: string[] = [];
  const known = deferred<{ floor: number; states: readonly { epoch: number; seq: number }[] }>();
  const keys = { epoch: 0, openEntry: (_: unknown, { seq }: EntryCursor) => Uint8Array.of(seq) };
  const leader = new LogLeader(
    {
      env: realEnv(),
      keys: keys as unknown as SiteKeys,
      log: logId('10'.repeat(16)),
      decide: ({ value }: Question) => void asked.push(value[0] ?? 0),
      write() {},
      writers: () => known.promise as never,
      decline: (_, { seq, reason }: { seq: number; reason: NackReason }) =>
        void declined.push(`${seq} ${reason.kind}`),
      renewKeys: () => Promise.resolve(),
      onLost() {},
    },
    { lead: 1, tail: 1 },
  );
  const learn = async (): Promise<void> => {
    known.resolve({ floor: 0, states: [] });
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { leader, learn, asked, declined };
}

test('[V8] while a leader asks for a device nothing that it is handed takes what comes later along', async () => {
  const { leader, learn, asked, declined } = scene();
  leader.handed(WHO, DEVICE, concat(entry(1), entry(2)));
  // The third was refused on its way, so the fourth comes without it, and then both of them.
  leader.handed(WHO, DEVICE, concat(entry(4), entry(5)));
  leader.handed(WHO, DEVICE, concat(entry(3), entry(4)));
  await learn();
  assert.deepEqual(asked, [1, 2, 3, 4]);
  assert.deepEqual(declined, ['4 gap']);
});

test('[V8] who hands in more than a leader holds back is told so', async () => {
  const { leader, learn, asked, declined } = scene();
  leader.handed(WHO, DEVICE, concat(...Array.from({ length: inFlightCountMax + 2 }, (_, i) => entry(i + 1))));
  assert.deepEqual(declined, [`${inFlightCountMax + 1} full`]);
  await learn();
  assert.equal(asked.length, inFlightCountMax);
});
