/**
 * The vectors of RFC 9497 for ristretto255-SHA512 in all three modes, batches too: what is in use is the mode
 * VOPRF, but the library that makes it makes the others by the same code.
 */

import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';

type Check = (isRight: boolean, what: string) => void;
type Json = Readonly<Record<string, unknown>>;

const { oprf, voprf, poprf } = ristretto255_oprf;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

export function judgeRfcVectors(file: unknown, check: Check): void {
  const suites = Array.isArray(file) ? file.filter(isJson) : [];
  const ours = suites.filter((suite) => suite['identifier'] === 'ristretto255-SHA512');
  check(ours.length === 3, `three modes of ristretto255-SHA512, not ${ours.length}`);
  for (const suite of ours) judgeSuite(suite, check);
}

function judgeSuite(suite: Json, check: Check): void {
  const mode = Number(suite['mode']);
  const kind = must([oprf, voprf, poprf(new Uint8Array(0))][mode], 'a mode of RFC 9497');
  const keys = kind.deriveKeyPair(bytes(suite['seed']), bytes(suite['keyInfo']));
  check(hex(keys.secretKey) === suite['skSm'], `mode ${mode}: the secret key`);
  if (mode > 0) check(hex(keys.publicKey) === suite['pkSm'], `mode ${mode}: the public key`);
  const vectors = Array.isArray(suite['vectors']) ? suite['vectors'].filter(isJson) : [];
  check(vectors.length >= 2, `mode ${mode}: there are no vectors`);
  vectors.forEach((vector, n) => {
    const title = `mode ${mode}, vector ${n + 1}`;
    const { secretKey: secret, publicKey } = keys;
    if (mode === 0) judgePlain(vector, secret, (isRight, what) => check(isRight, `${title}: ${what}`));
    else
      judgeProven(mode, vector, { secret, publicKey }, (isRight, what) =>
        check(isRight, `${title}: ${what}`),
      );
  });
}

function judgePlain(vector: Json, secret: Uint8Array, check: Check): void {
  const [input, blind] = [text(vector['Input']), text(vector['Blind'])];
  const blinded = oprf.blind(bytes(input), drawing(blind));
  check(hex(blinded.blind) === blind, 'the blind');
  check(hex(blinded.blinded) === vector['BlindedElement'], 'the blinded element');
  const evaluated = oprf.blindEvaluate(secret, blinded.blinded);
  check(hex(evaluated) === vector['EvaluationElement'], 'the evaluation');
  check(hex(oprf.finalize(bytes(input), blinded.blind, evaluated)) === vector['Output'], 'the output');
}

function judgeProven(
  mode: number,
  vector: Json,
  keys: { readonly secret: Uint8Array; readonly publicKey: Uint8Array },
  check: Check,
): void {
  const [inputs, blinds] = [listed(vector['Input']), listed(vector['Blind'])];
  const of = poprf(mode === 2 ? bytes(vector['Info']) : new Uint8Array(0));
  const own = inputs.map((input, i) => {
    const rng = drawing(must(blinds[i], 'a blind'));
    const tweaked = of.blind(bytes(input), keys.publicKey, rng);
    const { blind, blinded } = mode === 1 ? voprf.blind(bytes(input), rng) : tweaked;
    return { input: bytes(input), blind, blinded, tweakedKey: tweaked.tweakedKey };
  });
  check(
    own.map(({ blinded }) => hex(blinded)).join(',') === vector['BlindedElement'],
    'the blinded elements',
  );
  const proof = isJson(vector['Proof']) ? vector['Proof'] : {};
  const rng = drawing(text(proof['r']));
  const blinded = own.map((each) => each.blinded);
  const answer =
    mode === 1
      ? voprf.blindEvaluateBatch(keys.secret, keys.publicKey, blinded, rng)
      : of.blindEvaluateBatch(keys.secret, blinded, rng);
  check(
    answer.evaluated.map((each) => hex(each)).join(',') === vector['EvaluationElement'],
    'the evaluations',
  );
  check(hex(answer.proof) === proof['proof'], 'the proof');
  const items = own.map((each, i) => ({ ...each, evaluated: must(answer.evaluated[i], 'an evaluation') }));
  const outputs =
    mode === 1
      ? voprf.finalizeBatch(items, keys.publicKey, answer.proof)
      : of.finalizeBatch(items, answer.proof, must(own[0], 'an input').tweakedKey);
  check(outputs.map((each) => hex(each)).join(',') === vector['Output'], 'the outputs');
}

/** The library reduces what it draws to 1 … order - 1, so it draws one less than the scalar of the vector. */
function drawing(scalar: string) {
  return (size = 48): Uint8Array<ArrayBuffer> => {
    const drawn = new Uint8Array(size);
    drawn.set(bytes(scalar));
    for (let i = 0; i < size; i++) {
      const byte = drawn[i] ?? 0;
      drawn[i] = byte === 0 ? 255 : byte - 1;
      if (byte !== 0) break;
    }
    return drawn;
  };
}

function listed(value: unknown): readonly string[] {
  return text(value).split(',');
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`a text is expected in the vectors: ${String(value)}`);
  return value;
}

function bytes(value: unknown): Uint8Array {
  return must(fromHex(text(value)), 'a vector is hex');
}
