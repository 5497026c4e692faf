/**
 * What every store of messages promises (`core/src/social/store/store.ts`), as cases without a test runner: memory
 * and SQLite run them under node:test, SQLite in WebAssembly inside a real browser.
 */

import fc from 'fast-check';
import { key } from 'copse/internal/base/ids.ts';
import { peerCurrentMax, peerPruneRows } from 'copse/internal/base/limits-peer.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { ownRef, refOf, refsOf, RELATION, tagRef } from 'copse/internal/social/message/refs.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import { MemoryPeer } from 'copse/internal/social/store/memory.ts';
import type { PeerStore, Put } from 'copse/internal/social/store/store.ts';
import { compareOn, play, same, textOf, type Cast } from './peer-play.ts';

export interface PeerUnderTest {
  readonly cast: Cast;
  readonly env: Env;
  /** How many plays are drawn. */
  readonly plays: number;
  /** An empty one. */
  readonly open: () => PeerStore;
}

export type PeerCase = (under: PeerUnderTest) => Promise<void>;

const NOW = 1_000_000;
const ROOMY = 1_000_000;
const [ADA, BEA] = [0, 1];

/** A store and what cases do with it. */
class Stage implements AsyncDisposable {
  readonly store: PeerStore;
  readonly cast: Cast;

  constructor({ cast, open }: PeerUnderTest) {
    this.cast = cast;
    this.store = open();
  }

  write(author: number, terms: Partial<MessageTerms>): Promise<Message> {
    const { primitives, seeds } = this.cast;
    const all = { kind: KIND.post, timeMs: NOW, text: 'words', ...terms };
    return signMessage(primitives, seeds[author] ?? new Uint8Array(32), all);
  }

  key(who: number): Message['from'] {
    return this.cast.keys[who] ?? key(new Uint8Array(32));
  }

  put(message: Message, { payer = ADA, bytesMax = ROOMY, atMs = NOW } = {}): Put {
    const [answer] = this.store.put([{ message, payer: this.key(payer), bytesMax, atMs }]);
    return answer ?? { kind: 'known' };
  }

  /** Written and put. */
  async say(author: number, terms: Partial<MessageTerms>, by = {}): Promise<Message> {
    const message = await this.write(author, terms);
    same(this.put(message, by).kind, 'stored', 'a message');
    return message;
  }

  reads(message: Message): string {
    return textOf(this.cast.primitives, this.store.get(message.id));
  }

  page(refs: readonly Uint8Array[], rowsMax = 9): readonly number[] {
    return this.store.page({ refs, before: null, rowsMax, bytesMax: ROOMY }).map(({ seq }) => seq);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}

const found: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store, cast } = stage;
  const first = await stage.say(ADA, { text: 'one', timeMs: NOW - 5, tags: ['Bäume'] });
  const late = await stage.say(BEA, { text: 'two', timeMs: NOW - 9, mentions: [stage.key(ADA)] });
  const answer = await stage.say(BEA, { text: 'three', replies: [first.id] });
  await stage.say(BEA, { kind: KIND.reaction, text: '🌳', replies: [first.id] });
  same(store.head(), 4, 'the last position');
  same(stage.page([refOf(RELATION.author, stage.key(BEA))]), [3, 2], 'posts of a user, by their time');
  same(stage.page([refOf(RELATION.other, stage.key(BEA))]), [4], 'the rest of hers');
  same(stage.page([refOf(RELATION.mention, stage.key(ADA))]), [2], 'mentions');
  same(stage.page([refOf(RELATION.reply, first.id)]), [3], 'answers');
  same(stage.page([refOf(RELATION.about, first.id)]), [4], 'reactions');
  same(stage.page([tagRef(cast.primitives, 'BÄUME')]), [1], 'tags, whatever the case');
  same(
    store.after(1, 2).map(({ seq }) => seq),
    [2, 3],
    'what arrived behind a position',
  );
  same(store.get(answer.id)?.bytes, answer.bytes, 'as it was signed');
  same(stage.put(late), { kind: 'known' }, 'the same again');
  same([store.knows(late.id), store.knows(new Uint8Array(32))], [true, false], 'what is known');
};

