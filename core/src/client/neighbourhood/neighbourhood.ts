/**
 * The neighbourhood as an application uses it (SPEC section Z): one posts, answers, follows and looks for things
 * with one's own key, which never leaves this program; what the node shows is checked before anybody sees it.
 */

import { concat, fromHex, hex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import type { Key, UserId } from '../../base/ids.ts';
import {
  peerBatchMax,
  peerFollowsMax,
  peerInterestsPerCallMax,
  peerPageRowsMax,
} from '../../base/limits-peer.ts';
import type { Interest, OtherNode, PeerApi, Published } from '../../api/peer.ts';
import { hashBytes, userIdOf } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { followedIn } from '../../social/exchange/followed.ts';
import { KIND } from '../../social/message/kinds.ts';
import { tagRef } from '../../social/message/refs.ts';
import type { Message, MessageTerms } from '../../social/message/terms.ts';
import type { SignKey } from '../identity.ts';
import { digitsOfKeys } from '../trust.ts';
import {
  addressesOf,
  identity,
  setAddresses,
  vouch,
  type Addresses,
  type IdentityOptions,
  type PersonIdentity,
  type Vouch,
} from './identities.ts';
import type { Doorstep } from './doorstep.ts';
import { arrivedOf, type Outgoing, type PlaceLine, type PlaceStorage } from './place-line.ts';
import type { ExportOptions } from './account-export.ts';
import type { There } from './account-file.ts';
import type { ImportOptions, ImportReport } from './account-import.ts';
import { signDraft } from './draft.ts';
import { interest } from './interest.ts';
import { requireKept } from './kept.ts';
import { marksAt, type Marks } from './marks.ts';
import { Moving } from './moving.ts';
import { decodeProfile, encodeProfile } from './profile.ts';
import { checkedRow, maybePostOf, postOf } from './read.ts';
import type { Store } from '../store.ts';
import type { Sealing } from './sealed.ts';
import type { Draft, MessageId, Page, PersonProfile, Post, PostCursor } from './types.ts';
import type { Heard, Watch, Watching } from './watch.ts';

type Answer<N extends keyof PeerApi> = Awaited<ReturnType<PeerApi[N]>>;
type Rows = Answer<'page'>['rows'];

export interface NeighbourhoodParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly line: PlaceLine;
  readonly watching: Watching;
  readonly doorstep: Doorstep;
  /** Null: a stranger, who reads. */
  readonly user: SignKey | null;
  readonly sealing: Sealing | null;
  readonly there: There;
}

export class Neighbourhood {
  readonly #parts: NeighbourhoodParts;

  constructor(parts: NeighbourhoodParts) {
    this.#parts = parts;
  }

  /** Whose neighbourhood this is; null for a stranger. */
  get me(): Key | null {
    return this.#parts.user?.publicKey ?? null;
  }

  /** How strangers reach people here, and what people do about it. */
  get doorstep(): Doorstep {
    return this.#parts.doorstep;
  }

