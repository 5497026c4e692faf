/** The judge of notifications, with Firefox: of the sources, in a process of its own. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureFirefox } from '../../scripts/firefox.mjs';

const JUDGE = join(import.meta.dirname, '../judge/webpush.ts');
const firefox = ensureFirefox();
const skip = 'reason' in firefox && firefox.reason;

test('[I14] Firefox decrypts, shows and acknowledges what we send', { skip, timeout: 120_000 }, () => {
  const judged = spawnSync(process.execPath, ['--conditions=copse-source', JUDGE], {
    encoding: 'utf8',
    timeout: 110_000,
  });
  assert.equal(judged.status, 0, judged.stdout + judged.stderr);
  assert.match(judged.stdout, /messages to firefox\S*: 15\n\d+ passed, 0 failed\n$/);
});