/** Ids that differ may begin alike: a message may name such, and is found there once. */
const alike: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const ids = [1, 2].map((last) => new Uint8Array(32).fill(last, 31));
  const message = await stage.say(ADA, { replies: ids });
  const ref = refOf(RELATION.reply, ids[0] ?? message.id);
  same(stage.page([ref, ref]), [1], 'found once');
  same(
    stage.store.usage(stage.key(ADA)).bytes,
    message.bytes.length + 3 * 64,
    'its user, the answer, the thread',
  );
};

const edits: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const post = await stage.write(ADA, { text: 'first words' });
  const about = { kind: KIND.edit, replies: [post.id] };
  const early = await stage.say(ADA, { ...about, text: 'second words', timeMs: NOW + 1 });
  stage.put(post);
  same(stage.reads(post), 'second words', 'an edit that came first');
  await stage.say(BEA, { ...about, text: 'words of others', timeMs: NOW + 9 });
  same(stage.reads(post), 'second words', 'others edit nothing');
  const last = await stage.say(ADA, { ...about, text: 'last words', timeMs: NOW + 3 });
  const between = await stage.write(ADA, { ...about, text: 'lost words', timeMs: NOW + 2 });
  same(stage.put(between), { kind: 'overtaken' }, 'an older edit');
  same(stage.reads(post), 'last words', 'the newest edit');
  same(stage.store.get(early.id), null, 'an edit takes the place of the one before');
  await stage.say(ADA, { kind: KIND.delete, replies: [last.id] });
  same(stage.reads(post), 'first words', 'an edit that was taken back');
};

const deletions: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const words = 'bitter words';
  const post = await stage.say(ADA, { text: words, tags: ['regret'] }, { payer: BEA });
  const edit = await stage.say(ADA, { kind: KIND.edit, text: 'other words', replies: [post.id] });
  store.indexWords(9);
  same(store.search('other', null, 9).length, 1, 'found before');
  await stage.say(BEA, { kind: KIND.delete, replies: [post.id] });
  same(stage.reads(post), 'other words', 'others take nothing back');
  await stage.say(ADA, { kind: KIND.delete, replies: [post.id] });
  for (const gone of [post, edit]) {
    same([store.get(gone.id), store.knows(gone.id)], [null, true], 'taken back');
    same(stage.put(gone), { kind: 'known' }, 'and does not come again');
  }
  same(stage.page(refsOf(stage.cast.primitives, post)), [], 'not found');
  same(store.search('words', null, 9), [], 'not searched');
  same(store.usage(stage.key(BEA)), { bytes: 64, messages: 1, markMs: 0 }, 'and hardly counted');
  const early = await stage.write(ADA, { text: 'never seen', timeMs: NOW + 1 });
  const rude = await stage.write(ADA, { kind: KIND.edit, text: 'neither', replies: [early.id] });
  await stage.say(ADA, { kind: KIND.delete, replies: [early.id] });
  for (const late of [early, rude]) {
    same(stage.put(late), { kind: 'known' }, 'what comes after it was taken back');
    same([store.get(late.id), store.knows(late.id)], [null, true], 'is not shown, and not asked for again');
  }
};

/** Somebody else's changes of a message that never was do not hide what its author did to another. */
const foreign: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const post = await stage.say(ADA, {});
  const { primitives, keys } = stage.cast;
  const [ada = new Uint8Array(32), bea = new Uint8Array(32)] = keys;
  const crafted = post.id.map((byte, at) => byte ^ (ada[at] ?? 0) ^ (bea[at] ?? 0));
  const refs = [ownRef(primitives, ada, post.id), ownRef(primitives, bea, crafted)];
  same(refs[0]?.join() === refs[1]?.join(), false, 'keys that only author and message make');
};

