import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { environmentName, flagName, originList, readSettings, SETTINGS } from './settings.ts';
import { describeSettings, settingsFile } from './settings-text.ts';

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

test('[N1] origins are origins: no path, no other scheme', () => {
  for (const url of ['https://a.example/', 'a.example', 'ws://a.example', 'https://a.example/x']) {
    assert.throws(() => readSettings({ ...none, flags: { url } }), /`url` is an origin/, url);
  }
  assert.equal(readSettings({ ...none, flags: { url: 'https://a.example' } }).url, 'https://a.example');
  assert.throws(
    () => readSettings({ ...none, flags: { origins: 'https://a.example, b' } }),
    /list of origins/,
  );
  const { origins } = readSettings({
    ...none,
    flags: { origins: 'https://a.example, http://b.example:8080' },
  });
  assert.deepEqual(originList(origins), ['https://a.example', 'http://b.example:8080']);
  assert.deepEqual(originList(''), []);
});

test('[N1] a switch is on when its flag stands alone, and says which words it knows', () => {
  assert.equal(readSettings({ ...none, flags: { proxied: true } }).proxied, true);
  assert.equal(readSettings({ ...none, environment: { COPSE_PROXIED: '0' } }).proxied, false);
  assert.equal(readSettings({ ...none, file: { proxied: true } }).proxied, true);
  assert.throws(() => readSettings({ ...none, flags: { proxied: 'yes' } }), /true or false, not `yes`/);
});

test('[N1] the file cannot say where the file is', () => {
  assert.throws(
    () => readSettings({ ...none, file: { data: '/elsewhere' } }),
    /Unknown key in copse.toml `data`/,
  );
});

test('[N1] every setting is documented under its names, and the file it prints is read back', () => {
  const page = describeSettings();
  for (const name of Object.keys(SETTINGS)) {
    const forms = [flagName(name), environmentName(name), ...(name === 'data' ? [] : [name])];
    for (const form of forms) assert.ok(page.includes(`\`${form}\``), form);
  }
  assert.equal(flagName('retainDays'), '--retain-days');
  const settings = readSettings({
    ...none,
    flags: { port: '8000', url: 'https://a.example', proxied: true },
  });
  assert.deepEqual(readSettings({ ...none, file: parse(settingsFile(settings)) }), settings);
});
