/** Recovery over realms that are here, in the test: what gives the secret back, and what does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { must } from '../base/assert.ts';
import { concat, equal, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { oprfEvaluate, oprfKeyOf } from '../crypto/oprf.ts';
import { isScalar } from '../crypto/shares.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { openCard, sealCard, sealedCardBytes, type Card } from './recovery-card.ts';
import { codeText, parseCode, recoveryIdAt, recoveryKeysOf, type RecoveryKeys } from './recovery-code.ts';
import { Guess, makeRecovery, type MadeRecovery, type RealmPart } from './recovery.ts';

const primitives = nativePrimitives();
const env = realEnv();
const PIN = '271828';
const payload = utf8('the secret of a user');
const COST = 12;

function realms(count: number) {
  return Array.from({ length: count }, (_, i) => ({ url: `https://r${i}.example`, node: env.random(32) }));
}

interface Setting {
  readonly keys: RecoveryKeys;
  readonly made: MadeRecovery;
  readonly card: Card;
}

async function setting(count = 3, threshold = 2, of = realms(count)): Promise<Setting> {
  const keys = await recoveryKeysOf(primitives, env.random(32));
  const plan = { pin: PIN, realms: of, threshold, triesMax: 10, costLog: COST, payload };
  const made = await makeRecovery(primitives, env, keys, plan);
  const card = must(await openCard(primitives, keys.code, made.card), 'a card of our own');
  return { keys, made, card };
}

function part(made: MadeRecovery, number: number): RealmPart {
  return must(made.parts[number - 1], 'a part');
}

/** What an honest realm answers. */
function evaluate(made: MadeRecovery, number: number, blinded: Uint8Array) {
  return must(oprfEvaluate(env, oprfKeyOf(part(made, number).seed), blinded), 'an element');
}

function answered(guess: Guess, made: MadeRecovery, ...numbers: readonly number[]): boolean[] {
  return numbers.map((number) => guess.take(number, evaluate(made, number, guess.ask(number))));
}

test('[P2] any two of three realms give the secret back, and each of them is opened by its own tag', async () => {
  const { made, card } = await setting();
  for (const numbers of [
    [1, 2],
    [3, 1],
    [2, 3],
    [1, 2, 3],
  ]) {
    const guess = await Guess.begin(primitives, env, card, PIN);
    assert.deepEqual(
      answered(guess, made, ...numbers),
      numbers.map(() => true),
    );
    assert.ok(guess.solve());
    for (const number of numbers) {
      assert.deepEqual(guess.tag(number), part(made, number).tag);
      assert.ok(guess.give(number, part(made, number).share));
    }
    assert.deepEqual(guess.payload(), payload);
  }
});

test('[P2] what one runtime has left, another one recovers', async () => {
  const [native, browser] = [nativePrimitives(), browserPrimitives()];
  for (const [makes, takes] of [
    [native, browser],
    [browser, native],
  ] as const) {
    const keys = await recoveryKeysOf(makes, env.random(32));
    const plan = { pin: PIN, realms: realms(2), threshold: 2, triesMax: 10, costLog: COST, payload };
    const made = await makeRecovery(makes, env, keys, plan);
    const card = must(await openCard(takes, keys.code, made.card), 'a card of the same code');
    const guess = await Guess.begin(takes, env, card, PIN);
    answered(guess, made, 1, 2);
    assert.ok(guess.solve());
    for (const number of [1, 2]) assert.ok(guess.give(number, part(made, number).share));
    assert.deepEqual(guess.payload(), payload);
  }
});

test('[P2] a wrong PIN is found wrong when enough realms have answered, and not before', async () => {
  const { made, card } = await setting(5, 3);
  const guess = await Guess.begin(primitives, env, card, '314159');
  answered(guess, made, 1, 2);
  assert.equal(guess.missing, 1);
  assert.throws(() => guess.solve(), { name: 'AssertionError' });
  answered(guess, made, 3);
  assert.equal(guess.solve(), false);
  assert.throws(() => guess.tag(1), { name: 'AssertionError' });
});

test('[P4] an answer under a key of its own choice, of another realm or replayed is known as false', async () => {
  const { made, card } = await setting();
  const guess = await Guess.begin(primitives, env, card, PIN);
  const chosen = oprfKeyOf(env.random(32));
  assert.equal(
    guess.take(1, must(oprfEvaluate(env, chosen, guess.ask(1)), 'an element')),
    false,
    'chosen key',
  );
  assert.equal(guess.take(1, evaluate(made, 2, guess.ask(1))), false, 'the key of another realm');
  const old = evaluate(made, 1, guess.ask(1));
  guess.ask(1);
  assert.equal(guess.take(1, old), false, 'the answer to an earlier question');
  const other = await Guess.begin(primitives, env, card, PIN);
  const foreign = evaluate(made, 2, guess.ask(2));
  other.ask(2);
  assert.equal(other.take(2, foreign), false, 'the answer to somebody else');
  assert.equal(other.missing, 2, 'nothing of it counts');
});