const current: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const profile = { kind: KIND.profile, text: 'Ada' };
  const first = await stage.say(ADA, profile);
  const second = await stage.say(ADA, { ...profile, text: 'Ada L.', timeMs: NOW + 2 });
  same(store.get(first.id), null, 'the one before is gone');
  const between = await stage.write(ADA, { ...profile, text: 'Countess', timeMs: NOW + 1 });
  same(stage.put(between), { kind: 'overtaken' }, 'an older one');
  await stage.say(ADA, { kind: KIND.list, name: 'friends' });
  await stage.say(ADA, { kind: KIND.delete, replies: [second.id] });
  same(stage.reads(second), 'Ada L.', 'it is replaced and not taken back');
  const names = store.currents(stage.key(ADA), null, 9).map(({ seq }) => seq);
  same(names, [2, 3], 'all of them, by kind and name');
  same(store.currents(stage.key(ADA), { kind: KIND.profile, name: '' }, 9).length, 1, 'behind one');
  same(store.current(stage.key(ADA), KIND.profile, '')?.seq, 2, 'by name');
  // Equal times: the greater id counts, in whatever order they come.
  const same1 = await stage.write(BEA, { ...profile, text: 'Bea' });
  const same2 = await stage.write(BEA, { ...profile, text: 'Beatrice' });
  const answers = [stage.put(same1).kind, stage.put(same2).kind, stage.put(same1).kind];
  const won = store.current(stage.key(BEA), KIND.profile, '')?.bytes;
  const isFirst = won?.join() === same1.bytes.join();
  same(answers, isFirst ? ['stored', 'overtaken', 'known'] : ['stored', 'stored', 'overtaken'], 'one of two');
  // Kinds that nobody here knows: below 32 both stay, above the newest.
  for (const [kind, stays] of [
    [31, true],
    [200, false],
  ] as const) {
    const old = await stage.say(BEA, { kind, text: 'old' });
    const young = await stage.say(BEA, { kind, text: 'young', timeMs: NOW + 3 });
    same([store.knows(old.id), store.get(old.id) !== null], [stays, stays], `kind ${kind}`);
    same(stage.reads(young), 'young', 'the newest');
  }
};

const currentBounds: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const bytesMax = 3_000;
  for (let n = 0; n < 5; n++) await stage.say(ADA, { text: `${n}`, timeMs: NOW + n }, { bytesMax });
  const list = { kind: KIND.list, timeMs: NOW, text: 'x'.repeat(1_000) };
  await stage.say(ADA, { ...list, name: 'a' }, { bytesMax });
  await stage.say(BEA, { ...list, name: 'b' }, { bytesMax });
  const { bytes, markMs } = stage.store.usage(stage.key(ADA));
  same([bytes <= bytesMax, markMs > NOW], [true, true], 'messages fall out for them');
  const third = await stage.write(BEA, { ...list, name: 'c' });
  same(stage.put(third, { bytesMax }), { kind: 'full' }, 'statements do not fall out for others');
  const kept = await stage.write(ADA, { text: 'x'.repeat(900), timeMs: NOW + 9 });
  same(stage.put(kept, { bytesMax }), { kind: 'full' }, 'nor for messages');
  await stage.say(BEA, { ...list, name: 'b', timeMs: NOW + 1 }, { bytesMax });
};

const currentCount: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const some = Array.from({ length: peerCurrentMax }, (_, n) =>
    stage.write(ADA, { kind: KIND.about, name: `${n}` }),
  );
  const batch = (await Promise.all(some)).map((message) => ({
    message,
    payer: stage.key(BEA),
    bytesMax: 10_000_000,
    atMs: NOW,
  }));
  for (let from = 0; from < batch.length; from += 256) stage.store.put(batch.slice(from, from + 256));
  const more = await stage.write(ADA, { kind: KIND.about, name: 'more' });
  same(stage.put(more), { kind: 'full' }, 'one too many');
  await stage.say(ADA, { kind: KIND.about, name: '7', timeMs: NOW + 1 });
};

