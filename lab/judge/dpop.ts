/**
 * `npm run judge -- dpop`: proofs of possession (RFC 9449) at a live node by three clients that share nothing
 * with it: the package `jose`, the certified `openid-client`, and Debian's python3-jwt with
 * python3-cryptography. Good ones are taken; each spoilt one is refused with the error that the RFC names.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CompactSign, generateKeyPair, exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import * as openid from 'openid-client';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import { clockSkewMs } from 'copse/internal/base/limits.ts';
import { HttpProgram, publicJwk, signingKey, type HttpAnswer, type Spoilt } from '../suites/http-program.ts';
import { pair, type Pair } from '../suites/people.ts';
import { dpopStage, freshGuid, seedHex, type Blessed, type DpopStage } from './dpop-stage.ts';

const PACKAGES = ['python3-jwt', 'python3-cryptography'];
const PYTHONS = ['/usr/bin/python3', 'python3'];

let passedCount = 0;
const failures: string[] = [];

function check(isRight: boolean, what: string): void {
  if (isRight) passedCount++;
  else failures.push(what);
}

async function programOf(stage: DpopStage): Promise<{ readonly program: HttpProgram; readonly of: Blessed }> {
  const of = await stage.bless();
  const send = (request: Request): Promise<Response> => fetch(request);
  const program = new HttpProgram({ origin: stage.url, device: of.device, wallMs: Date.now, send });
  const answer = await program.call('login', { shard: 0, guid: freshGuid(), blessing: of.blessing });
  check(answer.status === 200, `jose: login answers ${answer.status} ${JSON.stringify(answer.body)}`);
  program.token = fromBase64url(String(answer.body.token));
  return { program, of };
}

async function judgeJose(stage: DpopStage): Promise<void> {
  const { program, of } = await programOf(stage);
  const good = await program.call('whoami', {});
  check(good.status === 200 && good.body.device === of.deviceId, `jose: whoami ${JSON.stringify(good.body)}`);
  const other = await pair('somebody else');
  const nowS = Math.floor(Date.now() / 1000);
  const skewS = clockSkewMs / 1000;
  const invalid: readonly (readonly [string, Spoilt])[] = [
    ['without a proof', { proof: null }],
    ['for another address', { claims: { htu: `${stage.url}/v1/leave` } }],
    ['for another host', { claims: { htu: 'https://evil.example/v1/whoami' } }],
    ['for another method', { claims: { htm: 'GET' } }],
    ['of the past', { claims: { iat: nowS - skewS - 60 } }],
    ['of the future', { claims: { iat: nowS + skewS + 60 } }],
    ['without a name', { claims: { jti: undefined } }],
    ['for another token', { claims: { ath: base64url(new Uint8Array(32)) } }],
    ['for no token', { claims: { ath: undefined } }],
    ['that is no proof but a JWT', { header: { typ: 'JWT' } }],
    ['that names another key', { header: { jwk: publicJwk(other) } }],
    ['that shows a private key', { header: { jwk: { ...publicJwk(of.device), d: base64url(other.seed) } } }],
    ['with a critical header that nobody knows', { header: { crit: ['exp'] } }],
  ];
  for (const [what, spoilt] of invalid) {
    const proof = spoilt.header?.['crit'] === undefined ? spoilt : await withCrit(stage, program, of.device);
    expectRefusal(`jose: a proof ${what}`, await program.once('whoami', {}, proof), 'invalid_dpop_proof');
  }
  for (const [what, claims] of [
    ['without a nonce', { nonce: undefined }],
    ['with a nonce of its own', { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ] as const)
    expectRefusal(`jose: a proof ${what}`, await program.once('whoami', {}, { claims }), 'use_dpop_nonce');
  await judgeAlgorithms(stage, program, of.device);
  await judgeUse(stage, program);
}

async function withCrit(stage: DpopStage, program: HttpProgram, device: Pair): Promise<Spoilt> {
  const proof = await program.prove(`${stage.url}/v1/whoami`, program.token);
  const [, payload = ''] = proof.split('.');
  const header = { alg: 'EdDSA', typ: 'dpop+jwt', jwk: publicJwk(device), crit: ['strange'], strange: 1 };
  const bytes = must(fromBase64url(payload), 'a payload is base64url');
  const signer = new CompactSign(bytes).setProtectedHeader(header);
  const options = { crit: { strange: true } };
  return { proof: await signer.sign(await signingKey(device, 'EdDSA'), options) };
}

/** Nothing but Ed25519, whatever the header says. */
async function judgeAlgorithms(stage: DpopStage, program: HttpProgram, device: Pair): Promise<void> {
  const good = await program.prove(`${stage.url}/v1/whoami`, program.token);
  const [, payload = ''] = good.split('.');
  const claims = JSON.parse(new TextDecoder().decode(must(fromBase64url(payload), 'a payload')));
  const jwk = publicJwk(device);
  const none = new UnsecuredJWT(claims).encode().split('.');
  const noneHeader = base64url(utf8(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk })));
  const es256 = await generateKeyPair('ES256', { extractable: true });
  const esJwk = await exportJWK(es256.publicKey);
  const symmetric = { kty: 'oct', k: base64url(device.key) };
  const sign = (
    header: { alg: string; jwk: object },
    signingKeyOf: CryptoKey | Uint8Array,
  ): Promise<string> =>
    new SignJWT({ ...claims, jti: crypto.randomUUID() })
      .setProtectedHeader({ typ: 'dpop+jwt', ...header })
      .sign(signingKeyOf);
  const [goodHeader = '', goodPayload = ''] = good.split('.');
  const rows: readonly (readonly [string, string])[] = [
    ['alg none without a signature', `${noneHeader}.${none[1] ?? ''}.`],
    ['alg none with the signature of a good one', `${noneHeader}.${goodPayload}.${good.split('.')[2] ?? ''}`],
    ['HS256 under the bytes of the public key', await sign({ alg: 'HS256', jwk }, device.key)],
    ['HS256 with a symmetric key in the header', await sign({ alg: 'HS256', jwk: symmetric }, device.key)],
    ['ES256, which is sound', await sign({ alg: 'ES256', jwk: esJwk }, es256.privateKey)],
    ['no signature', `${goodHeader}.${goodPayload}.`],
    ['a signature of zeros', `${goodHeader}.${goodPayload}.${base64url(new Uint8Array(64))}`],
  ];
  for (const [what, proof] of rows)
    expectRefusal(`jose: ${what}`, await program.once('whoami', {}, { proof }), 'invalid_dpop_proof');
}

