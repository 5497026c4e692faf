/**
 * `npm run judge -- oidc`: signing in with e-mail (SPEC E1-E3) against a provider that is not ours, the certified
 * `oidc-provider`, on loopback: sign-ins that must succeed, and answers that were changed on their way, meant
 * for somebody else, come twice or too late. Each failing case is a line; the last one is `N passed, N failed`.
 */

import { emailVisitMs } from 'copse/internal/base/limits.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { EmailFailure, EmailRemote } from 'copse/internal/api/email.ts';
import { must } from 'copse/internal/base/assert.ts';
import { decodeJwt, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { House, OTHER_CLIENT, SECRET, type Spoil } from './oidc-house.ts';
import { Browser, digitsOf, Party, type Page } from './oidc-party.ts';
import { check, compared, conclude } from './tally.ts';

const CODES: string[] = [];

await using plain = await House.open({ isStrict: false });
await using strict = await House.open({ isStrict: true });
await using party = new Party();
const node = await party.open({ plain, strict });
const houses = { plain, strict } as const;
type Name = keyof typeof houses;

await judgeGood();
compared('sign-ins that must succeed');
await judgeReturns();
compared('returns that were changed, swapped or repeated');
await judgeTokens();
compared('tokens that are wrong or meant for others');
await judgeAddresses();
compared('addresses');
await judgeTimes();
compared('late answers, changed keys, absent providers');
judgeLines();
compared('secrets in the log of the process');
conclude();

interface Begun {
  readonly device: EmailRemote;
  readonly ticket: Uint8Array;
  readonly browser: Browser;
  /** The address of return, with everything that the provider put in it. */
  readonly back: URL;
}

/** As far as the way back; nothing has come back yet. */
async function begin(name: Name): Promise<Begun> {
  const device = await party.device();
  const { ticket, url } = await device.begin({ provider: name, deviceName: 'judge <b>', commitment: null });
  const browser = new Browser();
  const back = await browser.until(url, ({ pathname }) => pathname.startsWith('/oidc/return/'));
  CODES.push(back.searchParams.get('code') ?? 'none', back.searchParams.get('state') ?? 'none');
  return { device, ticket: ticket.slice(), browser, back };
}

/** Comes back with `change` made to the address. */
async function signIn(name: Name, change: (back: URL) => void = () => {}): Promise<Begun & { page: Page }> {
  const begun = await begin(name);
  change(begun.back);
  return { ...begun, page: await begun.browser.show(begun.back) };
}

/** That a sign-in is refused for this reason and that nothing is stated. */
async function refused(
  what: string,
  reason: EmailFailure,
  run: Promise<Begun & { page: Page }>,
): Promise<void> {
  const { device, ticket, page } = await run;
  const looked = await device.look({ ticket });
  const why = looked.kind === 'failed' ? looked.reason : looked.kind;
  check(page.status === 400 && digitsOf(page) === null, `${what}: the page shows ${page.status}`);
  check(why === reason, `${what}: ${why}, not ${reason}`);
}

async function succeeds(what: string, name: Name, email = 'ada@example.org'): Promise<void> {
  const { device, ticket, page } = await signIn(name);
  const code = digitsOf(page);
  if (code === null) return check(false, `${what}: the page shows ${page.status} ${page.text}`);
  const answer = await device.confirm({ ticket, code });
  check(answer.kind === 'ok' && answer.email === email, `${what}: ${JSON.stringify(answer)}`);
}

async function judgeGood(): Promise<void> {
  await succeeds('a sign-in', 'plain');
  strict.seen.length = 0;
  await succeeds('a sign-in with pushed request and DPoP', 'strict');
  const token = strict.seen.find(({ path }) => path === '/token');
  check(
    strict.seen.some(({ path }) => path === '/request'),
    'a pushed request where it is asked for',
  );
  check(token?.headers.has('dpop') === true, 'a DPoP proof where it is understood');
  const { device, ticket, page } = await signIn('plain');
  const policy = page.headers.get('content-security-policy') ?? '';
  check(policy.startsWith("default-src 'none'") && !policy.includes('script'), 'the page allows nothing');
  check(page.headers.get('cache-control') === 'no-store', 'the page is kept nowhere');
  check(
    page.text.includes('judge &#60;b&#62;') && !page.text.includes('<b>'),
    'the name of a device stays text',
  );
  const code = must(digitsOf(page), 'digits');
  const wrong = code === '000 000' ? '000 001' : '000 000';
  check((await device.confirm({ ticket, code: wrong })).kind === 'wrong', 'wrong digits');
  const eve = await party.device();
  check(await isUnknown(eve.confirm({ ticket, code })), 'the ticket in the hands of another device');
  check((await device.confirm({ ticket, code })).kind === 'ok', 'right digits after wrong ones');
}

async function isUnknown(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => false,
    (thrown: unknown) => thrown instanceof Fault && thrown.code === 'unknown',
  );
}

