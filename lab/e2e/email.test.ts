/**
 * Signing in with e-mail with everything in place (SPEC E2, E4-E6): the certified provider, a real node, the SDK
 * of several devices and the command line. A new device is noticed, let in after digits were compared, and is
 * the same user then.
 */

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { emailProviders, enterWithEmail, MemoryKeep, openCopse, type Copse, type EmailEntry } from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { House } from '../judge/oidc-house.ts';
import { Browser, digitsOf, Party } from '../judge/oidc-party.ts';
import { Cli, type Running } from './support/cli.ts';

const EMAIL = 'ada@example.org';
const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
/** Several processes, each with keys to unlock. */
const SLOW = { timeout: 60_000 };
let house: House;
let party: Party;
let url: string;

before(async () => {
  house = await House.open({ isStrict: false });
  party = new Party();
  url = await party.open({ example: house });
});

after(async () => {
  await party[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

/** What the page says to whoever follows the address of a sign-in. */
async function browse(begin: string): Promise<string> {
  const browser = new Browser();
  const back = await browser.until(begin, ({ pathname }) => pathname.startsWith('/oidc/return/'));
  return must(digitsOf(await browser.show(back)), 'digits');
}

async function withAddress(name: string, sub: string): Promise<Copse> {
  house.claims = { sub, email: `${sub}@example.org`, email_verified: true };
  const copse = await openCopse(url, { name, keep: new MemoryKeep() });
  const visit = await (await copse.emails()).begin('example');
  equal((await visit.confirm(await browse(visit.url))).kind, 'ok');
  return copse;
}

async function enter(): Promise<EmailEntry> {
  return enterWithEmail(url, { provider: 'example', deviceName: 'new one', keep: new MemoryKeep() });
}

async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (holds()) return;
    await pause(20);
  }
  throw new Error(`it did not come: ${what}`);
}

test(
  '[E2, E4, E5, E6] a device that signs in is noticed, compared, let in, and is the same user',
  SLOW,
  async () => {
    deepEqual(await emailProviders(url), [{ id: 'example', name: 'Provider example' }]);
    await using ada = await withAddress('Ada', 'ada');
    const emails = await ada.emails();
    deepEqual(
      (await emails.list()).map(({ email }) => email),
      [EMAIL],
    );
    using entry = await enter();
    const told = ada.devicesChanged.get();
    equal((await entry.look()).kind, 'away');
    await rejects(entry.confirm('000 000'), { code: 'stale' }, 'before the browser is back');
    const confirmed = await entry.confirm(await browse(entry.url));
    ok(confirmed.kind === 'ok' && confirmed.isKnown);
    await eventually(() => ada.devicesChanged.get() > told, 'a push about the knock');
    await eventually(() => ada.noticed.get()?.about === EMAIL, 'a notice of the statement');
    const [knock] = await emails.knocks();
    ok(knock !== undefined && knock.sameAccount && knock.deviceName === 'new one');
    const [letting, digits] = await Promise.all([emails.meet(knock), entry.digits()]);
    match(letting.digits, /^\d{3} \d{3}$/);
    equal(digits, letting.digits);
    await letting.give();
    equal(await entry.handed(), 'given');
    await using second = await entry.open();
    equal(second.user, ada.user);
    ok(second.device !== ada.device);
    deepEqual(await second.secret(), await ada.secret());
    // What was stated for the bare device is stated for the user now, and nobody waits any more.
    const keys = await (await ada.names()).keysOf(EMAIL);
    equal(new Set(keys.map(({ user }) => user.join())).size, 1);
    equal(keys.length, 2);
    deepEqual(await emails.knocks(), []);
  },
);

test('[E4, E6] who is sent away gets nothing, and may begin an account of her own', SLOW, async () => {
  await using bea = await withAddress('Bea', 'bea');
  using entry = await enter();
  const confirmed = await entry.confirm(await browse(entry.url));
  ok(confirmed.kind === 'ok' && confirmed.isKnown);
  const emails = await bea.emails();
  await emails.deny(must((await emails.knocks())[0], 'a knock'));
  equal(await entry.digits(), null);
  equal(await entry.handed(), 'denied');
  await using other = await entry.open();
  ok(other.user !== bea.user);
  deepEqual(
    (await (await other.emails()).list()).map(({ email }) => email),
    ['bea@example.org'],
  );
  equal(await emails.forget('bea@example.org'), 1);
  equal((await (await other.names()).keysOf('bea@example.org')).length, 1);
});

test('[E6, E8, M9] a node that has revoked its key lets nobody in', SLOW, async () => {
  await using own = new Party();
  await using provider = await House.open({ isStrict: false });
  const at = await own.open({ example: provider });
  const setup = must(own.setup, 'the first secret');
  await using admin = await openCopse(at, { name: 'Ada', keep: new MemoryKeep(), setup });
  equal(admin.admin, true);
  const emails = await admin.emails();
  const visit = await emails.begin('example');
  equal((await visit.confirm(await browse(visit.url))).kind, 'ok');
  using entry = await enterWithEmail(at, { provider: 'example', keep: new MemoryKeep() });
  ok((await entry.confirm(await browse(entry.url))).kind === 'ok');
  const knock = must((await emails.knocks())[0], 'a knock');
  await (await admin.names()).revokeNode(null);
  await rejects(emails.meet(knock), { code: 'revoked' });
  equal(admin.alarm.get()?.code, 'revoked');
});

test('[E8] an invitation for an address opens for its users, and for nobody else', SLOW, async () => {
  await using ada = await withAddress('Ada', 'dora');
  await using bob = await openCopse(url, { name: 'Bob', keep: new MemoryKeep() });
  await using eve = await openCopse(url, { name: 'Eve', keep: new MemoryKeep() });
  const garden = await bob.found({ title: 'Garden', logs: ['chat'] });
  const own = await bob.emails();
  const users = async (): Promise<unknown> => {
    const [made] = await own.invite(garden, 'dora@example.org');
    return made?.text ?? null;
  };
  // Her device puts her key into the log when it connects next; until then there is nothing to seal to.
  await using again = await openCopse(url, { keep: new MemoryKeep(), secret: await ada.secret() });
  for (let turn = 0; turn < 200 && (await users()) === null; turn++) await pause(20);
  const [made] = await own.invite(garden, 'Dora@example.org');
  equal(made?.trust, 'checked');
  const text = must(made?.text ?? null, 'an invitation');
  await rejects((await eve.emails()).open(text), { code: 'badProof' });
  const spoilt = text.slice(0, -4) + (text.endsWith('AAAA') ? 'BBBB' : 'AAAA');
  await rejects((await ada.emails()).open(spoilt));
  const link = await (await ada.emails()).open(text);
  equal((await ada.join(link)).title.get(), 'Garden');
  equal(again.user, ada.user);
  deepEqual(await own.invite(garden, 'nobody@example.org'), []);
});

/** The address that a command prints, and answers it with the digits of the page. */
async function answer(running: Running): Promise<void> {
  await running.until((out) => out.includes('"url"'));
  const { url: begin } = JSON.parse(must(running.lines[0], 'a line')) as { readonly url: string };
  running.child.stdin?.write(`${await browse(begin)}\n`);
}

test(
  '[E2, E4, E6, N2] the command line signs in with an address and lets another home in',
  SLOW,
  async () => {
    await using cli = new Cli([process.execPath, MAIN]);
    house.claims = { sub: 'cleo', email: 'cleo@example.org', email_verified: true };
    const first = cli.start(['--json', 'login', url, '--email', 'example', '--name', 'Cleo'], {
      home: 'cleo',
    });
    await answer(first);
    const { exit, out, err } = await first.ended;
    equal(exit, 0, out + err);
    const other = cli.start(['--json', 'login', url, '--email', 'example'], { home: 'phone' });
    await answer(other);
    await other.until((said) => said.includes('"waiting"'));
    const [waiting] = await cli.json(['email', 'waiting'], { home: 'cleo' });
    equal((waiting as unknown as readonly unknown[]).length, 1);
    const letting = cli.start(['--json', 'email', 'let-in'], { home: 'cleo' });
    await other.until((said) => said.includes('"digits"'));
    const { digits } = JSON.parse(must(other.lines[2], 'a line')) as { readonly digits: string };
    letting.child.stdin?.write(`${digits}\n`);
    equal((await letting.ended).exit, 0);
    const ended = await other.ended;
    equal(ended.exit, 0, ended.err);
    const [me] = await cli.json(['whoami'], { home: 'cleo' });
    const [phone] = await cli.json(['whoami'], { home: 'phone' });
    equal(phone?.['user'], me?.['user']);
    deepEqual(await cli.json(['email', 'forget', 'cleo@example.org'], { home: 'phone' }), [
      { email: 'cleo@example.org', ended: 2 },
    ]);
  },
);
