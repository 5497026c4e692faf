/**
 * `npm run judge -- pow`: proof of work (SPEC Z70). How zero bits are counted, against the examples of NIP-13,
 * nostr-tools and Python; stamps against Python over hashlib: theirs that we check, ours that they check, honest and spoilt. Each failing case is a line; the last line is `N passed, N failed`.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Grind, headOf, isWork, plainGrinder, WORK_ALGORITHM, zeroBits } from 'copse/internal/crypto/work.ts';
import { nip13 } from 'nostr-tools';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { check, compared, conclude } from './tally.ts';

/** The examples of https://github.com/nostr-protocol/nips/blob/master/13.md, and the edges of a digit. */
const NIP_13: readonly (readonly [id: string, bits: number])[] = [
  ['000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358', 21],
  ['000000000e9d97a1ab09fc381030b346cdd7a142ad57e6df0b46dc9bef6c7e2d', 36],
  ['002f'.padEnd(64, '0'), 10],
  ['1'.padEnd(64, '0'), 3],
  ['7'.padEnd(64, '0'), 1],
  ['8'.padEnd(64, '0'), 0],
  ['0'.repeat(64), 256],
];
const COUNT = 200;
const BITS = 8;
const PYTHONS = ['/usr/bin/python3', 'python3'];

const env = realEnv();
const primitives = nativePrimitives();

for (const [id, bits] of NIP_13) check(zeroBits(unhex(id)) === bits, `${id} has ${bits} zero bits`);
compared('ids of NIP-13');
for (let at = 0; at <= 8 * COUNT; at++) {
  const hash = env.random(32).fill(0, 0, at % 33);
  check(zeroBits(hash) === nip13.getPow(hex(hash)), `nostr-tools counts otherwise in ${hex(hash)}`);
}
compared('zero bits, counted by nostr-tools');
const python = PYTHONS.find((name) => spawnSync(name, ['-c', '']).status === 0);
if (python === undefined) check(false, 'the other implementation needs python3');
else judgeOther(python);
conclude();

type Item = Readonly<Record<string, string | number>>;

function judgeOther(name: string): void {
  const ask = (items: readonly Item[]): readonly (string | number | boolean | null)[] => {
    const ran = spawnSync(name, [join(import.meta.dirname, 'pow.py')], { input: JSON.stringify(items) });
    if (ran.status !== 0) throw new Error(ran.stderr.toString());
    return JSON.parse(ran.stdout.toString());
  };
  const hashes = Array.from({ length: COUNT }, (_, at) => env.random(32).fill(0, 0, at % 33));
  const counted = ask(hashes.map((hash) => ({ act: 'bits', hash: hex(hash) })));
  hashes.forEach((hash, at) => check(zeroBits(hash) === counted[at], `zero bits of ${hex(hash)}`));
  compared('zero bits, counted by Python');
  judgeStamps(ask);
}

function judgeStamps(ask: (items: readonly Item[]) => readonly (string | number | boolean | null)[]): void {
  const cases = Array.from({ length: COUNT }, (_, at) => {
    const of = { id: env.random(32), node: env.random(32), recipient: env.random(32) };
    return { of, terms: { bits: at % (BITS + 1), expiresMs: 1_800_000_000_000 + at } };
  });
  const itemOf = ({ of, terms }: (typeof cases)[number], nonce: string): Item => ({
    id: hex(of.id),
    node: hex(of.node),
    recipient: hex(of.recipient),
    algorithm: WORK_ALGORITHM,
    ...terms,
    nonce,
  });
  const theirs = ask(cases.map((each) => ({ act: 'grind', ...itemOf(each, '') })));
  cases.forEach(({ of, terms }, at) => {
    const stamp = { algorithm: WORK_ALGORITHM, ...terms, nonce: unhex(String(theirs[at])) };
    check(isWork(primitives, of, stamp), `case ${at}: we do not take their work`);
  });
  compared('stamps by Python');
  const ours = cases.map(({ of, terms }) => {
    const grind = new Grind(plainGrinder(primitives), headOf(of, terms), {
      bits: terms.bits,
      first: env.random(8),
    });
    return hex(must(grind.step(1 << 20), 'a nonce'));
  });
  const asked = cases.flatMap((each, at): Item[] => {
    const item = { act: 'check', ...itemOf(each, ours[at] ?? '') };
    return [item, { ...item, node: hex(env.random(32)), bits: each.terms.bits + 24 }];
  });
  ask(asked).forEach((isTaken, at) =>
    check(isTaken === (at % 2 === 0), `case ${at}: they ${isTaken === true ? 'take' : 'refuse'} it`),
  );
  compared('our stamps, honest and spoilt, checked by Python');
}

function unhex(text: string): Uint8Array {
  return must(fromHex(text), 'ids are hex');
}