const payers: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const message = await stage.say(ADA, { mentions: [stage.key(BEA)] }, { payer: BEA });
  const bytes = message.bytes.length + 2 * 64;
  same(store.usage(stage.key(BEA)), { bytes, messages: 1, markMs: 0 }, 'who brought it');
  same(store.usage(stage.key(ADA)), { bytes: 0, messages: 0, markMs: 0 }, 'who wrote it');
  same(stage.put(message, { payer: ADA }), { kind: 'known' }, 'it counts once');
  same(store.totals(), { messages: 1, bytes }, 'all accounts together');
};

const oldest: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const bytesMax = 2_000;
  const by = (atMs: number) => ({ bytesMax, atMs });
  const honest = await stage.say(ADA, { text: 'a', timeMs: NOW }, by(NOW));
  const ahead = await stage.say(ADA, { text: 'b', timeMs: NOW + 500 }, by(NOW + 1));
  const behind = await stage.say(ADA, { text: 'c', timeMs: NOW - 500 }, by(NOW + 2));
  const pinned = await stage.say(ADA, { text: 'd', timeMs: NOW - 900 }, by(NOW + 3));
  same(store.pin(pinned.id, true), true, 'pinned');
  const fill = async (n: number) => stage.say(ADA, { text: 'f', timeMs: NOW + n }, by(NOW + n));
  const isGone = ({ id }: Message): boolean => store.get(id) === null;
  for (let n = 600; !isGone(ahead); n++) {
    await fill(n);
    same(isGone(honest) && !isGone(behind), false, 'the oldest by its own word first');
    same(isGone(ahead) && !isGone(honest), false, 'what is dated ahead by its arrival');
  }
  same(isGone(pinned), false, 'what is pinned stays');
  const { markMs } = store.usage(stage.key(ADA));
  for (const message of [honest, ahead, behind]) {
    same(stage.put(message, by(NOW + 900)), { kind: 'old', markMs }, 'what fell out stays out');
  }
  same(store.pin(pinned.id, false), true, 'no longer pinned');
  await fill(800);
  same(isGone(pinned), true, 'and falls out');
  same(store.pin(pinned.id, true), false, 'what is not here is not pinned');
};

const takenAway: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const post = await stage.say(ADA, { text: 'Der Ahorn' });
  const edit = await stage.say(ADA, {
    kind: KIND.edit,
    text: 'Die Linde',
    replies: [post.id],
    timeMs: NOW + 1,
  });
  const name = await stage.say(ADA, { kind: KIND.profile, text: '', content: new Uint8Array(1) });
  store.indexWords(9);
  same(store.takeAway(name.id), false, 'what somebody says of herself is no post');
  same([store.takeAway(post.id), store.takeAway(post.id)], [true, false], 'once');
  same([store.get(post.id), store.get(edit.id)], [null, null], 'with its edit');
  same(store.search('linde', null, 9), [], 'nobody finds it');
  same([stage.put(post), stage.put(edit)], [{ kind: 'known' }, { kind: 'known' }], 'it does not come again');
  same(store.takeAway(edit.id), false, 'what is not here');
};

const tooOld: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const bytesMax = 1_000;
  for (let n = 0; n < 3; n++) await stage.say(ADA, { timeMs: NOW + n, text: 't'.repeat(100) }, { bytesMax });
  const before = stage.store.usage(stage.key(ADA));
  const older = await stage.write(ADA, { timeMs: NOW - 1, text: 't'.repeat(100) });
  same(stage.put(older, { bytesMax }), { kind: 'old', markMs: NOW }, 'it would be the next to go');
  same(stage.store.usage(stage.key(ADA)), before, 'and nothing goes for it');
  const large = await stage.write(ADA, { timeMs: NOW + 9, text: 't'.repeat(1_000) });
  same(stage.put(large, { bytesMax }), { kind: 'full' }, 'larger than the account');
};

