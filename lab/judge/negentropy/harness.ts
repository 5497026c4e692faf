/**
 * `harness.ts speak`: our machines in the line protocol of the reference implementation's fuzz test, so that it can
 * be run with us, with `FRAMESIZELIMIT` as it has it. `harness.ts`, alone: a match of ours against ours and, where
 * `COPSE_NEGENTROPY` names a copy of github.com/hoytech/negentropy, against the reference in JavaScript and C++,
 * in both directions.
 */

import { createInterface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { reconcileFrameBytesMax } from 'copse/internal/base/limits-reconcile.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Initiator } from 'copse/internal/social/reconcile/initiator.ts';
import { ItemSet } from 'copse/internal/social/reconcile/item-set.ts';
import { Responder } from 'copse/internal/social/reconcile/responder.ts';
import { conclude } from '../tally.ts';
import { judgeMatches } from './matches.ts';

if (process.argv[2] === 'speak') await speak();
else {
  await judgeMatches();
  conclude();
}

async function speak(): Promise<void> {
  const frameBytesMax = Number(process.env['FRAMESIZELIMIT'] ?? reconcileFrameBytesMax);
  // The lines are for sets of any size in frames of any size.
  const options = { frameBytesMax, roundsMax: Number.MAX_SAFE_INTEGER };
  const set = new ItemSet();
  const ground = () => ({ primitives: nativePrimitives(), snapshot: set.snapshot() });
  let initiator: Initiator | null = null;
  let responder: Responder | null = null;
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, value = '', last = ''] = line.trim().split(',');
    if (word === 'item') set.insert({ time: Number(value), id: must(fromHex(last), 'an id') });
    else if (word === 'initiate') {
      initiator = new Initiator(ground(), options);
      say(`msg,${hex(initiator.start())}`);
    } else if (word === 'msg') {
      const message = must(fromHex(value), 'a message');
      if (initiator === null) {
        responder ??= new Responder(ground(), options);
        say(`msg,${hex(responder.on(message))}`);
        continue;
      }
      const step = initiator.on(message);
      say(
        ...Array.from(step.have, ({ id }) => `have,${hex(id)}`),
        ...step.need.map((id) => `need,${hex(id)}`),
      );
      say(step.message === null ? 'done' : `msg,${hex(step.message)}`);
    } else if (word !== 'seal') throw new Error(`the line protocol has no ${word}`);
  }
}

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
