/**
 * Drawn plays for the stores of messages: a few people write, change, take back and replace, the messages come in
 * any order, more than once and for any account, accounts are small so that something falls out all the time, and
 * after each act the store shows what the model shows. Without a test runner: browsers run it too.
 */

import fc from 'fast-check';
import { compare, hex } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage, signMessage } from 'copse/internal/social/message/message.ts';
import { refsOf } from 'copse/internal/social/message/refs.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import type { PageCursor, PeerStore, StoredMessage } from 'copse/internal/social/store/store.ts';

/** What a drawn message says; it names messages that are drawn before it. */
interface Line {
  readonly author: number;
  readonly kind: number;
  readonly time: number;
  readonly words: readonly number[];
  readonly about: readonly number[];
  readonly mention: number | null;
  readonly tag: number | null;
  readonly name: number;
}

type Act =
  | {
      readonly kind: 'put';
      readonly lines: readonly number[];
      readonly payer: number;
      readonly bytesMax: number;
      readonly at: number;
    }
  | { readonly kind: 'pin'; readonly line: number; readonly isPinned: boolean }
  | { readonly kind: 'takeAway'; readonly line: number }
  | { readonly kind: 'prune'; readonly bytesMax: number }
  | { readonly kind: 'words'; readonly rows: number }
  | {
      readonly kind: 'look';
      readonly lines: readonly number[];
      readonly rows: number;
      readonly bytes: number;
      readonly words: readonly number[];
    };

export interface Play {
  readonly lines: readonly Line[];
  readonly acts: readonly Act[];
}

const WORDS = ['Ahorn', 'ahornblatt', 'Éiche', 'eiche', 'Linde', '"', 'Lin', '木', "O'Neill"];
const KINDS = [1, 1, 1, 1, 2, 2, 3, 4, 5, 32, 33, 200, 7];
const index = fc.nat({ max: 99 });

const line: fc.Arbitrary<Line> = fc.record({
  author: fc.nat({ max: 2 }),
  kind: fc.constantFrom(...KINDS),
  time: fc.nat({ max: 40 }),
  words: fc.array(fc.nat({ max: WORDS.length - 1 }), { minLength: 1, maxLength: 4 }),
  about: fc.array(index, { minLength: 1, maxLength: 3 }),
  mention: fc.option(fc.nat({ max: 3 })),
  tag: fc.option(fc.nat({ max: 2 })),
  name: fc.nat({ max: 1 }),
});

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      lines: fc.array(index, { minLength: 1, maxLength: 4 }),
      payer: fc.nat({ max: 2 }),
      bytesMax: fc.constantFrom(300, 900, 1_500, 2_500, 4_000, 1_000_000),
      at: fc.nat({ max: 60 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('takeAway' as const), line: index }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pin' as const), line: index, isPinned: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('prune' as const),
      bytesMax: fc.constantFrom(0, 1_000, 3_000, 6_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('words' as const), rows: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      lines: fc.array(index, { maxLength: 5 }),
      rows: fc.integer({ min: 1, max: 12 }),
      bytes: fc.constantFrom(1, 500, 100_000),
      words: fc.array(fc.nat({ max: WORDS.length - 1 }), { maxLength: 2 }),
    }),
  },
);

export const play: fc.Arbitrary<Play> = fc.record({
  lines: fc.array(line, { minLength: 4, maxLength: 24 }),
  acts: fc.array(act, { minLength: 10, maxLength: 60 }),
});

/** The people of all plays. */
export interface Cast {
  readonly primitives: Primitives;
  readonly seeds: readonly Uint8Array[];
  readonly keys: readonly Key[];
}

export async function castOf(primitives: Primitives): Promise<Cast> {
  const seeds = [1, 2, 3, 4].map((n) => new Uint8Array(32).fill(n));
  const keys = await Promise.all(seeds.map(async (seed) => key(await primitives.ed25519PublicKey(seed))));
  return { primitives, seeds, keys };
}

/** Plays before both, and throws at the first difference. */
export async function compareOn(cast: Cast, stores: Stores, drawn: Play): Promise<void> {
  const { store, model } = stores;
  const scene = await sceneOf(cast, drawn);
  const marks = new Map<Key, number>();
  for (const { what, perform } of scene.acts) {
    same(perform(store), perform(model), what);
    same(scene.counters(store), scene.counters(model), `counters after ${what}`);
    marksRise(cast, store, marks);
  }
  same(scene.everything(store), scene.everything(model), 'everything at the end');
}

interface Stores {
  readonly store: PeerStore;
  readonly model: PeerStore;
}

interface Messages {
  readonly cast: Cast;
  readonly messages: readonly Message[];
}

/** A play with its messages signed. */
export interface Scene {
  readonly acts: readonly { readonly what: string; readonly perform: (store: PeerStore) => unknown }[];
  counters(store: PeerStore): unknown;
  everything(store: PeerStore): unknown;
}

export async function sceneOf(cast: Cast, { lines, acts }: Play): Promise<Scene> {
  const messages: Message[] = [];
  for (const each of lines) messages.push(await sign(cast, each, messages));
  const all = { cast, messages };
  return {
    acts: acts.map((each, at) => ({
      what: `act ${at}, ${each.kind}`,
      perform: (store) => perform(all, store, each),
    })),
    counters: (store) => counters(cast, store),
    everything: (store) => everything(all, store),
  };
}

