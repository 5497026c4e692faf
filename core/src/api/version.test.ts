import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalContract } from '../wire/describe.ts';
import { authApi, authInternal } from './auth.ts';
import { tailApi } from './tail.ts';
import { protocolFloor, protocolVersion } from './version.ts';

/** One line per version. A released line never changes; a change of the schema is a new version. */
const SCHEMA_HASH: Readonly<Record<number, string>> = {
  1: 'b462000b3548d4259ee374aa9df29ed3b239a641c0a0d7801fa6b37d1400d41f',
};

test('[W6] the schema of the current protocol version is the pinned one', () => {
  const text = [tailApi, authApi, authInternal].map(canonicalContract).join('\n');
  const hash = createHash('sha256').update(text).digest('hex');
  assert.equal(
    hash,
    SCHEMA_HASH[protocolVersion],
    'the schema changed: raise the version or, before its release, pin the new hash',
  );
  assert.ok(protocolFloor <= protocolVersion);
});