const lowered: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  for (let n = 0; n < 40; n++) await stage.say(ADA, { timeMs: NOW + n }, { payer: n % 2 });
  const all = store.totals().messages;
  same(store.prune(ROOMY), 0, 'there is room');
  const gone = store.prune(store.totals().bytes / 2);
  same([gone, store.totals().messages], [20, all - 20], 'half of it');
  same(
    store.after(0, 1).map(({ seq }) => seq),
    [21],
    'what arrived first, whoever paid for it',
  );
  same(
    [0, 1].map((who) => store.usage(stage.key(who)).markMs),
    [NOW + 19, NOW + 20],
    'marks of both',
  );
  same(store.prune(0) <= peerPruneRows, true, 'a bounded number at once');
  same(store.totals().messages, 0, 'all of it');
  same(store.head(), 40, 'positions are not given again');
  await stage.say(ADA, { timeMs: NOW + 50 });
  same(
    store.after(0, 9).map(({ seq }) => seq),
    [41],
    'ever',
  );
};

const pages: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const written: Message[] = [];
  for (let n = 0; n < 60; n++)
    written.push(await stage.say(n % 3, { timeMs: NOW + ((n * 7) % 20), text: 'p'.repeat(1 + n) }));
  const refs = [0, 1, 2, 3].map((who) => refOf(RELATION.author, stage.key(who)));
  const whole = stage.page(refs, 100);
  const sorted = written
    .map(({ timeMs }, n) => ({ timeMs, seq: n + 1 }))
    .toSorted((a, b) => b.timeMs - a.timeMs || b.seq - a.seq);
  same(
    whole,
    sorted.map(({ seq }) => seq),
    'the union, the newest first',
  );
  for (const bytesMax of [1, 700, ROOMY]) {
    const parts: number[] = [];
    let page = store.page({ refs, before: null, rowsMax: 7, bytesMax });
    while (page.length > 0) {
      parts.push(...page.map(({ seq }) => seq));
      page = store.page({ refs, before: page.at(-1) ?? null, rowsMax: 7, bytesMax });
    }
    same(parts, whole, `page by page, with ${bytesMax} bytes each`);
  }
  same(stage.page([]), [], 'of nobody');
};

const search: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const post = await stage.say(ADA, { text: 'Der Ahorn steht im Garten', tags: ['Herbst'] });
  await stage.say(BEA, { text: 'Le café du jardin' });
  await stage.say(BEA, { kind: KIND.reaction, text: 'Ahorn', replies: [post.id] });
  const seqs = (words: string) => store.search(words, null, 9).map(({ seq }) => seq);
  same(seqs('ahorn'), [], 'before the words are gathered');
  same([store.indexWords(1), store.indexWords(9), store.indexWords(9)], [true, false, false], 'bit by bit');
  same(seqs('ahorn'), [1], 'whatever the case');
  same(seqs('garten ahor'), [1], 'all words, the last one begun');
  same(seqs('CAFE'), [2], 'without accents');
  same(seqs('herbst'), [1], 'tags');
  same([seqs('" OR *'), seqs('ahorn OR jardin'), seqs('')], [[], [], []], 'no operators');
  await stage.say(ADA, { kind: KIND.edit, text: 'Die Linde', replies: [post.id], timeMs: NOW + 1 });
  same([seqs('ahorn'), seqs('linde')], [[], [1]], 'as it reads now');
  const asked: number[] = [];
  const known = new Map<number, Message>();
  const willow = await stage.say(ADA, { text: 'Die Weide' });
  known.set(store.head(), willow);
  const edit = await stage.say(ADA, { kind: KIND.edit, text: 'Die Buche', replies: [willow.id] });
  known.set(store.head(), edit);
  const other = await stage.say(BEA, { text: 'Die Esche' });
  store.indexWords(9, (seq) => {
    asked.push(seq);
    return known.get(seq) ?? null;
  });
  same([seqs('weide'), seqs('buche').length, seqs('esche').length], [[], 1, 1], 'known or read');
  same(store.knows(other.id) && asked.every((seq) => seq > 4), true, 'nothing that has words already');
};

