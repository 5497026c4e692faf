/** The judge of notifications, where there is a Firefox to ask: of the sources, in a process of its own. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const JUDGE = join(import.meta.dirname, '../judge/webpush.ts');
const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];
const skip = FIREFOX.some((path) => existsSync(path)) ? false : 'there is no Firefox; the judge installs it';

test('[I14] Firefox decrypts, shows and acknowledges what we send', { skip, timeout: 120_000 }, () => {
  const judged = spawnSync(process.execPath, ['--conditions=copse-source', JUDGE], {
    encoding: 'utf8',
    timeout: 110_000,
  });
  assert.equal(judged.status, 0, judged.stdout + judged.stderr);
  assert.match(judged.stdout, /messages to firefox\S*: 15\n\d+ passed, 0 failed\n$/);
});
