import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import {
  describeSettings,
  environmentName,
  flagName,
  readSettings,
  SETTINGS,
  settingsFile,
} from './settings.ts';

const none = { flags: {}, environment: {}, file: {} };

test('[N1] a flag wins over the environment, the environment over the file, the file over the default', () => {
  assert.equal(readSettings(none).port, 7070);
  assert.equal(readSettings({ ...none, file: { port: 1 } }).port, 1);
  assert.equal(readSettings({ ...none, file: { port: 1 }, environment: { COPSE_PORT: '2' } }).port, 2);
  assert.equal(
    readSettings({ flags: { port: '3' }, file: { port: 1 }, environment: { COPSE_PORT: '2' } }).port,
    3,
  );
});

test('[N1] an unknown key is refused with the nearest known one, wherever it comes from', () => {
  assert.throws(
    () => readSettings({ ...none, flags: { prot: 1 } }),
    /Unknown flag `prot`. Did you mean `port`/,
  );
  assert.throws(() => readSettings({ ...none, file: { retaindays: 1 } }), /Did you mean `retainDays`/);
  assert.throws(
    () => readSettings({ ...none, environment: { COPSE_PROT: '1' } }),
    /Did you mean `COPSE_PORT`/,
  );
  assert.throws(
    () => readSettings({ ...none, file: { zzzzzzzz: 1 } }),
    (fault: Error) => !fault.message.includes('Did you mean'),
  );
  readSettings({ ...none, environment: { HOME: '/', COPSE_HOME: '/x' } });
});

test('[N1] a value of the wrong form is refused and named', () => {
  for (const port of ['-1', '70000', '1.5', 'x', '', true]) {
    assert.throws(
      () => readSettings({ ...none, flags: { port } }),
      /`port` is a whole number from 0 to 65535/,
    );
  }
  assert.throws(() => readSettings({ ...none, flags: { signup: 'closed' } }), /one of open, invited/);
  assert.throws(() => readSettings({ ...none, file: { host: 5 } }), /a text/);
});

test('[N1] every setting is documented under its three names, and the file it prints is read back', () => {
  const page = describeSettings();
  for (const name of Object.keys(SETTINGS)) {
    for (const form of [name, flagName(name), environmentName(name)])
      assert.ok(page.includes(`\`${form}\``), form);
  }
  assert.equal(flagName('retainDays'), '--retain-days');
  const settings = readSettings({ ...none, flags: { port: '8000', url: 'https://a "b"' } });
  assert.deepEqual(readSettings({ ...none, file: parse(settingsFile(settings)) }), settings);
});
