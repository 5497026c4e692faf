import { equal, ok, throws } from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Fault } from 'copse/internal/base/fault.ts';

import { lockDirectory } from './lock.ts';

const HOLD = `
  import { lockDirectory } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).pathname)};
  globalThis.lock = lockDirectory(process.argv[1]);
  console.log('held');
  setInterval(() => globalThis.lock, 1000);
`;

/** Another process that holds the lock. */
async function holder(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', HOLD, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

function faultOf(directory: string): Fault | null {
  try {
    lockDirectory(directory)[Symbol.dispose]();
    return null;
  } catch (thrown) {
    ok(thrown instanceof Fault, String(thrown));
    return thrown;
  }
}

test('[J7] a second process is told `locked` and who holds the directory, until the first is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-lock-'));
  const child = await holder(directory);
  try {
    const fault = faultOf(directory);
    equal(fault?.code, 'locked');
    ok(fault.detail.includes(`Process ${child.pid} `), fault.detail);
    // Having tried and looked has not loosened anything.
    equal(faultOf(directory)?.code, 'locked');
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  equal(faultOf(directory), null);
  rmSync(directory, { recursive: true });
});

test('[J7] the same process gets a directory once, and again when it was given back', () => {
  const parent = mkdtempSync(join(tmpdir(), 'copse-lock-'));
  const directory = join(parent, 'made', 'on demand');
  {
    using lock = lockDirectory(directory);
    equal(lock.directory, directory);
    throws(() => lockDirectory(directory), { name: 'Fault', code: 'locked' });
  }
  equal(faultOf(directory), null);
  rmSync(parent, { recursive: true });
});
