import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originRule, publicUrl } from './origins.ts';

const local = { url: '', host: '127.0.0.1', origins: '' };

test('[N1] the public address is the setting, else host and port', () => {
  assert.equal(publicUrl(local, 7070), 'http://127.0.0.1:7070');
  assert.equal(publicUrl({ url: '', host: '::1' }, 7070), 'http://[::1]:7070');
  assert.equal(publicUrl({ url: 'https://a.example', host: '0.0.0.0' }, 7070), 'https://a.example');
});

test('[T7] pages of the own origin may connect, on this machine under all its names', () => {
  const may = originRule(local, 7070);
  for (const origin of ['http://127.0.0.1:7070', 'http://localhost:7070', 'http://[::1]:7070'])
    assert.ok(may(origin), origin);
  const foreign = ['http://localhost:7071', 'https://localhost:7070', 'http://evil.example:7070', 'null', ''];
  for (const origin of foreign) assert.ok(!may(origin), origin);
});

test('[T7] a public node takes its own origin and those that are named, and nothing of this machine', () => {
  const may = originRule({ url: 'https://a.example', host: '0.0.0.0', origins: 'https://b.example' }, 7070);
  assert.ok(may('https://a.example') && may('https://b.example'));
  for (const origin of [
    'http://a.example',
    'http://localhost:7070',
    'https://c.example',
    'http://0.0.0.0:7070',
  ])
    assert.ok(!may(origin), origin);
  assert.ok(originRule({ ...local, origins: '*' }, 7070)('https://any.example'));
});
