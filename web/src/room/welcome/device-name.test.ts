import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceNameOf, isHandheld } from './device-name.ts';

test('[U18] a new device gets a name that its owner recognises', () => {
  const cases = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge on Windows',
    ],
    ['curl/8', 'Browser'],
  ] as const;
  for (const [agent, name] of cases) assert.equal(deviceNameOf(agent), name);
});

test('[U18] devices held in the hand are told by their names', () => {
  assert.ok(isHandheld('Safari on iPhone'));
  assert.ok(isHandheld('Pixel in the kitchen'));
  assert.ok(!isHandheld('Firefox on Linux'));
});
