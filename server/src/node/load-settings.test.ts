import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSettings } from './load-settings.ts';
import { isLoopback } from './loopback.ts';

function withDirectory(task: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'copse-settings-'));
  try {
    task(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('[N1] the file is read in the data directory that flag or environment name', () => {
  withDirectory((directory) => {
    writeFileSync(join(directory, 'copse.toml'), 'port = 8123\nsignup = "invited"\n');
    assert.equal(loadSettings({ data: directory }, {}).port, 8123);
    assert.equal(loadSettings({}, { COPSE_DATA: directory }).signup, 'invited');
    assert.equal(loadSettings({ data: directory, port: '1' }, {}).port, 1);
    assert.equal(loadSettings({ data: join(directory, 'none') }, {}).port, 7070);
  });
});

test('[N1] a file that is no TOML is refused with its path', () => {
  withDirectory((directory) => {
    const path = join(directory, 'copse.toml');
    writeFileSync(path, 'port: 8123\n');
    assert.throws(
      () => loadSettings({ data: directory }, {}),
      (thrown: Error) => thrown.message.includes(path) && thrown.message.includes('TOML'),
    );
  });
});

test('[N1] a host that others reach needs the public address', () => {
  assert.throws(() => loadSettings({ host: '0.0.0.0', data: '/nonexistent' }, {}), { code: 'config' });
  const settings = loadSettings({ host: '0.0.0.0', url: 'https://a.example', data: '/nonexistent' }, {});
  assert.equal(settings.host, '0.0.0.0');
});

test('[N1] loopback is what no other machine reaches', () => {
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost']) assert.ok(isLoopback(host), host);
  for (const host of ['127.example.com', '0.0.0.0', '::', '10.0.0.1', '']) assert.ok(!isLoopback(host), host);
});
