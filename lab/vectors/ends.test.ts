/** The golden frames at the end of a link: whatever is stated to be wrong ends it, with the stated fault (SPEC W2, W5, W11). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { linkPair } from 'copse/internal/link/link.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { nothing } from 'copse/internal/wire/compound.ts';
import { call, contract } from 'copse/internal/wire/contract.ts';
import { read, unhex } from './read.ts';

const silent = contract({
  name: 'silent',
  doc: 'Never answers.',
  calls: { wait: call(1, 'Waits.', nothing, nothing) },
  casts: {},
  pushes: {},
});

/** Frames that are wrong are wrong for a call that waits for them: its id in the vectors is 7. */
const CALLS = 7;

interface Wrong {
  readonly bytes: string;
  readonly fault: string;
}

test('[W7, W2, W5, W11] frames that are none end the link of a caller and every call on it', async () => {
  for (const { name, bytes, fault } of read<Wrong>('frames.json').invalid) {
    const [here, there] = linkPair();
    const dialed = dial(silent, here, {}, realEnv());
    there.listen({ onMessage: () => {}, onClose: () => {} });
    const calls = Array.from({ length: CALLS }, () => dialed.remote.wait({}));
    const settled = Promise.allSettled(calls);
    there.send(unhex(bytes));
    const ended = await dialed.ended;
    assert.equal(ended?.code, fault, name);
    for (const outcome of await settled) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof Fault, name);
    }
  }
});