/** Once, and by the device of the token. */
async function judgeUse(stage: DpopStage, program: HttpProgram): Promise<void> {
  const proof = await program.prove(`${stage.url}/v1/whoami`, program.token);
  check((await program.once('whoami', {}, { proof })).status === 200, 'jose: a proof, the first time');
  expectRefusal(
    'jose: a proof, the second time',
    await program.once('whoami', {}, { proof }),
    'invalid_dpop_proof',
  );
  const thief = await programOf(stage);
  const token = must(program.token, 'a token');
  expectRefusal(
    "jose: another device's token",
    await thief.program.call('whoami', {}, { token }),
    'invalid_token',
  );
  const headers = { authorization: `Bearer ${base64url(token)}` };
  expectRefusal('jose: a bearer', await program.call('whoami', {}, { headers }), 'invalid_token');
  const body = { shard: 0, guid: freshGuid(), token: base64url(token) };
  const first = await program.call('refresh', body, { token: null });
  const second = await program.call('refresh', body, { token: null });
  check(first.status === 200, `jose: refresh answers ${first.status}`);
  check(first.body.token === second.body.token, 'jose: the same guid gets the same token');
}

function expectRefusal(what: string, answer: HttpAnswer, error: string): void {
  const challenge = answer.headers.get('www-authenticate') ?? '';
  const isRefused = answer.status === 401 && challenge.startsWith('DPoP ');
  check(
    isRefused && answer.body.error === error && challenge.includes(`error="${error}"`),
    `${what}: ${answer.status} ${challenge} ${JSON.stringify(answer.body)}`,
  );
}

