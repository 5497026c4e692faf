/** The bounds of the contract of notify fit each other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBytesMax } from '../base/limits.ts';
import { notifyInternal } from './notify.ts';

test('[W3] the largest message of every call of notify fits into a frame', () => {
  for (const [name, { request, answer }] of Object.entries(notifyInternal.calls)) {
    assert.ok(request.bytesMax < frameBytesMax, `${name} takes ${request.bytesMax} bytes`);
    assert.ok(answer.bytesMax < frameBytesMax, name);
  }
});
