import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { nodeSeed } from './node-key.ts';

function withDirectory(task: (directory: string, path: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'copse-key-'));
  try {
    task(directory, join(directory, 'node.key'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('[G6] the key of a node is made once and only its user can read it', () => {
  withDirectory((directory, path) => {
    const seed = nodeSeed(directory, realEnv());
    assert.equal(seed.length, 32);
    assert.equal(modeOf(path), '600');
    assert.equal(hex(nodeSeed(directory, realEnv())), hex(seed));
    assert.equal(readFileSync(path, 'utf8'), `${base64url(seed)}\n`);
    assert.equal(existsSync(`${path}.new`), false);
  });
});

test('[G6] a key that others could read is closed again', () => {
  withDirectory((directory, path) => {
    const seed = nodeSeed(directory, realEnv());
    chmodSync(path, 0o644);
    assert.equal(hex(nodeSeed(directory, realEnv())), hex(seed));
    assert.equal(modeOf(path), '600');
  });
});

test('[G6] what a start that was cut off left behind is replaced, not read', () => {
  withDirectory((directory, path) => {
    writeFileSync(`${path}.new`, 'half', { mode: 0o644 });
    nodeSeed(directory, realEnv());
    assert.equal(modeOf(path), '600');
  });
});

test('[J10] a file that is no key is named and left as it is, and its content is not told', () => {
  for (const content of ['', 'secret-words-here', base64url(new Uint8Array(31)), `${'A'.repeat(43)}=`]) {
    withDirectory((directory, path) => {
      writeFileSync(path, content);
      assert.throws(
        () => nodeSeed(directory, realEnv()),
        (thrown: Error & { code?: string }) =>
          thrown.code === 'corrupt' &&
          thrown.message.includes('node.key') &&
          !thrown.message.includes('secret-words'),
      );
      assert.equal(readFileSync(path, 'utf8'), content);
    });
  }
});
