/**
 * `npm run judge -- negentropy`: our reconciliation (SPEC Z35) with `nostr-tools` as the side that asks, and over the
 * line protocol of the reference's fuzz test with ourselves and, where `COPSE_NEGENTROPY` names a copy of
 * github.com/hoytech/negentropy, with the reference in JavaScript and C++, in both directions. Each failing case is a
 * line; the last line is `N passed, N failed`.
 */

import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Item } from 'copse/internal/social/reconcile/item.ts';
import { Responder } from 'copse/internal/social/reconcile/responder.ts';
import { nip77 } from 'nostr-tools';
import { differences, drawItems, setOf } from '../suites/reconciling.ts';
import { judgeMatches } from './negentropy/matches.ts';
import { check, compared, conclude } from './tally.ts';

const COUNTS = [0, 1, 2, 15, 16, 31, 32, 33, 100, 1_000, 10_000];
const MANY = 100_000;
const APART_IN_1000 = [0, 1, 10, 300, 1000];
/** Theirs, which it fills or goes a little over, and the least. */
const FRAMES = [60_000, 4096];
/** It counts with 32 bits, so its times are seconds; three items share one. */
const timeOf = (n: number): number => 1_677_970_534 + Math.floor(n / 3);
const primitives = nativePrimitives();

for (const frame of FRAMES) {
  for (const count of COUNTS) for (const apart of APART_IN_1000) judgeNostr(count, apart, frame);
  judgeNostr(MANY, 10, frame);
  compared(`nostr-tools asks copse, frames of ${frame} bytes`);
}
await judgeMatches();
conclude();

function judgeNostr(count: number, apart: number, frame: number): void {
  const items = drawItems(count + apart, count, timeOf);
  const draw = (n: number): number => Math.imul(n + 1, 0x9e3779b9) >>> 20;
  const isApart = (n: number): boolean => (draw(n) * 1000) / 4096 < apart;
  const ours = items.filter((_, n) => !isApart(n) || draw(n) % 2 === 0);
  const theirs = items.filter((_, n) => !isApart(n) || draw(n) % 2 === 1);
  const title = `nostr-tools asks for ${count} items, ${apart} in 1,000 apart, frames of ${frame}`;
  try {
    const told = askedByNostr(theirs, ours, frame);
    const wanted = differences(theirs, ours);
    check(told.have.join() === wanted.have.join(), `${title}: it has others than it finds`);
    check(told.need.join() === wanted.need.join(), `${title}: it needs others than it finds`);
  } catch (thrown) {
    check(false, `${title}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** What it finds, each once: it may say one twice when its frame was full. */
function askedByNostr(theirs: readonly Item[], ours: readonly Item[], frame: number) {
  const storage = new nip77.NegentropyStorageVector();
  for (const { time, id } of theirs) storage.insert(time, hex(id));
  storage.seal();
  const asking = new nip77.Negentropy(storage, frame);
  const options = { frameBytesMax: frame, roundsMax: Number.MAX_SAFE_INTEGER };
  const answering = new Responder({ primitives, snapshot: setOf(ours).snapshot() }, options);
  const have = new Set<string>();
  const need = new Set<string>();
  let message: string | null = asking.initiate();
  while (message !== null) {
    const answer = answering.on(must(fromHex(message), 'bytes'));
    check(answer.length <= frame, `an answer of ${answer.length} bytes in a frame of ${frame}`);
    message = asking.reconcile(
      hex(answer),
      (id) => have.add(id),
      (id) => need.add(id),
    );
  }
  return { have: [...have].toSorted(), need: [...need].toSorted() };
}
