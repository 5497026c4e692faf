/** The golden vectors of messages of the neighbourhood (SPEC W7, Z1, Z2). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { openMessage, readMessage, signMessage } from 'copse/internal/social/message/message.ts';
import { primitives } from './make/draw.ts';
import { read, unhex } from './read.ts';

interface Stated {
  readonly seed: string;
  readonly signer: string;
  readonly id: string;
  readonly bytes: string;
}

test('[W7, Z1] messages have their bytes and their id', async () => {
  for (const { name, seed, signer, id, bytes } of read<Stated>('peer-messages.json').valid) {
    const message = readMessage(primitives, unhex(bytes));
    assert.equal(await message.isSigned(), true, name);
    assert.equal(hex(message.from), signer, name);
    assert.equal(hex(message.id), id, name);
    const again = await signMessage(primitives, unhex(seed), message);
    assert.equal(hex(again.bytes), bytes, name);
  }
});

test('[W7, Z1, Z2] what is no message is refused as stated', async () => {
  for (const { name, bytes, fault } of read('peer-messages.json').invalid) {
    assert.equal(await faultOf(unhex(bytes)), fault, name);
  }
});

async function faultOf(bytes: Uint8Array): Promise<string> {
  try {
    return (await openMessage(primitives, bytes)) === null ? 'badProof' : 'none';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
}
