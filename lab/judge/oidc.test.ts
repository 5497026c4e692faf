import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('[E1, E2, E3] the judge finds nothing against signing in with a certified provider', () => {
  const judge = join(import.meta.dirname, 'oidc.ts');
  const ran = spawnSync(process.execPath, ['--conditions=copse-source', judge], { encoding: 'utf8' });
  const last = ran.stdout.trimEnd().split('\n').at(-1) ?? '';
  assert.match(last, /^\d{3} passed, 0 failed$/u, ran.stdout + ran.stderr);
  assert.equal(ran.status, 0);
});
