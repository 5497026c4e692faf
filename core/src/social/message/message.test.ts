/** The form of messages: one encoding, one id, and nothing that is not stated. */

import { deepEqual, equal, notDeepEqual, ok, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import {
  peerContentBytesMax,
  peerMentionsMax,
  peerRepliesMax,
  peerTagBytesMax,
  peerTagsMax,
  peerTextBytesMax,
  reactionBytesMax,
} from '../../base/limits-peer.ts';
import { signObject } from '../../capability/cose.ts';
import { domain } from '../../crypto/domain.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import type { Cbor } from '../../wire/cbor.ts';
import { KIND } from './kinds.ts';
import { byTime, openMessage, readMessage, signMessage } from './message.ts';
import { refOf, refsOf, RELATION, tagRef } from './refs.ts';
import type { MessageTerms } from './terms.ts';

const primitives = nativePrimitives();
const SEED = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const ID = new Uint8Array(32).fill(9);
// The domain of the vectors: `domain.test.ts` wants a label declared once, and it is in `message.ts`.
const within = domain(['social', 'message'].join('/'));
const POST: MessageTerms = { kind: KIND.post, timeMs: 1_000, text: 'words' };

const sign = (terms: MessageTerms) => signMessage(primitives, SEED, terms);
const malformed =
  (code = 'malformed') =>
  (thrown: unknown) =>
    thrown instanceof Fault && thrown.code === code;
const refused = (terms: MessageTerms) => rejects(sign(terms), malformed());

/** An object of these fields, signed as messages are. */
async function crafted(fields: readonly (readonly [number, Cbor])[]): Promise<Uint8Array> {
  return signObject(primitives, within, SEED, fields);
}

const PLAIN = { noNullPrototype: true };
const attachment = fc.record(
  {
    address: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    size: fc.maxSafeNat(),
    type: fc.string({ maxLength: 20 }),
    alt: fc.string({ maxLength: 20, unit: 'grapheme' }),
  },
  PLAIN,
);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const post: fc.Arbitrary<MessageTerms> = fc.record(
  {
    kind: fc.constant(KIND.post),
    timeMs: fc.maxSafeNat(),
    text: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }),
    type: fc.string({ maxLength: 20 }),
    mentions: fc.uniqueArray(hash, { maxLength: 4, selector: String }),
    replies: fc.uniqueArray(hash, { maxLength: 4, selector: String }),
    attachments: fc.array(attachment, { maxLength: 3 }),
    tags: fc.array(fc.string({ minLength: 1, maxLength: 10 }), { maxLength: 3 }),
    content: fc.uint8Array({ maxLength: 50 }),
  },
  PLAIN,
);

test('[Z1] what is read is what was signed, from one encoding', async () => {
  await fc.assert(
    fc.asyncProperty(post, async (terms) => {
      const signed = await sign(terms);
      const read = await openMessage(primitives, signed.bytes);
      ok(read !== null);
      const { id, from, bytes } = read;
      deepEqual({ ...terms, ...read }, { ...read, ...terms }, 'all that was said');
      equal(id.length, 32);
      deepEqual((await sign(terms)).bytes, bytes, 'the same words are the same bytes');
      deepEqual(from, await primitives.ed25519PublicKey(SEED));
    }),
    { numRuns: 100 },
  );
});

test('[Z1] the id is of what is said and of who says it, and not of the signature', async () => {
  const { id, bytes } = await sign(POST);
  notDeepEqual((await signMessage(primitives, OTHER, POST)).id, id);
  notDeepEqual((await sign({ ...POST, timeMs: 1_001 })).id, id);
  const other = bytes.slice();
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  deepEqual(readMessage(primitives, other).id, id);
  equal(await openMessage(primitives, other), null, 'but nobody believes it');
});

test('[Z1] whatever bytes are flipped, nobody reads something else', async () => {
  const { bytes, id } = await sign({ ...POST, mentions: [ID], replies: [ID], tags: ['a'] });
  for (let at = 0; at < bytes.length; at++) {
    const other = bytes.slice();
    other[at] = (other[at] ?? 0) ^ (1 << (at % 8));
    try {
      const read = await openMessage(primitives, other);
      equal(read, null, `byte ${at}`);
    } catch (thrown) {
      ok(malformed()(thrown) || malformed('tooLarge')(thrown), `byte ${at}: ${String(thrown)}`);
    }
  }
  throws(() => readMessage(primitives, bytes.subarray(1)), malformed());
  throws(() => readMessage(primitives, concat(bytes, Uint8Array.of(0))), malformed());
  throws(() => readMessage(primitives, new Uint8Array(70_000)), malformed('tooLarge'));
  equal(id.length, 32);
});

test('[Z1] a field that is empty, unknown, missing or of another kind is refused', async () => {
  const good: readonly (readonly [number, Cbor])[] = [
    [3, KIND.post],
    [4, 1_000],
    [5, 'words'],
  ];
  ok(readMessage(primitives, await crafted(good)).text === 'words');
  const wrong: readonly (readonly [number, Cbor])[][] = [
    ...[3, 4].map((field) => good.filter(([key]) => key !== field)),
    [...good.slice(0, 2), [5, '']],
    ...[6, 11].map((field) => [...good, [field, ''] as const]),
    ...[7, 8, 9, 10].map((field) => [...good, [field, []] as const]),
    [...good, [12, new Uint8Array(0)]],
    [...good, [14, 1]],
    [...good, [13, ID]],
    [...good, [8, [ID]], [13, ID]],
    [...good.slice(1), [3, 256]],
    [...good.slice(1), [3, 0]],
    [good[0] ?? [3, 1], [4, -1], [5, 'words']],
    [...good, [7, [new Uint8Array(31)]]],
    [...good, [8, [new Uint8Array(33)]]],
    [...good, [9, [[ID, 1, 'image/png']]]],
    [...good, [9, [[ID, 1, 'image/png', '', 1]]]],
    [...good, [10, ['']]],
    [...good, [7, [ID, ID]]],
  ];
  for (const fields of wrong) {
    const bytes = await crafted(fields);
    throws(() => readMessage(primitives, bytes), malformed(), JSON.stringify(fields));
  }
});

