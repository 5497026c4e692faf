/** Mails that leave the node, at a mail server on loopback, and the page behind their links (SPEC I22). */

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { must } from 'copse/internal/base/assert.ts';
import { SmtpServer } from '../../../lab/suites/smtp-server.ts';
import { composeNode } from './compose.ts';
import { DigestPages } from './digest-pages.ts';
import { isMailAddress, mailForm } from './mail-address.ts';
import { openMail } from './mail.ts';
import { readSettings, type Settings } from './settings.ts';

const LINK = 'https://copse.example/digest/end/abc';
const MAIL = {
  to: 'ada@example.org',
  subject: 'News in 3 conversations',
  text: 'Hello\n.\n',
  unsubscribe: LINK,
};

function settings(flags: Readonly<Record<string, string>>): Settings {
  return readSettings({ flags, environment: {}, file: {} });
}

async function withData(task: (data: string) => Promise<void>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'copse-mail-'));
  try {
    await task(data);
  } finally {
    rmSync(data, { recursive: true });
  }
}

test('[I22] a mail is handed over with what ends it in one click, under the name and password of the node', () =>
  withData(async (data) => {
    await using server = await SmtpServer.open();
    writeFileSync(join(data, 'mail.key'), 'secret word\n');
    const mail = `smtp://co%40pse@127.0.0.1:${server.port}`;
    const send = must(await openMail(settings({ data, mail, mailFrom: 'copse@copse.example' })), 'it sends');
    await send(MAIL);
    deepEqual(server.logins, ['co@pse secret word']);
    const [taken] = server.taken;
    equal(taken?.from, 'FROM:<copse@copse.example>');
    deepEqual(taken?.to, ['TO:<ada@example.org>']);
    const [head = '', body = ''] = (taken?.data ?? '').split('\n\n');
    const unfolded = head.replaceAll(/\n[ \t]+/g, ' ');
    match(unfolded, /^List-Unsubscribe: <https:\/\/copse\.example\/digest\/end\/abc>$/m);
    match(unfolded, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    match(unfolded, /^Auto-Submitted: auto-generated$/m);
    match(unfolded, /^Subject: News in 3 conversations$/m);
    match(unfolded, /^To: ada@example\.org$/m);
    equal(body, 'Hello\n.');
  }));

test('[I22] an address that the server never takes is told from what it does not take now', () =>
  withData(async (data) => {
    await using server = await SmtpServer.open();
    const mail = `smtp://127.0.0.1:${server.port}`;
    const send = must(await openMail(settings({ data, mail, mailFrom: 'copse@copse.example' })), 'it sends');
    server.refusals.set('RCPT', '550 nobody here');
    await rejects(send(MAIL), { code: 'forbidden' });
    server.refusals.set('RCPT', '451 later');
    await rejects(send(MAIL), { code: 'closed' });
    server.refusals.clear();
    server.refusals.set('MAIL', '550 not from you');
    await rejects(send(MAIL), { code: 'closed' });
    server.refusals.clear();
    const several = { ...MAIL, to: 'ada@example.org, bea@example.org' };
    await rejects(send(several), { code: 'forbidden' });
    equal(server.taken.length, 0, 'an address is one');
    await send(MAIL);
    equal(server.taken.length, 1);
  }));

test('[I22] a server that is not on this machine is not spoken to in clear', () =>
  withData(async (data) => {
    await using server = await SmtpServer.open();
    // A name that leads here and does not look like it.
    const mail = `smtp://0.0.0.0:${server.port}`;
    const send = must(await openMail(settings({ data, mail, mailFrom: 'copse@copse.example' })), 'it sends');
    await rejects(send(MAIL), { code: 'closed' });
    equal(server.taken.length, 0);
  }));

test('[N1] the settings of e-mail have their forms, and no password stands in one', async () => {
  for (const good of ['', 'smtp://mail.example', 'smtps://copse@mail.example:465'])
    equal(mailForm(good), null, good);
  for (const bad of [
    'mail.example',
    'https://mail.example',
    'smtp://a:b@mail.example',
    'smtp://x/y',
    'smtp://x?a=1',
  ])
    ok(mailForm(bad) !== null, bad);
  for (const bad of ['a', 'a@b@c', 'A <a@b>', 'a@b, c@d']) ok(!isMailAddress(bad), bad);
  equal(await openMail(settings({})), null);
  await rejects(openMail(settings({ mail: 'smtp://mail.example' })), { code: 'config' });
});

test('[I22] to look at a link ends nothing, and a POST ends it without signing in', async () => {
  const ended: string[] = [];
  const end = async (token: string): Promise<boolean> => {
    if (token !== 'abc' || ended.length > 0) return false;
    ended.push(token);
    return true;
  };
  const pages = new DigestPages({ end, headers: { 'x-content-type-options': 'nosniff' } });
  const path = '/digest/end/abc';
  const ask = (method: string, at = path) =>
    pages.answer(new Request(`https://copse.example${at}`, { method }), at);
  ok(DigestPages.answers(path));
  ok(!DigestPages.answers('/digest'));
  for (const method of ['GET', 'HEAD']) equal((await ask(method)).status, 200);
  deepEqual(ended, []);
  const page = await ask('GET');
  match(await page.text(), /<form method="post"><button>/);
  match(page.headers.get('content-security-policy') ?? '', /form-action 'self'/);
  equal(page.headers.get('cache-control'), 'no-store');
  equal((await ask('POST', '/digest/end/xyz')).status, 404);
  equal((await ask('POST', '/digest/end/<b>')).status, 404);
  equal((await ask('PUT')).status, 405);
  equal((await ask('POST')).status, 200);
  deepEqual(ended, ['abc']);
  equal((await ask('POST')).status, 404);
});

test('[I22] a node that sends e-mail answers for its links', () =>
  withData(async (data) => {
    const flags = {
      data: join(data, 'node'),
      port: 0,
      mail: 'smtp://127.0.0.1:25',
      mailFrom: 'a@copse.example',
    };
    await using node = await composeNode(readSettings({ flags, environment: {}, file: {} }), realEnv());
    const link = `${node.url}/digest/end/${'A'.repeat(43)}`;
    const shown = await fetch(link);
    equal(shown.status, 200);
    match(await shown.text(), /No more/);
    const posted = await fetch(link, { method: 'POST', body: 'List-Unsubscribe=One-Click' });
    equal(posted.status, 404, 'a guessed link ends nothing');
  }));