function sign({ primitives, seeds, keys }: Cast, line: Line, before: readonly Message[]): Promise<Message> {
  const { author, kind, time, words, about, mention, tag, name } = line;
  const seed = seeds[author] ?? new Uint8Array(32);
  const ids = before.length === 0 ? [] : about.map((at) => before[at % before.length]?.id ?? seed);
  const distinct = [...new Map(ids.map((id) => [hex(id), id])).values()];
  const needs = [KIND.edit, KIND.delete, KIND.share, KIND.reaction].some((other) => other === kind);
  const replies = kind === KIND.delete || kind === KIND.post ? distinct : distinct.slice(0, 1);
  const text = words.map((at) => WORDS[at]).join(' ');
  const target = keys[mention ?? 0];
  const terms: MessageTerms = {
    kind: needs && replies.length === 0 ? KIND.post : kind,
    timeMs: 1_000 + time,
    text: kind === KIND.reaction ? text.slice(0, 8) : text,
    mentions: mention === null || target === undefined ? [] : [target],
    replies: kind >= 32 ? [] : replies,
    tags: tag === null ? [] : [WORDS[tag] ?? ''],
    name: kind >= 32 && name === 1 ? 'a' : '',
  };
  return signMessage(primitives, seed, terms);
}

function perform({ messages, cast }: Messages, store: PeerStore, act: Act): unknown {
  const at = (line: number): readonly Message[] => messages.slice(line % messages.length).slice(0, 1);
  switch (act.kind) {
    case 'put': {
      const payer = cast.keys[act.payer];
      if (payer === undefined) return null;
      const common = { payer, bytesMax: act.bytesMax, atMs: 1_000 + act.at };
      return store.put(act.lines.flatMap(at).map((message) => ({ message, ...common })));
    }
    case 'pin':
      return at(act.line).map(({ id }) => store.pin(id, act.isPinned));
    case 'takeAway':
      return at(act.line).map(({ id }) => store.takeAway(id));
    case 'prune':
      return store.prune(act.bytesMax);
    case 'words':
      return store.indexWords(act.rows);
    case 'look':
      return look(store, {
        refs: distinct(act.lines.flatMap(at).flatMap((message) => refsOf(cast.primitives, message))),
        rowsMax: act.rows,
        bytesMax: act.bytes,
        words: act.words.map((word) => WORDS[word]).join(' '),
      });
  }
}

interface Look {
  readonly refs: readonly Uint8Array[];
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly words: string;
}

/** All pages of some keys, one behind the other, and what a search finds. */
function look(store: PeerStore, { refs, rowsMax, bytesMax, words }: Look): unknown {
  const rows: StoredMessage[] = [];
  let before: PageCursor | null = null;
  for (;;) {
    const page: readonly StoredMessage[] = store.page({ refs, before, rowsMax, bytesMax });
    const last = page.at(-1);
    if (last === undefined) break;
    rows.push(...page);
    before = last;
  }
  const [found] = store.search(words, null, 1);
  const next = found === undefined ? [] : store.search(words, found, rowsMax);
  return { rows, found: found ?? null, next };
}

function counters(cast: Cast, store: PeerStore): unknown {
  return { usage: cast.keys.map((each) => store.usage(each)), totals: store.totals(), head: store.head() };
}

/** What fell out stays out only while no mark sinks. */
function marksRise({ keys }: Cast, store: PeerStore, marks: Map<Key, number>): void {
  for (const each of keys) {
    const { markMs } = store.usage(each);
    if (markMs < (marks.get(each) ?? 0)) throw new Error('a mark sank');
    marks.set(each, markMs);
  }
}

function everything({ cast, messages }: Messages, store: PeerStore): unknown {
  const refs = distinct(messages.flatMap((message) => refsOf(cast.primitives, message)));
  const head = store.head();
  return {
    messages: messages.map(({ id }) => ({ knows: store.knows(id), is: store.get(id) })),
    after: store.after(0, 100),
    behind: store.after(Math.floor(head / 2), 2),
    page: store.page({ refs, before: null, rowsMax: 100, bytesMax: 1_000_000 }),
    items: refs.map((ref) => [
      store.items(ref, { timeMs: 0, seq: 0 }, 100),
      store.items(ref, { timeMs: 1_020, seq: 2 }, 3),
    ]),
    newest: [store.newest(refs, 5), store.newest(refs.slice(0, 1), 1), store.newest(refs, 1_000)],
    seqs: refs.map((ref) => store.seqs(ref, { from: 1, to: head - 1 }, 3)),
    at: store.at([head, 1, 2]),
    currents: cast.keys.map((each) => [
      store.currents(each, null, 9),
      store.currents(each, { kind: 32, name: '' }, 1),
    ]),
    current: cast.keys.map((each) => store.current(each, KIND.profile, 'a')),
    words: WORDS.map((word) => store.search(word, null, 100)),
  };
}

function distinct(refs: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(refs.map((ref) => [hex(ref), ref])).values()].toSorted(compare);
}

/** Throws unless both are told alike. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [have, want] = [shown(actual), shown(expected)];
  if (have === want) return;
  let at = 0;
  while (have[at] === want[at]) at++;
  const part = (text: string): string => text.slice(Math.max(0, at - 200), at + 100);
  throw new Error(`${what}:\n  is       … ${part(have)} …\n  model is … ${part(want)} …`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? `0x${hex(part)}` : part));
}

/** What a stored message says, for cases that look at few of them. */
export function textOf(primitives: Primitives, stored: StoredMessage | null): string {
  if (stored === null) return 'nothing';
  return readMessage(primitives, stored.edit ?? stored.bytes).text;
}