test('[Z1] a signature in another domain is none', async () => {
  const fields = [
    [3, KIND.post],
    [4, 1_000],
    [5, 'words'],
  ] as const;
  equal((await openMessage(primitives, await crafted(fields)))?.text, 'words');
  const elsewhere = await signObject(primitives, domain('test/elsewhere'), SEED, fields);
  equal(await openMessage(primitives, elsewhere), null);
});

test('[Z1] every part of a message has a bound', async () => {
  const keys = (count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, n) => new Uint8Array(32).fill(n));
  await sign({ ...POST, mentions: keys(peerMentionsMax), replies: keys(peerRepliesMax) });
  await refused({ ...POST, mentions: keys(peerMentionsMax + 1) });
  await refused({ ...POST, replies: keys(peerRepliesMax + 1) });
  await refused({ ...POST, text: 'ä'.repeat(peerTextBytesMax / 2 + 1) });
  await refused({ ...POST, tags: ['ä'.repeat(peerTagBytesMax / 2 + 1)] });
  await refused({ ...POST, tags: Array.from({ length: peerTagsMax + 1 }, (_, n) => `${n}`) });
  await refused({ ...POST, content: new Uint8Array(peerContentBytesMax + 1) });
  await refused({ ...POST, text: '\ud800' });
  await refused({ ...POST, tags: ['\udc00'] });
  const all = { text: 'x'.repeat(peerTextBytesMax), content: new Uint8Array(peerContentBytesMax) };
  await rejects(sign({ ...POST, ...all }), malformed('tooLarge'));
});

test('[Z2] a message of a kind says what the kind is for', async () => {
  await refused({ kind: KIND.post, timeMs: 1 });
  await refused({ kind: KIND.edit, timeMs: 1, replies: [ID] });
  for (const kind of [KIND.edit, KIND.delete, KIND.share, KIND.reaction]) {
    await refused({ kind, timeMs: 1, text: 'x' });
    await sign({ kind, timeMs: 1, text: 'x', replies: [ID] });
  }
  for (const kind of [KIND.edit, KIND.share, KIND.reaction])
    await refused({ kind, timeMs: 1, text: 'x', replies: [ID, new Uint8Array(32)] });
  await refused({ kind: KIND.reaction, timeMs: 1, replies: [ID] });
  await refused({ kind: KIND.reaction, timeMs: 1, text: 'x'.repeat(reactionBytesMax + 1), replies: [ID] });
  await refused({ ...POST, name: 'x' });
  equal((await sign({ kind: KIND.list, timeMs: 1, name: 'x' })).name, 'x');
  // Programs may have kinds of their own, of both sorts.
  for (const kind of [6, 31, 200, 255]) await sign({ kind, timeMs: 1 });
  await refused({ kind: 256, timeMs: 1 });
});

test('[Z3] readers see messages by time, then by id', async () => {
  const some = await Promise.all(['a', 'b', 'c'].map((text) => sign({ ...POST, text })));
  const later = await sign({ ...POST, timeMs: 1_001 });
  const sorted = [later, ...some].toSorted(byTime);
  equal(sorted.at(-1), later);
  deepEqual(sorted, [later, ...some.toReversed()].toSorted(byTime));
  ok(sorted.every((each, at) => at === 0 || byTime(sorted[at - 1] ?? each, each) < 0));
});

test('[Z4] a message is found by its user, by whom and what it names, and by its tags', async () => {
  const author = await primitives.ed25519PublicKey(SEED);
  const refs = async (terms: Partial<MessageTerms>) =>
    refsOf(primitives, await sign({ ...POST, ...terms })).map((ref) => ref.join());
  const has = (found: readonly string[], ref: Uint8Array): boolean => found.includes(ref.join());
  const full = await refs({ mentions: [OTHER], replies: [ID], tags: ['Wald', 'WALD', 'wald\u0061\u0308'] });
  equal(full.length, 6, 'each once');
  ok(has(full, refOf(RELATION.author, author)) && has(full, refOf(RELATION.mention, OTHER)));
  ok(has(full, refOf(RELATION.reply, ID)) && has(full, tagRef(primitives, 'waldä')));
  ok(has(full, refOf(RELATION.thread, ID)), 'in the thread that it begins');
  const deep = await refs({ replies: [ID], thread: OTHER });
  ok(has(deep, refOf(RELATION.thread, OTHER)) && !has(deep, refOf(RELATION.thread, ID)));
  const reaction = await refs({ kind: KIND.reaction, text: 'x', replies: [ID] });
  ok(has(reaction, refOf(RELATION.other, author)) && has(reaction, refOf(RELATION.about, ID)));
  ok(!has(reaction, refOf(RELATION.reply, ID)), 'it is no answer');
  deepEqual(await refs({ kind: KIND.list, tags: ['wald'], mentions: [OTHER] }), [
    refOf(RELATION.other, author).join(),
  ]);
});