test('[P4] shares and tags of another realm or registration are good nowhere else', async () => {
  const of = realms(3);
  const keys = await recoveryKeysOf(primitives, env.random(32));
  const plan = { pin: PIN, realms: of, threshold: 2, triesMax: 10, costLog: COST, payload };
  const first = await makeRecovery(primitives, env, keys, plan);
  const second = await makeRecovery(primitives, env, keys, plan);
  const card = must(await openCard(primitives, keys.code, first.card), 'a card');
  const guess = await Guess.begin(primitives, env, card, PIN);
  assert.equal(guess.take(1, evaluate(second, 1, guess.ask(1))), false, 'the key of another registration');
  answered(guess, first, 1, 3);
  assert.ok(guess.solve());
  assert.ok(!equal(guess.tag(1), part(second, 1).tag));
  assert.ok(!equal(guess.tag(1), guess.tag(2)));
  assert.equal(guess.give(1, part(first, 2).share), false, 'the share of another realm');
  assert.equal(guess.give(1, part(second, 1).share), false, 'the share of another registration');
  const spoilt = part(first, 1).share.slice();
  spoilt[3] = (spoilt[3] ?? 0) ^ 1;
  assert.equal(guess.give(1, spoilt), false, 'a tampered share');
  assert.equal(guess.missingShares, 2, 'nothing of it was taken');
});

test('[P2] what one realm and the code know leaves every PIN as likely as any other', async () => {
  const { made, card } = await setting();
  // The realm knows its key, its tag and its share; with the code also the card. It tries PINs at home.
  for (let n = 0; n < 12; n++) {
    const guess = await Guess.begin(primitives, env, card, `${1000 + n}`);
    assert.deepEqual(answered(guess, made, 1), [true], 'its own answer leaves a share for any PIN');
    assert.equal(guess.missing, 1, 'and there is nothing more to test it with');
  }
  for (const { masked } of card.realms) assert.ok(isScalar(masked));
});

test('[P3] a card opens under its own code only, and any flipped bit closes it', async () => {
  const { keys, made } = await setting();
  const other = await recoveryKeysOf(primitives, env.random(32));
  assert.equal(made.card.length, sealedCardBytes);
  assert.equal(await openCard(primitives, other.code, made.card), null);
  const halves = { secret: keys.code.secret, signer: other.code.signer };
  assert.equal(await openCard(primitives, halves, made.card), null);
  for (let at = 0; at < made.card.length; at += 97) {
    const spoilt = made.card.slice();
    spoilt[at] = (spoilt[at] ?? 0) ^ 4;
    assert.equal(await openCard(primitives, keys.code, spoilt), null);
  }
  assert.equal(await openCard(primitives, keys.code, made.card.subarray(1)), null);
});

test('[P3] who knows the code makes no other card: not with a lower threshold, not with realms of her own', async () => {
  const { keys, card } = await setting(5, 3);
  const thief = await recoveryKeysOf(primitives, env.random(32));
  // She has the code, so she can seal under it; the signature must be by the key of its fingerprint.
  const forging = { ...thief, code: keys.code };
  for (const forged of [card, { ...card, threshold: 2 }, { ...card, realms: card.realms.slice(0, 3) }]) {
    const sealed = await sealCard(primitives, env, forging, forged);
    assert.equal(await openCard(primitives, keys.code, sealed), null);
  }
});

test('[P3] a card that asks for one realm, the same realm twice or no work is not taken from anybody', async () => {
  const { keys, card } = await setting();
  const twice = card.realms.map((realm) => ({ ...realm, node: must(card.realms[0], 'a realm').node }));
  const unsound = [
    { ...card, threshold: 1 },
    { ...card, threshold: 4 },
    { ...card, realms: twice },
    { ...card, costLog: 1 },
  ];
  for (const one of unsound) {
    const sealed = await sealCard(primitives, env, keys, one);
    assert.equal(await openCard(primitives, keys.code, sealed), null);
  }
});

test('[P3] a code is read back from any layout, realms do not share an id, and other texts are none', async () => {
  const { keys } = await setting();
  const realm = 'https://r0.example';
  const typed = codeText({ ...keys.code, realms: [realm, 'http://127.0.0.1:7070'] });
  const back = must(parseCode(` ${typed.slice(0, 30)}\n${typed.slice(30)} `), 'a code');
  assert.deepEqual(back, { ...keys.code, realms: [realm, 'http://127.0.0.1:7070'] });
  for (const text of ['', 'copse-recovery:', typed.slice(0, -4), `${typed}AAAA`, typed.replace(':', ';')]) {
    assert.equal(parseCode(text), null, text);
  }
  const [a, b] = [
    recoveryIdAt(primitives, back, env.random(32)),
    recoveryIdAt(primitives, back, env.random(32)),
  ];
  assert.notDeepEqual(a, b);
  assert.notDeepEqual(concat(back.secret, back.signer).slice(0, 16), a);
});
