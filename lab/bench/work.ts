/**
 * Proof of work: what a node pays to look at a stamp, alone and with the message that it is for, and what its
 * maker pays for an attempt, natively and with the code of browsers.
 */

import { realEnv } from 'copse/internal/base/env.ts';
import { browserGrinder } from 'copse/internal/browser/work-grinder.ts';
import { Grind, headOf, isWork, plainGrinder, type Grinder } from 'copse/internal/crypto/work.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { readMessage, signMessage } from 'copse/internal/social/message/message.ts';
import { median, spread, type Bench, type Figure } from './figure.ts';

const env = realEnv();
const primitives = nativePrimitives();
const of = { id: env.random(32), node: env.random(32), recipient: env.random(32) };
/** More than any run finds. */
const BITS = 60;
const BATCH = 2_000;

export const workBench: Bench = {
  name: 'work',
  async run({ quick }) {
    const runs = quick ? 3 : 7;
    const stamp = { algorithm: 1, bits: 18, expiresMs: env.wallMs(), nonce: env.random(8) };
    const message = await signMessage(primitives, env.random(32), {
      kind: 1,
      timeMs: env.wallMs(),
      text: 'x'.repeat(280),
      mentions: [of.recipient],
    });
    const knock = (): boolean =>
      isWork(primitives, { ...of, id: readMessage(primitives, message.bytes).id }, stamp);
    return [
      measured(
        'stamps looked at',
        runs,
        repeated(() => isWork(primitives, of, stamp)),
      ),
      measured('knocks without work refused, with their messages', runs, repeated(knock)),
      measured('attempts at a stamp, natively', runs, grinding(plainGrinder(primitives))),
      measured('attempts at a stamp, as in browsers', runs, grinding(browserGrinder)),
    ];
  },
};

type Work = () => void;

function repeated(task: () => boolean): Work {
  return () => {
    for (let at = 0; at < BATCH; at++) if (task()) throw new Error('a draw of 18 zero bits');
  };
}

function grinding(grinder: Grinder): Work {
  const head = headOf(of, { bits: BITS, expiresMs: 0 });
  const grind = new Grind(grinder, head, { bits: BITS, first: new Uint8Array(8) });
  return () => void grind.step(BATCH);
}

function measured(name: string, runs: number, work: Work): Figure {
  const rates: number[] = [];
  const cpus: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const [beganMs, cpu] = [env.nowMs(), process.cpuUsage()];
    for (let batch = 0; batch < 20; batch++) work();
    const { user, system } = process.cpuUsage(cpu);
    const count = 20 * BATCH;
    // The first run warms the compiler.
    if (run === 0) continue;
    rates.push((1_000 * count) / (env.nowMs() - beganMs));
    cpus.push((user + system) / count);
  }
  const [value, cpuPerOp] = [median(rates), median(cpus)];
  return { name, unit: '/s', value, spread: spread(rates), cpuPerOp, rivals: {}, rssMb: null };
}