async function judgeReturns(): Promise<void> {
  const twice = await signIn('plain');
  const again = await twice.browser.show(twice.back);
  check(again.status === 400 && digitsOf(again) === null, 'a return that comes twice');
  const preview = await begin('plain');
  const head = await fetch(preview.back, { method: 'HEAD' });
  check(head.status === 405, 'a preview of the address of return');
  check(digitsOf(await preview.browser.show(preview.back)) !== null, 'a return after its preview');
  const lost = await begin('plain');
  lost.back.searchParams.set('state', 'unheard-of');
  check((await lost.browser.show(lost.back)).status === 400, 'a state that nobody asked for');
  await refused(
    'a return at the address of another provider',
    'mismatch',
    signIn('plain', (back) => (back.pathname = '/oidc/return/strict')),
  );
  await refused(
    'a return of another issuer (RFC 9207)',
    'mismatch',
    signIn('plain', (back) => back.searchParams.set('iss', strict.issuer)),
  );
  await refused(
    'a return without issuer',
    'mismatch',
    signIn('plain', (back) => back.searchParams.delete('iss')),
  );
  await refused(
    'an invented code',
    'mismatch',
    signIn('plain', (back) => back.searchParams.set('code', 'x'.repeat(43))),
  );
  const victim = await begin('plain');
  const stolen = must(victim.back.searchParams.get('code'), 'a code');
  await refused(
    'the code of another sign-in',
    'mismatch',
    signIn('plain', (back) => back.searchParams.set('code', stolen)),
  );
  const foreign = await codeOfAnotherClient();
  await refused(
    'the code of another client',
    'mismatch',
    signIn('plain', (back) => back.searchParams.set('code', foreign)),
  );
  plain.isRefusing = true;
  await refused('a sign-in that is cancelled', 'denied', signIn('plain'));
  plain.isRefusing = false;
}

/** What the provider has given to somebody else for the same person. */
async function codeOfAnotherClient(): Promise<string> {
  const url = new URL('/auth', plain.issuer);
  const parameters = {
    client_id: OTHER_CLIENT,
    response_type: 'code',
    scope: 'openid email',
    redirect_uri: `${node}/oidc/return/plain`,
    state: 'state-of-another',
    nonce: 'nonce-of-another',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const back = await new Browser().until(url.href, ({ pathname }) => pathname.startsWith('/oidc/return/'));
  return must(back.searchParams.get('code'), 'a code');
}

/** Changes the claims of the token in the answer and signs it again, with the key of the provider unless with another. */
function forging(claims: (was: JWTPayload) => JWTPayload, other: CryptoKey | null = null): Spoil {
  return async (path, answer) => {
    if (path !== '/token' || answer.status !== 200) return answer;
    const body: Readonly<Record<string, unknown>> = await answer.json();
    const own = must(plain.key, 'a furnished house');
    const header = { alg: 'RS256', kid: must(own.jwk.kid, 'a key with a name') };
    const token = new SignJWT(claims(decodeJwt(String(body['id_token'])))).setProtectedHeader(header);
    return Response.json({ ...body, id_token: await token.sign(other ?? own.privateKey) });
  };
}

async function judgeTokens(): Promise<void> {
  let nonce: unknown = null;
  plain.spoil = forging((was) => {
    nonce = was['nonce'];
    return was;
  });
  await succeeds('a token that is signed again, unchanged', 'plain');
  const { privateKey: stranger } = await generateKeyPair('RS256');
  const cases: readonly (readonly [string, Spoil])[] = [
    ['the nonce of an earlier sign-in', forging((was) => ({ ...was, nonce }))],
    ['no nonce', forging((was) => ({ ...was, nonce: undefined }))],
    ['a token for another client', forging((was) => ({ ...was, aud: OTHER_CLIENT }))],
    ['a token for two clients', forging((was) => ({ ...was, aud: [OTHER_CLIENT, 'copse'] }))],
    ['a token of another issuer', forging((was) => ({ ...was, iss: strict.issuer }))],
    ['an expired token', forging((was) => ({ ...was, exp: 1_600_000_000 }))],
    ['a token about another user', forging((was) => ({ ...was, sub: 'somebody else' }))],
    ['a token signed with a foreign key', forging((was) => was, stranger)],
    ['no token', withToken(() => undefined)],
    ['a token without signature', withToken((token) => `${unsigned(token)}.`)],
  ];
  for (const [what, spoil] of cases) {
    plain.spoil = spoil;
    await refused(what, 'mismatch', signIn('plain'));
  }
  plain.spoil = null;
}

function withToken(change: (token: string) => string | undefined): Spoil {
  return async (path, answer) => {
    if (path !== '/token' || answer.status !== 200) return answer;
    const body: Readonly<Record<string, unknown>> = await answer.json();
    return Response.json({ ...body, id_token: change(String(body['id_token'])) });
  };
}

/** With the header of RFC 7519 section 6. */
function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url');
  return [header, token.split('.')[1]].join('.');
}

