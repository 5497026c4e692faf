import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { hex, utf8 } from '../base/bytes.ts';
import { keyedMac } from '../crypto/hash.ts';
import { nativeKeyedMac } from './keyed-mac.ts';
import { nativePrimitives } from './primitives.ts';

const secret = new Uint8Array(32).fill(3);

test('[C8] a prepared key makes the same MACs, again and again', () => {
  const prepared = nativeKeyedMac(secret);
  const generic = keyedMac(nativePrimitives(), secret);
  for (const text of ['', 'a', 'b', 'a', 'x'.repeat(300)]) {
    const expected = createHmac('sha256', secret).update(text).digest('hex');
    assert.equal(hex(prepared.mac(utf8(text))), expected);
    assert.equal(hex(generic.mac(utf8(text))), expected);
  }
});