/** A certified client of OAuth: it makes the proofs, keeps the nonce and tries again by itself. */
async function judgeOpenid(stage: DpopStage): Promise<void> {
  const { program, of } = await programOf(stage);
  const config = new openid.Configuration({ issuer: stage.url }, 'copse');
  openid.allowInsecureRequests(config);
  const jwk = { ...publicJwk(of.device), alg: 'Ed25519' };
  const keys = {
    publicKey: await crypto.subtle.importKey('jwk', jwk, 'Ed25519', true, ['verify']),
    privateKey: await crypto.subtle.importKey(
      'jwk',
      { ...jwk, d: base64url(of.device.seed) },
      'Ed25519',
      false,
      ['sign'],
    ),
  };
  const DPoP = openid.getDPoPHandle(config, keys);
  const token = base64url(must(program.token, 'a token'));
  const ask = (name: string, shown = token): Promise<Response> =>
    openid.fetchProtectedResource(
      config,
      shown,
      new URL(`${stage.url}/v1/${name}`),
      'POST',
      '{}',
      new Headers({ 'content-type': 'application/json' }),
      { DPoP },
    );
  for (let n = 0; n < 3; n++) {
    const answer = await ask('whoami');
    const body = (await answer.json()) as { device?: string };
    check(
      answer.status === 200 && body.device === of.deviceId,
      `openid-client: whoami ${n}: ${JSON.stringify(body)}`,
    );
  }
  const spoilt = `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`;
  const refused = await refusalOf(ask('whoami', spoilt));
  check(refused === 'invalid_token', `openid-client: a forged token: ${refused}`);
}

/** The error that a challenge names, as the other side reads it. */
async function refusalOf(asked: Promise<Response>): Promise<string> {
  try {
    return `answers ${(await asked).status}`;
  } catch (thrown) {
    if (!(thrown instanceof openid.WWWAuthenticateChallengeError)) return String(thrown);
    return thrown.cause[0]?.parameters.error ?? 'no error is named';
  }
}

interface Verdict {
  readonly passed: number;
  readonly failures: readonly string[];
}

function judgePython(stage: DpopStage, python: string, of: Blessed): void {
  const input = { url: stage.url, seed: seedHex(of), blessing: of.blessing, device: of.deviceId };
  const run = spawnSync(python, [join(import.meta.dirname, 'dpop.py')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (run.status !== 0) throw new Error(`dpop.py failed: ${run.stderr}`);
  const verdict = JSON.parse(run.stdout) as Verdict;
  passedCount += verdict.passed;
  failures.push(...verdict.failures.map((words) => `python3-jwt: ${words}`));
}

function findPython(): string | null {
  const probe = (python: string): boolean =>
    spawnSync(python, ['-c', 'import jwt, cryptography'], { stdio: 'ignore' }).status === 0;
  return PYTHONS.find(probe) ?? null;
}

/** Debian's packages, when we are root and apt is there. */
function installPackages(): void {
  if (process.getuid?.() !== 0) return;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
}

async function main(): Promise<void> {
  if (findPython() === null) installPackages();
  const python = findPython();
  if (python === null)
    check(false, `python3-jwt is missing, so it does not judge: apt-get install ${PACKAGES.join(' ')}`);
  await using stage = await dpopStage();
  await judgeJose(stage);
  await judgeOpenid(stage);
  if (python !== null) judgePython(stage, python, await stage.bless());
  for (const failure of failures) console.log(failure);
  console.log('clients: jose, openid-client, python3-jwt with python3-cryptography; a live node');
  console.log(`${passedCount} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

await main();
