/** What one connection may ask of a peer; the session is its permission (interface: `api/peer.ts`). */

import type { Interest, PeerApi, PeerEvents, Published } from '../../api/peer.ts';
import { equal, hex } from '../../base/bytes.ts';
import { asFault, Fault, FAULTS } from '../../base/fault.ts';
import { key } from '../../base/ids.ts';
import { peerHiddenPagesMax, peerInterestsMax, peerPageBytesMax } from '../../base/limits-peer.ts';
import { readMessage } from '../message/message.ts';
import type { PageCursor, StoredMessage } from '../store/store.ts';
import { Feed } from './feed.ts';
import { requireMention } from './guests.ts';
import { shown } from './hidden.ts';
import type { Payer } from './ingest.ts';
import { refOfInterest } from './interests.ts';
import type { Peer, PeerCaller, Standing } from './peer.ts';
import { bounded, rowOf, sizeOf } from './rows.ts';

type Request<N extends keyof PeerApi> = Parameters<PeerApi[N]>[0];
type Answer<N extends keyof PeerApi> = Awaited<ReturnType<PeerApi[N]>>;

export interface SessionEnds {
  readonly events: PeerEvents;
  readonly left: () => void;
}

const NOTHING = {};
const WHY_CHARACTERS_MAX = 60;

export class PeerSession implements PeerApi, Disposable {
  readonly #peer: Peer;
  readonly #caller: PeerCaller;
  readonly #ends: SessionEnds;
  readonly #feed: Feed;
  readonly #refs = new Map<string, Uint8Array>();
  #isOver = false;

