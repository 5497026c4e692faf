/**
 * `npm run judge -- oprf`: the oblivious function and the sharing of recovery (SPEC P1, P2) against the vectors
 * of RFC 9497 and an implementation that shares nothing with ours, Python over libsodium (`oprf.py`): as
 * client of our server and as server of our client, with honest and with spoilt answers. Each failing case is
 * a line; the last line is `N passed, N failed`.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { equal, fromHex, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { oprfBlind, oprfEvaluate, oprfFinalize, oprfKeyOf, oprfOutput } from 'copse/internal/crypto/oprf.ts';
import { combine, deal, maskBytes, maskShare, unmaskShare } from 'copse/internal/crypto/shares.ts';
import { vectorsFolder } from './crypto-vectors.ts';
import { judgeRfcVectors } from './oprf-vectors.ts';
import { check, compared, conclude } from './tally.ts';

type Item = Readonly<Record<string, string | number | readonly Item[]>>;
type Fields = Readonly<Record<string, string>>;

const COUNT = 200;
const INFO = hex(utf8('copse/1/recovery'));
const PYTHONS = ['/usr/bin/python3', 'python3'];
const env = realEnv();

judgeVectors();
compared('vectors of RFC 9497');
const python = findPython();
if (python === null) check(false, 'the other implementation needs python3 and libsodium (apt: libsodium23)');
else judgeOther(python);
conclude();

function judgeVectors(): void {
  const file = join(vectorsFolder(), 'voprf/allVectors.json');
  if (!existsSync(file)) return check(false, `the vectors of RFC 9497 are not in ${file}`);
  judgeRfcVectors(JSON.parse(readFileSync(file, 'utf8')), check);
}

function findPython(): string | null {
  const works = (name: string): boolean =>
    spawnSync(name, [join(import.meta.dirname, 'oprf.py')], { input: '{"act":"blind","items":[]}' })
      .status === 0;
  return PYTHONS.find(works) ?? null;
}

function judgeOther(name: string): void {
  const ask = (act: string, items: readonly Item[]): readonly (Fields | null)[] => {
    const input = JSON.stringify({ act, items });
    const ran = spawnSync(name, [join(import.meta.dirname, 'oprf.py')], { input, maxBuffer: 1 << 28 });
    if (ran.status !== 0) throw new Error(ran.stderr.toString());
    return JSON.parse(ran.stdout.toString());
  };
  judgeTheirServer(ask);
  compared('our client and the server over libsodium, honest and spoilt answers');
  judgeTheirClient(ask);
  compared('our server and the client over libsodium, honest and spoilt answers');
  judgeShares(ask);
  compared('shares and pads');
}

type Ask = (act: string, items: readonly Item[]) => readonly (Fields | null)[];

/** What they evaluate and prove, we take; a flipped bit in it we do not. */
function judgeTheirServer(ask: Ask): void {
  const cases = Array.from({ length: COUNT }, (_, n) => {
    const input = env.random(1 + (n % 70));
    return { input, seed: env.random(32), own: oprfBlind(env, input) };
  });
  const answers = ask(
    'serve',
    cases.map(({ input, seed, own }) => ({
      input: hex(input),
      seed: hex(seed),
      info: INFO,
      blinded: hex(own.blinded),
    })),
  );
  cases.forEach(({ input, seed, own }, n) => {
    const { publicKey, evaluated, proof, output } = must(answers[n], 'an answer');
    const key = oprfKeyOf(seed);
    check(hex(key.publicKey) === publicKey, `case ${n}: another key of the seed`);
    const answer = { evaluated: unhex(evaluated), proof: unhex(proof) };
    const ours = oprfFinalize(input, own, key.publicKey, answer);
    check(ours !== null && hex(ours) === output, `case ${n}: we do not take what they evaluate`);
    check(hex(oprfOutput(env, key, input)) === output, `case ${n}: another output`);
    const spoilt = flip(answer, n);
    check(oprfFinalize(input, own, key.publicKey, spoilt) === null, `case ${n}: we take a spoilt answer`);
  });
}

/** What we evaluate and prove, they take; a flipped bit in it they do not. */
function judgeTheirClient(ask: Ask): void {
  const inputs = Array.from({ length: COUNT }, (_, n) => env.random(1 + (n % 70)));
  const blinds = ask(
    'blind',
    inputs.map((input) => ({ input: hex(input) })),
  );
  const expected: (string | null)[] = [];
  const items = inputs.flatMap((input, n): Item[] => {
    const { blind = '', blinded = '' } = must(blinds[n], 'a blinded input');
    const key = oprfKeyOf(env.random(32));
    const answer = must(oprfEvaluate(env, key, unhex(blinded)), 'their element');
    expected.push(hex(oprfOutput(env, key, input)), null);
    return [answer, flip(answer, n)].map(({ evaluated, proof }) => ({
      input: hex(input),
      blind,
      blinded,
      publicKey: hex(key.publicKey),
      evaluated: hex(evaluated),
      proof: hex(proof),
    }));
  });
  ask('finalize', items).forEach((answer, n) => {
    const what = expected[n] === null ? 'take a spoilt answer' : 'do not take what we evaluate';
    check((answer?.['output'] ?? null) === expected[n], `case ${n}: they ${what}`);
  });
}

function flip(
  { evaluated, proof }: { readonly evaluated: Uint8Array; readonly proof: Uint8Array },
  n: number,
) {
  const bytes = Uint8Array.of(...evaluated, ...proof);
  const at = (n * 37) % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (n % 7));
  return { evaluated: bytes.slice(0, 32), proof: bytes.slice(32) };
}

/** Shares that we deal they combine, pads that we add they add. */
function judgeShares(ask: Ask): void {
  const dealt = Array.from({ length: COUNT / 4 }, (_, n) => {
    const count = 2 + (n % 7);
    const threshold = 2 + (n % (count - 1));
    const { secret, shares } = deal(env, threshold, count);
    const from = n % (count - threshold + 1);
    const numbered = shares.map((share, i) => ({ number: i + 1, share })).slice(from, from + threshold);
    return { secret, numbered };
  });
  const items = dealt.map(({ numbered }) => ({
    shares: numbered.map(({ number, share }) => ({ number, share: hex(share) })),
  }));
  ask('combine', items).forEach((answer, n) => {
    const { secret, numbered } = must(dealt[n], 'a deal');
    check(answer?.['secret'] === hex(secret), `deal ${n}: they combine our shares to another secret`);
    check(equal(combine(numbered), secret), `deal ${n}: we combine them to another secret`);
  });
  const masks = dealt.map(({ secret }) => ({ share: secret, pad: env.random(maskBytes) }));
  const masked = ask(
    'mask',
    masks.map(({ share, pad }) => ({ share: hex(share), pad: hex(pad) })),
  );
  masks.forEach(({ share, pad }, n) => {
    check(masked[n]?.['masked'] === hex(maskShare(share, pad)), `mask ${n}: another sum`);
    const back = unmaskShare(unhex(masked[n]?.['masked']), pad);
    check(back !== null && equal(back, share), `mask ${n}: another share`);
  });
}

function unhex(text: string | undefined): Uint8Array {
  return must(fromHex(text ?? '-'), 'the other side writes hex');
}
