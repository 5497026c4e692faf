import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { providersMax } from 'copse/internal/base/limits.ts';
import { readProviders } from './oidc-settings.ts';

const scratch = mkdtempSync(join(tmpdir(), 'copse-oidc-'));
after(() => rmSync(scratch, { recursive: true }));

const PATH = join(scratch, 'oidc.toml');
const SECRET = 'the secret of the client';
const USUAL = 'id = "one"\nissuer = "https://id.example"\nclientId = "copse"';

function read(text: string, environment: Readonly<Record<string, string>> = {}) {
  writeFileSync(PATH, text);
  return readProviders(PATH, environment);
}

function refused(text: string, words: RegExp): void {
  assert.throws(
    () => read(text, { PRESENT: SECRET }),
    (thrown) => {
      assert.ok(thrown instanceof Fault);
      assert.equal(thrown.code, 'config');
      assert.match(thrown.message, words);
      assert.ok(!thrown.message.includes(SECRET));
      return true;
    },
  );
}

const row = (more: string): string => `[[provider]]\n${USUAL}\n${more}\n`;

test('[E1] a provider is read with its secret from a file, from the environment, or without', () => {
  writeFileSync(join(scratch, 'client.secret'), `${SECRET}\n`);
  const [one] = read(row('name = "One"\nclientSecretFile = "client.secret"'));
  assert.deepEqual(one, {
    id: 'one',
    name: 'One',
    issuer: new URL('https://id.example'),
    clientId: 'copse',
    clientSecret: SECRET,
  });
  assert.equal(read(row('clientSecretEnv = "PRESENT"'), { PRESENT: SECRET })[0]?.clientSecret, SECRET);
  const [open] = read(row(''));
  assert.deepEqual([open?.clientSecret, open?.name], [null, 'one']);
});

test('[E1] what is wrong with the providers is named, without their secrets', () => {
  refused(row('clientID = "x"'), /unknown key `clientID`; did you mean `clientId`\?/u);
  refused(row(`clientSecret = "${SECRET}"`), /unknown key `clientSecret`/u);
  refused(row('clientSecretEnv = "ABSENT"'), /ABSENT, which is not set/u);
  refused(row('clientSecretFile = "absent.secret"'), /absent\.secret for a secret, which cannot be read/u);
  refused(row('clientSecretFile = "a"\nclientSecretEnv = "PRESENT"'), /one of them/u);
  writeFileSync(join(scratch, 'empty.secret'), '\n');
  refused(row('clientSecretFile = "empty.secret"'), /which is empty/u);
  refused(row('') + row(''), /two providers with the same `id`/u);
  refused('provider = 1', /no `\[\[provider\]\]`/u);
  refused('[providers]', /unknown table `providers`/u);
  refused('[[provider', /cannot be read/u);
  refused('[[provider]]\nid = "one"', /lacks `issuer`/u);
  refused(row('').replace('"one"', '"One!"'), /`id` is up to 32/u);
  refused(row('').replace('"copse"', '7'), /`clientId`, which is to be a text/u);
});

test('[E1] an issuer is reached over TLS, or is on this machine', () => {
  for (const issuer of ['http://id.example', 'https://id.example/?a=b', 'ftp://id.example', 'nothing']) {
    refused(row('').replace('https://id.example', issuer), /`issuer` of `one` is an https/u);
  }
  const near = row('').replace('https://id.example', 'http://127.0.0.1:8080/realm');
  assert.equal(read(near)[0]?.issuer.href, 'http://127.0.0.1:8080/realm');
});

test('[E1, G2] there are not more providers than a page has room for', () => {
  const many = Array.from({ length: providersMax + 1 }, (_, n) => row('').replace('"one"', `"p${n}"`));
  refused(many.join(''), /more than 16 providers/u);
  assert.equal(read(many.slice(1).join('')).length, providersMax);
});