  /** Another key in the place of one's own, and those that others had before. */
  get moving(): Moving {
    return new Moving(this, this.#parts);
  }

  /** Where the node stands, and what this user is to it; without the node what it said last. */
  hello(): Promise<Answer<'hello'>> {
    return this.#parts.line.hello();
  }

  /** Whether what one follows is on this device, and whether the node answers. */
  get storage(): Store<PlaceStorage> {
    return this.#parts.line.storage;
  }

  /** What one has written and the node has not taken: it waits, or was refused. What the node has is not here. */
  get outgoing(): Store<readonly Outgoing[]> {
    return this.#parts.line.outgoing;
  }

  /** Brings to the node once more what it has refused. */
  async again(id: MessageId): Promise<void> {
    await this.#parts.line.again(idOf(id));
  }

  /** Forgets what one has written and the node has not taken. */
  async drop(id: MessageId): Promise<void> {
    await this.#parts.line.drop(idOf(id));
  }

  /** Where posts stand in what has arrived at the node; null: it is not known on this device. */
  arrived(posts: readonly Pick<Post, 'id' | 'cursor'>[]): Promise<readonly (number | null)[]> {
    return arrivedOf(this.#parts.line, posts);
  }

  /** Begins a thread. */
  post(draft: Draft): Promise<Post> {
    return this.#say({ ...draft, kind: KIND.post });
  }

  /** Answers a post; it stands in the thread of that one. */
  async reply(to: MessageId, draft: Draft): Promise<Post> {
    const answered = await this.get(to);
    if (answered === null) throw new Fault('unknown', 'what is answered is not here');
    const beginning = answered.thread === to ? {} : { thread: idOf(answered.thread) };
    return this.#say({ ...draft, kind: KIND.post, replies: [idOf(to)], ...beginning });
  }

  /** Other words in place of those of one's own post. */
  async edit(id: MessageId, draft: Draft): Promise<void> {
    await this.publish({ ...draft, kind: KIND.edit, replies: [idOf(id)] });
  }

  /** Takes back one's own posts; what others have copied stays with them. */
  async takeBack(...ids: readonly MessageId[]): Promise<void> {
    await this.publish({ kind: KIND.delete, replies: ids.map(idOf) });
  }

  /** Shows somebody's post to one's own followers. */
  share(id: MessageId, text = ''): Promise<Post> {
    return this.#say({ text, kind: KIND.share, replies: [idOf(id)] });
  }

  /** A picture in answer. */
  async react(id: MessageId, picture: string): Promise<void> {
    await this.publish({ kind: KIND.reaction, text: picture, replies: [idOf(id)] });
  }

  /** Signs and brings any message; answers when it is durable. */
  async publish(terms: Omit<MessageTerms, 'timeMs'> & { readonly timeMs?: number }): Promise<Message> {
    const { env, primitives, user } = this.#parts;
    if (user === null) throw new Fault('forbidden', 'sign in to write');
    const message = await signDraft(primitives, user.seed, { timeMs: env.wallMs(), ...terms });
    const [answer] = await this.carry([message.bytes]);
    if (answer !== undefined) requireKept(answer);
    return message;
  }

  /** Brings messages that somebody has signed; they count for one's own account. */
  async carry(messages: readonly Uint8Array[]): Promise<readonly Published[]> {
    const remote = await this.#parts.line.get();
    const answers: Published[] = [];
    for (let from = 0; from < messages.length; from += peerBatchMax) {
      const batch = messages.slice(from, from + peerBatchMax);
      answers.push(...(await remote.publish({ messages: batch })).answers);
    }
    return answers;
  }

  async get(id: MessageId): Promise<Post | null> {
    return (await this.getAll([id])).get(id) ?? null;
  }

  /** Those of several that are here. */
  async getAll(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Post>> {
    const { line, primitives } = this.#parts;
    const found = new Map<MessageId, Post>();
    let rest = ids;
    while (rest.length > 0) {
      const asked = rest.slice(0, peerPageRowsMax);
      const { rows } = await (await line.get()).get({ ids: asked.map(idOf) });
      for (const post of await Promise.all(rows.map((row) => postOf(primitives, row)))) {
        if (!asked.includes(post.id)) throw new Fault('badProof', 'the node has shown another message');
        found.set(post.id, post);
      }
      // What did not fit into one answer is asked for again; what is not here is not.
      const isCut = rows.length > 0 && rows.length < asked.length;
      const missing = isCut ? asked.slice(asked.findLastIndex((id) => found.has(id)) + 1) : [];
      rest = [...missing, ...rest.slice(peerPageRowsMax)];
    }
    return found;
  }

  /** What others have made of messages, as far as it is counted. */
  marks(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Marks>> {
    const of = ids.flatMap((id) => MARKING.map((relation) => interest(relation, idOf(id))));
    return marksAt(this.#parts, { ids, of, me: this.me === null ? null : hex(this.me) });
  }

  /** What somebody has posted, the newest first. */
  posts(of: Key, before: PostCursor | null = null): Promise<Page> {
    return this.#page([interest('posts', of)], before);
  }

  /** What mentions somebody. */
  mentions(of: Key, before: PostCursor | null = null): Promise<Page> {
    return this.#page([interest('mentions', of)], before);
  }

  /** All answers in the thread that a post begins, the newest first. */
  thread(of: MessageId, before: PostCursor | null = null): Promise<Page> {
    return this.#page([interest('thread', idOf(of))], before);
  }

  /** The answers to a post, the newest first. */
  answers(to: MessageId, before: PostCursor | null = null): Promise<Page> {
    return this.#page([interest('replies', idOf(to))], before);
  }

  tagged(tag: string, before: PostCursor | null = null): Promise<Page> {
    return this.#page([interest('tag', tagRef(this.#parts.primitives, tag).subarray(1))], before);
  }

  /** Posts to which any of several things leads, the newest first. */
  page(of: readonly Interest[], before: PostCursor | null = null, rows = peerPageRowsMax): Promise<Page> {
    return this.#page(of.slice(0, peerInterestsPerCallMax), before, rows);
  }

  /** What those have posted whom one follows, and oneself. */
  async feed(before: PostCursor | null = null): Promise<Page> {
    const { user } = this.#parts;
    if (user === null) throw new Fault('forbidden', 'sign in to have a feed');
    const followed = await this.follows();
    const keys = [user.publicKey, ...followed].slice(0, peerInterestsPerCallMax);
    return this.#page(
      keys.map((each) => interest('posts', each)),
      before,
    );
  }

  /** Posts with all of these words, the last to arrive first. */
  async search(words: string, before: PostCursor | null = null): Promise<Page> {
    const remote = await this.#parts.line.get();
    return this.#pageOf((await remote.search({ words, before, rows: peerPageRowsMax })).rows);
  }

  /** Whom somebody follows; oneself unless said otherwise. */
  async follows(of: Key | null = this.me): Promise<readonly Key[]> {
    const message = of === null ? null : await this.current(of, KIND.follows);
    return message === null ? [] : followedIn(message.content);
  }

  async follow(whom: Key): Promise<void> {
    const others = (await this.follows()).filter((each) => hex(each) !== hex(whom));
    if (others.length >= peerFollowsMax)
      throw new Fault('full', `one follows at most ${peerFollowsMax}: leave somebody first`);
    await this.publish({ kind: KIND.follows, content: concat(...others, whom) });
  }

  async unfollow(whom: Key): Promise<void> {
    const others = (await this.follows()).filter((each) => hex(each) !== hex(whom));
    await this.publish({ kind: KIND.follows, content: concat(...others) });
  }

  /** What somebody calls herself; null: she has not said. */
  async profile(of: Key): Promise<PersonProfile | null> {
    const message = await this.current(of, KIND.profile);
    return message === null ? null : decodeProfile(message.content);
  }

  async setProfile(profile: PersonProfile): Promise<void> {
    await this.publish({ kind: KIND.profile, content: encodeProfile(profile) });
  }

  /** The id of a user by her key, from which her picture grows. */
  userOf(of: Key): UserId {
    return userIdOf(this.#parts.primitives, of);
  }

  /** What one's devices share under a name; null: nothing that one has sealed oneself. */
  async shared(name: string): Promise<Uint8Array | null> {
    const { sealing } = this.#parts;
    if (sealing === null || this.me === null) return null;
    const message = await this.current(this.me, KIND.state, name);
    return message === null ? null : sealing.open(name, message.content);
  }

  /** Puts it in the place of what was shared before, sealed so that the node does not read it. */
  async setShared(name: string, bytes: Uint8Array): Promise<void> {
    const { env, sealing } = this.#parts;
    if (sealing === null || this.me === null) throw new Fault('forbidden', 'sign in to keep something');
    const before = await this.current(this.me, KIND.state, name);
    // Another device may have a clock that is ahead.
    const timeMs = Math.max(env.wallMs(), (before?.timeMs ?? 0) + 1);
    await this.publish({ kind: KIND.state, name, timeMs, content: sealing.seal(name, bytes) });
  }

  /** Other nodes with which one's own exchanges messages. */
  async nodes(): Promise<readonly OtherNode[]> {
    return (await (await this.#parts.line.get()).nodes({})).nodes;
  }

  /** Where somebody publishes and where she is reached; null: she has not said. */
  addressesOf(of: Key): Promise<Addresses | null> {
    return addressesOf(this, of);
  }

  async setAddresses(addresses: Addresses): Promise<void> {
    await setAddresses(this, addresses);
  }

  /** What somebody says of herself, and what those say of her whom one follows. */
  identity(of: Key): Promise<PersonIdentity> {
    return identity(this.#identities, of);
  }

  /** Says something of somebody, for those who follow one. */
  async vouch(of: Key, what: Vouch): Promise<void> {
    await vouch(this.#identities, of, what);
  }

  /** The digits that this user and another one compare, the same for both. */
  digits(of: Key): string {
    const { user, primitives } = this.#parts;
    if (user === null) throw new Fault('forbidden', 'sign in to compare digits');
    return digitsOfKeys(primitives, user.publicKey, of);
  }

  /** The newest statement of a user with this kind and name. */
  async current(from: Key, kind: number, name = ''): Promise<Message | null> {
    const { row } = await (await this.#parts.line.get()).current({ from, kind, name });
    if (row === null) return null;
    const message = await checkedRow(this.#parts.primitives, row.message);
    if (hex(message.from) !== hex(from) || message.kind !== kind || message.name !== name)
      throw new Fault('badProof', 'the node has shown a statement of somebody else');
    return message;
  }

  /** Keeps one's own post whatever else falls out, or no longer. */
  async pin(id: MessageId, pinned = true): Promise<void> {
    await (await this.#parts.line.get()).pin({ id: idOf(id), pinned });
  }

  /** An account as one file that is read without copse, as it comes: from the node itself (docs/account-file.md). */
  async *export(options: ExportOptions = {}): AsyncGenerator<Uint8Array> {
    yield* (await import('./account-file.ts')).exported(this.#parts, options);
  }

  /** Brings such a file to the node; what is there already stays as it is. */
  async import(source: Blob | AsyncIterable<Uint8Array>, options: ImportOptions = {}): Promise<ImportReport> {
    return (await import('./account-file.ts')).imported(this.#parts, source, options);
  }

  /** Tells what comes from now on, also after interruptions, until the answer is closed. */
  watch(interests: readonly Interest[], listener: (heard: Heard) => void): Watch {
    return this.#parts.watching.add(interests, listener);
  }

  [Symbol.dispose](): void {
    this.#parts.line.close();
  }

  get #identities(): IdentityOptions {
    return { place: this, primitives: this.#parts.primitives };
  }

  async #say(terms: Omit<MessageTerms, 'timeMs'>): Promise<Post> {
    const { bytes } = await this.publish(terms);
    return postOf(this.#parts.primitives, { seq: 0, message: bytes, edit: null });
  }

  async #page(of: readonly Interest[], before: PostCursor | null, rows = peerPageRowsMax): Promise<Page> {
    const remote = await this.#parts.line.get();
    return this.#pageOf((await remote.page({ of, before, rows })).rows);
  }

  async #pageOf(rows: Rows): Promise<Page> {
    const { primitives } = this.#parts;
    const found = await Promise.all(rows.map((row) => maybePostOf(primitives, row)));
    const last = rows.at(-1);
    return {
      // Pictures and edits stand beside shares; they are nothing to read by themselves.
      posts: found.flatMap(({ post }) => post ?? []),
      next: last === undefined ? null : { timeMs: found.at(-1)?.timeMs ?? 0, seq: last.seq },
    };
  }
}

/** What leads to what others have made of a message. */
const MARKING = ['about', 'replies', 'thread'] as const;

function idOf(id: MessageId): Uint8Array {
  const bytes = fromHex(id);
  if (bytes?.length !== hashBytes) throw new Fault('malformed', 'the id of a message has 64 hex digits');
  return bytes;
}
