import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { coldForm, bucketOf } from './cold-place.ts';
import { COLD_KEY_FILE, coldBlobs } from './cold.ts';
import { readSettings, type Settings } from './settings.ts';

const settingsOf = (flags: Readonly<Record<string, unknown>>): Settings =>
  readSettings({ flags, environment: {}, file: {} });

test('[N1, B1] the place of old entries is a directory, one in the data directory, or a bucket', () => {
  const data = mkdtempSync(join(tmpdir(), 'copse-cold-'));
  try {
    const place = (cold: string): string | undefined =>
      coldBlobs(settingsOf({ data, cold }), realEnv())?.place;
    assert.equal(place(''), undefined);
    assert.equal(place('old'), join(data, 'old'));
    assert.equal(place('/mnt/old'), '/mnt/old');
    assert.throws(() => place('https://s3.example/garden'), { code: 'config' });
    writeFileSync(join(data, COLD_KEY_FILE), 'one\n');
    assert.throws(() => place('https://s3.example/garden'), { code: 'config' });
    writeFileSync(join(data, COLD_KEY_FILE), 'id\nsecret\n');
    assert.equal(place('https://s3.example/garden'), 'https://s3.example/garden/');
    assert.equal(place('https://s3.example:9000/garden/a/b/'), 'https://s3.example:9000/garden/a/b/');
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('[N1] a bucket is named by its address, and nothing else is taken for one', () => {
  assert.deepEqual(bucketOf('http://127.0.0.1:9000/b'), {
    endpoint: 'http://127.0.0.1:9000',
    bucket: 'b',
    prefix: '',
  });
  assert.equal(bucketOf('old/entries'), null);
  for (const wrong of [
    'https://s3.example',
    'https://s3.example/',
    'https://u:p@s3.example/b',
    'https://s3.example/b?x=1',
  ]) {
    assert.notEqual(coldForm(wrong), null, wrong);
    assert.throws(() => settingsOf({ cold: wrong }), { code: 'config' });
  }
});
