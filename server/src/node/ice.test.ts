import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import { iceServerUrls, openIce } from './ice.ts';

const device = deviceId('0123456789abcdef');
const plain = { data: '.', direct: 'all', iceServers: '', turnSecret: '' } as const;

test('[V14] servers of the setting are addresses of STUN and TURN and nothing else', () => {
  assert.deepEqual(iceServerUrls(''), []);
  assert.deepEqual(iceServerUrls(' stun:a.example , turns:b.example:5349?transport=tcp,'), [
    'stun:a.example',
    'turns:b.example:5349?transport=tcp',
  ]);
  for (const text of ['a.example', 'http://a.example', 'turn:a.example?x=1', 'stun:u:p@a.example']) {
    assert.equal(iceServerUrls(text), null, text);
  }
  assert.equal(iceServerUrls(Array.from({ length: 9 }, (_, i) => `stun:s${i}.example`).join()), null);
});

test('[V14] each device gets a password of its own for TURN, and none for STUN', () => {
  const data = mkdtempSync(join(tmpdir(), 'copse-ice-'));
  try {
    writeFileSync(join(data, 'turn-secret'), 'plum\n');
    const iceServers = 'stun:a.example,turn:b.example';
    const env = { ...realEnv(), wallMs: () => 1_000_000_500 };
    const ice = openIce(
      { ...plain, data, iceServers, turnSecret: 'turn-secret', direct: 'relay' },
      env,
    )(device);
    const username = `1086400:${device}`;
    assert.deepEqual(ice, {
      policy: 'relay',
      servers: [
        { url: 'stun:a.example', username: '', credential: '' },
        {
          url: 'turn:b.example',
          username,
          credential: createHmac('sha1', 'plum').update(username).digest('base64'),
        },
      ],
    });
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('[V14, N1] a node that could not do what its settings say does not start', () => {
  const env = realEnv();
  assert.throws(() => openIce({ ...plain, direct: 'relay', iceServers: 'stun:a.example' }, env), {
    code: 'config',
  });
  assert.throws(() => openIce({ ...plain, turnSecret: 'nowhere' }, env), { code: 'config' });
});
