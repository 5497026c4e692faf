import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalContract } from '../wire/describe.ts';
import { authApi, authInternal } from './auth.ts';
import { authFacets, tailFacets } from './facets.ts';
import { notifyInternal } from './notify.ts';
import { peerApi } from './peer.ts';
import { tailApi } from './tail.ts';
import { protocolFloor, protocolVersion } from './version.ts';

/** One line per version. A released line never changes; a change of the schema is a new version. */
const SCHEMA_HASH: Readonly<Record<number, string>> = {
  1: 'd3fbd27a1ecdf26e73cd70191e1ece014a73849a189b6fc50e98c8bee3e21a86',
};

test('[W6] the schema of the current protocol version is the pinned one', () => {
  const text = [tailApi, ...tailFacets, authApi, authInternal, ...authFacets, notifyInternal, peerApi]
    .map(canonicalContract)
    .join('\n');
  const hash = createHash('sha256').update(text).digest('hex');
  assert.equal(
    hash,
    SCHEMA_HASH[protocolVersion],
    'the schema changed: raise the version or, before its release, pin the new hash',
  );
  assert.ok(protocolFloor <= protocolVersion);
});