async function judgeAddresses(): Promise<void> {
  const cases = [
    ['an address that is not verified', { email: 'eve@example.org', email_verified: false }],
    ['an address of which nothing is said', { email: 'eve@example.org' }],
    ['an address verified in words', { email: 'eve@example.org', email_verified: 'true' }],
    ['no address', {}],
  ] as const;
  for (const [what, claims] of cases) {
    for (const name of ['plain', 'strict'] as const) {
      houses[name].claims = { sub: 'eve', ...claims };
      await refused(`${what} (${name})`, 'unverified', signIn(name));
    }
  }
  plain.claims = { sub: 'odd', email: 'no address at all', email_verified: true };
  await refused('what is no address', 'mismatch', signIn('plain'));
  plain.claims = { sub: 'ada', email: 'ada@example.org', email_verified: true };
  strict.claims = plain.claims;
}

async function judgeTimes(): Promise<void> {
  await plain.rotate();
  await succeeds('a provider that has changed its keys', 'plain');
  await plain.rotate();
  await succeeds('and again at once', 'plain');
  const late = await begin('plain');
  party.wait(emailVisitMs);
  check((await late.browser.show(late.back)).status === 400, 'a return after its time');
  const looked = await late.device.look({ ticket: late.ticket });
  check(looked.kind === 'failed' && looked.reason === 'expired', 'a sign-in after its time');
  plain.spoil = async (path, answer) => (path === '/token' ? new Response('x'.repeat(1 << 20)) : answer);
  await refused('an answer without end', 'mismatch', signIn('plain'));
  plain.spoil = null;
  const cut = await begin('plain');
  plain.isShut = true;
  const page = await cut.browser.show(cut.back);
  check(page.status === 400 && digitsOf(page) === null, 'a provider that goes away half way');
  party.wait(60 * 60_000);
  const device = await party.device();
  const begun = device.begin({ provider: 'plain', deviceName: 'judge', commitment: null });
  const code = await begun.then(
    () => 'ok',
    (thrown: unknown) => (thrown instanceof Fault ? thrown.code : 'other'),
  );
  check(code === 'closed', `a provider that is away: ${code}`);
  plain.isShut = false;
  await succeeds('a provider that is back', 'plain');
}

/** Nothing that opens anything is in the log of the process. */
function judgeLines(): void {
  const lines = party.lines.join('\n');
  check(
    party.lines.some((line) => line.includes('oidc')),
    'refusals are logged',
  );
  for (const secret of [SECRET, 'ada@example.org', 'eve@example.org', ...CODES]) {
    check(secret === 'none' || !lines.includes(secret), `the log of the process holds ${secret}`);
  }
}
