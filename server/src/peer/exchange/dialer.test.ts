import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64url } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { readPeerAddress } from 'copse/internal/social/exchange/address.ts';
import { whereTo } from './dialer.ts';

const NODE = base64url(new Uint8Array(32).fill(7));
const forbidden = (thrown: unknown) => thrown instanceof Fault && thrown.code === 'forbidden';

test('[Z81] what somebody names is connected to at a public address that was looked at, and nowhere else', async () => {
  const named: Readonly<Record<string, readonly string[]>> = {
    'node.example': ['93.184.216.34'],
    'mixed.example': ['10.0.0.1', '93.184.216.35', '::1'],
    'inside.example': ['192.168.1.2', 'fd00::1'],
    'nowhere.example': [],
  };
  const resolve = async (host: string) => named[host] ?? assert.fail(`${host} was asked for`);
  const options = { env: realEnv(), trusted: ['ws://192.168.1.9:7070', 'ws://cellar:7070'], resolve };
  const to = (place: string) => whereTo(options, readPeerAddress(`${place}#${NODE}`));
  assert.equal(await to('wss://node.example'), '93.184.216.34');
  assert.equal(await to('wss://mixed.example:8443'), '93.184.216.35');
  assert.equal(await to('ws://93.184.216.36:7070'), '93.184.216.36');
  const inside = [
    'wss://inside.example',
    'ws://127.0.0.1:7070',
    'ws://0x7f.1:7070',
    'ws://2130706433',
    'wss://[::1]',
    'wss://[::ffff:10.0.0.1]',
    'ws://169.254.169.254',
    'ws://localhost',
    'ws://cellar',
    'ws://192.168.1.9:7071',
  ];
  for (const place of inside) await assert.rejects(to(place), forbidden, place);
  await assert.rejects(
    to('wss://nowhere.example'),
    (thrown) => thrown instanceof Fault && thrown.code === 'closed',
  );
  assert.equal(await to('ws://192.168.1.9:7070'), '192.168.1.9');
});