  constructor(peer: Peer, caller: PeerCaller, ends: SessionEnds) {
    const { store, primitives, hidden, soon } = peer.options;
    this.#peer = peer;
    this.#caller = caller;
    this.#ends = ends;
    this.#feed = new Feed({
      store,
      primitives,
      soon,
      buffered: caller.buffered,
      held: () => (hidden === undefined || hidden.isSettled ? null : hidden.settled()),
      tell: (rows, at) => this.#tell(rows, at),
      caughtUp: (at) => ends.events.caughtUp({ at }),
      fail: ({ code, message }) => {
        this[Symbol.dispose]();
        // Who comes back goes on behind what it was told last.
        caller.end?.(new Fault('closed', `${code}: ${message}`));
      },
    });
  }

  async hello(): Promise<Answer<'hello'>> {
    const { store, env } = this.#peer.options;
    const standing = await this.#standing();
    const { user } = this.#caller;
    const usage = user === null ? { bytes: 0, messages: 0, markMs: 0 } : store.usage(user);
    return {
      epoch: store.epoch,
      head: store.head(),
      standing: standing.kind,
      nowMs: env.wallMs(),
      compares: this.#comparer(standing) !== null,
      usage: { ...usage, bytesMax: standing.kind === 'friend' ? standing.bytesMax : 0 },
    };
  }

  async publish({ messages }: Request<'publish'>): Promise<Answer<'publish'>> {
    // Copies: what arrived is a view into a buffer that is used again.
    const brought = messages.map((bytes) => bytes.slice());
    const payer = await this.#payer();
    return { answers: await Promise.all(brought.map((bytes) => this.#published(bytes, payer))) };
  }

  async get({ ids }: Request<'get'>): Promise<Answer<'get'>> {
    const { store, hidden } = this.#peer.options;
    const wanted = ids.map((id) => id.slice());
    await hidden?.settled();
    return { rows: bounded(this.#shown(wanted.flatMap((id) => store.get(id) ?? [])).map(rowOf)) };
  }

  async page({ of, before, rows }: Request<'page'>): Promise<Answer<'page'>> {
    if (of.length === 0 || rows === 0) return { rows: [] };
    const { store } = this.#peer.options;
    const asked = { refs: of.map(refOfInterest), rowsMax: rows, bytesMax: peerPageBytesMax };
    const found = await this.#filled(before, (from) => store.page({ ...asked, before: from }));
    return { rows: found.map(rowOf) };
  }

  /** A page that has an end has only what is shown: what is hidden makes room for what is behind it. */
  async #filled(
    before: PageCursor | null,
    read: (before: PageCursor | null) => readonly StoredMessage[],
  ): Promise<readonly StoredMessage[]> {
    const { hidden, soon } = this.#peer.options;
    await hidden?.settled();
    for (let rounds = 1, from = before; ; rounds++) {
      const found = read(from);
      const rows = this.#shown(found);
      const last = found.at(-1);
      if (rows.length > 0 || last === undefined || rounds === peerHiddenPagesMax) return rows;
      from = { timeMs: last.timeMs, seq: last.seq };
      await new Promise<void>(soon);
    }
  }

  #shown(rows: readonly StoredMessage[]): readonly StoredMessage[] {
    const { primitives, hidden } = this.#peer.options;
    return shown(primitives, hidden, rows);
  }

  follow({ add, remove }: Request<'follow'>): Answer<'follow'> {
    this.#requireOpen();
    for (const interest of remove) this.#unfollow(interest);
    const fresh = add.filter((interest) => !this.#refs.has(nameOf(interest)));
    if (this.#refs.size + fresh.length > peerInterestsMax)
      throw new Fault('full', `one connection follows at most ${peerInterestsMax}`);
    for (const interest of fresh) {
      const ref = refOfInterest({ ...interest, key: interest.key.slice() });
      this.#refs.set(nameOf(interest), ref);
      this.#feed.add(ref);
      this.#peer.matcher.add(ref, this.#feed);
    }
    return { count: this.#refs.size };
  }

  listen({ epoch, after }: Request<'listen'>): Answer<'listen'> {
    this.#requireOpen();
    const { store } = this.#peer.options;
    const head = store.head();
    if (!equal(epoch, store.epoch) || after > head)
      throw new Fault('stale', 'positions of another store: reconcile, and listen from the head');
    this.#feed.listen(after);
    return { head };
  }

  async current({ from, kind, name }: Request<'current'>): Promise<Answer<'current'>> {
    const { store, hidden } = this.#peer.options;
    const author = key(from.slice());
    await hidden?.settled();
    const stored = hidden?.has(author) === true ? null : store.current(author, kind, name);
    return { row: stored === null ? null : rowOf(stored) };
  }

  async search({ words, before, rows }: Request<'search'>): Promise<Answer<'search'>> {
    const { store } = this.#peer.options;
    const found = await this.#filled(before, (from) => store.search(words, from, rows));
    return { rows: bounded(found.map(rowOf)) };
  }

  pin({ id, pinned }: Request<'pin'>) {
    const { store } = this.#peer.options;
    if (!this.#isHers(store.get(id))) throw new Fault('forbidden', 'only its user pins a message');
    store.pin(id, pinned);
    return NOTHING;
  }

  async compare({ of, message }: Request<'compare'>): Promise<Answer<'compare'>> {
    // Keys and the message are views into what has arrived.
    const copied = of.map((each) => ({ ...each, of: { ...each.of, key: each.of.key.slice() } }));
    const ranges = message.slice();
    const caller = await this.#requireComparer();
    this.#requireOpen();
    return this.#peer.comparisons.open({ connection: this, caller, of: copied, message: ranges });
  }

  async compareOn({ number, message }: Request<'compareOn'>): Promise<Answer<'compareOn'>> {
    const ranges = message.slice();
    const caller = await this.#requireComparer();
    const asking = { connection: this, caller, message: ranges };
    return { message: this.#peer.comparisons.on(asking, number) };
  }

  compareEnd({ number }: Request<'compareEnd'>) {
    this.#peer.comparisons.close(this, number);
    return NOTHING;
  }

  async nodes(): Promise<Answer<'nodes'>> {
    if ((await this.#standing()).kind !== 'friend')
      throw new Fault('forbidden', 'for who has an account on this node');
    return { nodes: [...(this.#peer.guests?.nodes() ?? [])] };
  }

  pinned({ ids }: Request<'pinned'>): Answer<'pinned'> {
    const { store } = this.#peer.options;
    return { ids: ids.filter((id) => this.#isHers(store.get(id)) && store.isPinned(id)) };
  }

  /** The connection has room again. */
  drained(): void {
    this.#feed.drained();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const ref of this.#refs.values()) this.#peer.matcher.remove(ref, this.#feed);
    this.#refs.clear();
    this.#feed.end();
    this.#peer.comparisons.leave(this);
    this.#ends.left();
  }

  #requireOpen(): void {
    if (this.#isOver) throw new Fault('closed');
  }

  #unfollow(interest: Interest): void {
    const name = nameOf(interest);
    const ref = this.#refs.get(name);
    if (ref === undefined) return;
    this.#refs.delete(name);
    this.#feed.remove(ref);
    this.#peer.matcher.remove(ref, this.#feed);
  }

  /** Whether the caller has written it. */
  #isHers(stored: StoredMessage | null): boolean {
    const { user } = this.#caller;
    const { primitives } = this.#peer.options;
    return user !== null && stored !== null && equal(readMessage(primitives, stored.bytes).from, user);
  }

  #standing(): Promise<Standing> {
    const { user } = this.#caller;
    return user === null ? Promise.resolve({ kind: 'stranger' }) : this.#peer.options.standing(user);
  }

  async #payer(): Promise<Payer> {
    const standing = await this.#standing();
    const { user } = this.#caller;
    const guest = this.#guest();
    if (guest !== null) return guest;
    if (user === null || standing.kind === 'stranger')
      throw new Fault('forbidden', 'who has an account on this node may bring messages');
    return { key: user, bytesMax: standing.bytesMax };
  }

  /** The key of who may compare, in hex: for strangers no set is filled. */
  #comparer({ kind }: Standing): string | null {
    const { user, device } = this.#caller;
    if (user !== null && kind === 'friend') return hex(user);
    return device !== undefined && this.#guest() !== null ? hex(device) : null;
  }

  async #requireComparer(): Promise<string> {
    const comparer = this.#comparer(await this.#standing());
    if (comparer !== null) return comparer;
    throw new Fault('forbidden', 'for who has an account here, and nodes that this one follows: read pages');
  }

  /** The account of the node that calls, where this peer takes messages from it. */
  #guest(): Payer | null {
    const { user, device } = this.#caller;
    return user === null && device !== undefined ? (this.#peer.guests?.payer(device) ?? null) : null;
  }

  /** One that is wrong leaves the others alone. */
  async #published(bytes: Uint8Array, payer: Payer): Promise<Published> {
    const { primitives, standing } = this.#peer.options;
    try {
      const message = readMessage(primitives, bytes);
      if (this.#caller.user === null)
        await requireMention(message, async (user) => (await standing(user)).kind === 'friend');
      return await this.#peer.ingest.bring(message, payer);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code === 'internal') throw fault;
      this.#peer.refused += 1;
      const why = fault.message.slice(0, WHY_CHARACTERS_MAX);
      return { kind: 'refused', fault: FAULTS[fault.code].number, why };
    }
  }

  #tell(rows: readonly StoredMessage[], at: number): void {
    let from = 0;
    let bytes = 0;
    for (const [next, row] of rows.entries()) {
      const size = sizeOf(rowOf(row));
      if (bytes + size > peerPageBytesMax) {
        this.#push(rows.slice(from, next), rows[next - 1]?.seq ?? 0);
        from = next;
        bytes = 0;
      }
      bytes += size;
    }
    this.#push(rows.slice(from), at);
  }

  #push(rows: readonly StoredMessage[], at: number): void {
    this.#ends.events.messages({ rows: this.#shown(rows).map(rowOf), at });
  }
}

function nameOf({ relation, key: of }: Interest): string {
  return `${relation} ${of.join(' ')}`;
}