/** An account is brought down to so many bytes, its oldest first. */
const prunedAccount: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const count = peerPruneRows + 5;
  const messages: Message[] = [];
  for (let at = 0; at < count; at++)
    messages.push(await stage.say(ADA, { timeMs: NOW - count + at, text: `post ${at}` }));
  const [first, second, third, fourth] = messages;
  if (!first || !second || !third || !fourth) throw new Error('there are some');
  const profile = await stage.say(ADA, { kind: KIND.profile, text: '', content: Uint8Array.of(1) });
  const beas = await stage.say(BEA, { timeMs: NOW - 2 * count }, { payer: BEA });
  store.pin(first.id, true);
  const ada = stage.key(ADA);
  const { bytes } = store.usage(ada);
  same(store.pruneAccount(ada, bytes), 0, 'nothing while there is room');
  same(store.pruneAccount(ada, bytes - 1), 1, 'one is enough');
  same(
    [first, second, third].map(({ id }) => store.knows(id)),
    [true, false, true],
    'the oldest that is not kept',
  );
  same(store.usage(ada).markMs, second.timeMs + 1, 'the mark stands above it');
  same(store.pruneAccount(ada, 0), peerPruneRows, 'so many at once');
  same([store.pruneAccount(ada, 0), store.pruneAccount(ada, 0)], [3, 0], 'and the rest');
  same(
    [first, profile, beas].map(({ id }) => store.knows(id)),
    [true, true, true],
    'what is kept, and of others',
  );
  same(stage.put(fourth).kind, 'old', 'what fell out stays out');
  same(store.usage(stage.key(BEA)).markMs, 0, 'of nobody else');
};

/** What counts for one account counts for another one. */
const inherited: PeerCase = async (under) => {
  await using stage = new Stage(under);
  const { store } = stage;
  const [ada, bea, cia] = [stage.key(ADA), stage.key(BEA), stage.key(2)];
  const own = await stage.say(ADA, { text: 'own' });
  await stage.say(ADA, { kind: KIND.profile, text: '', content: Uint8Array.of(1) });
  const old = await stage.say(ADA, { text: 'old', timeMs: NOW - 5 });
  const beas = await stage.say(BEA, { text: 'of bea' }, { payer: BEA });
  store.pruneAccount(ada, store.usage(ada).bytes - 1);
  const [hers, beasUsage, totals] = [store.usage(ada), store.usage(bea), store.totals()];
  const none = { bytes: 0, messages: 0, markMs: 0 };
  store.inherit(ada, cia);
  same([store.usage(cia), store.usage(ada)], [hers, none], 'all of it, with its mark');
  store.inherit(bea, cia);
  const both = { bytes: hers.bytes + beasUsage.bytes, messages: 3, markMs: hers.markMs };
  same([store.usage(cia), store.usage(bea)], [both, none], 'on top of what is there');
  store.inherit(ada, cia);
  same([store.usage(cia), store.totals()], [both, totals], 'once');
  same(
    [own, beas].map(({ id }) => store.knows(id)),
    [true, true],
    'nothing is lost',
  );
  same(stage.put(old, { payer: 2 }).kind, 'old', 'and nothing comes back');
  same(store.pruneAccount(cia, 0), 2, 'they fall out of the new account');
  same(stage.put(own, { payer: ADA }).kind, 'stored', 'the old one begins anew');
};

const drawn: PeerCase = async (under) => {
  const property = fc.asyncProperty(play, async (each) => {
    await using store = under.open();
    await using model = new MemoryPeer(under.cast.primitives, under.env);
    await compareOn(under.cast, { store, model }, each);
  });
  await fc.assert(property, { numRuns: under.plays });
};

export const peerCases = {
  found,
  alike,
  edits,
  deletions,
  foreign,
  current,
  currentBounds,
  currentCount,
  payers,
  oldest,
  takenAway,
  tooOld,
  lowered,
  prunedAccount,
  inherited,
  pages,
  search,
  drawn,
} satisfies Readonly<Record<string, PeerCase>>;
