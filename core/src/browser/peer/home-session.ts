/** The session of a tab with the messages of its browser: what every peer answers, and what waits for the node. */

import type { Interest, MessageRow, PeerApi, PeerEvents, PeerRemote, Published } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { refsOf } from '../../social/message/refs.ts';
import { refOfInterest } from '../../social/peer/interests.ts';
import type { Peer } from '../../social/peer/peer.ts';
import type { PeerSession } from '../../social/peer/session.ts';
import type { HomeApi, HomeEvents, HomeState } from './home-api.ts';
import { nameOf, type Interests } from './interests.ts';
import { readable } from './readable.ts';
import { thereRow, type Reading } from './reading.ts';
import type { Hello, Upstream } from './upstream.ts';

/** What all tabs share. */
export interface Home {
  readonly peer: Peer;
  readonly user: Key;
  readonly interests: Interests;
  readonly upstream: Upstream;
  readonly reading: Reading;
  readonly state: HomeState;
  hello(): Promise<Hello | null>;
  arrivedAt(id: Uint8Array): number;
  publish(
    messages: readonly Uint8Array[],
    here: (messages: readonly Uint8Array[]) => Promise<readonly Published[]>,
  ): Promise<readonly Published[]>;
  again(id: Uint8Array): void;
  drop(id: Uint8Array): void;
}

export interface HomeSessionParts {
  /** Bytes that wait in the line. */
  readonly buffered: () => number;
  readonly events: PeerEvents;
  readonly told: HomeEvents;
  readonly onEnd: () => void;
}

type Request<N extends keyof PeerApi> = Parameters<PeerApi[N]>[0];
const NOTHING = {};

export class HomeSession implements PeerApi, Disposable {
  readonly #home: Home;
  readonly #parts: HomeSessionParts;
  readonly #session: PeerSession;
  readonly #looked = new Map<string, Interest>();
  #isOver = false;

  constructor(home: Home, parts: HomeSessionParts) {
    this.#home = home;
    this.#parts = parts;
    this.#session = home.peer.open({ user: home.user, buffered: parts.buffered }, parts.events);
  }

  /** The contract of `home-api.ts`. */
  get home(): HomeApi {
    const home = this.#home;
    return {
      standing: async () => ({ hello: await home.hello() }),
      state: () => home.state,
      again({ id }) {
        home.again(id.slice());
        return NOTHING;
      },
      drop({ id }) {
        home.drop(id.slice());
        return NOTHING;
      },
      async arrived({ ids }) {
        const asked = ids.map((id) => id.slice());
        await home.upstream.settled();
        return { at: asked.map((id) => home.arrivedAt(id)) };
      },
    };
  }

  /** What there was no room for, where this tab looks. */
  tell(rows: readonly MessageRow[]): void {
    const { primitives } = this.#home.peer.options;
    const wanted = new Set([...this.#looked.values()].map((each) => hex(refOfInterest(each))));
    const shown = rows.filter(({ message }) => {
      const read = readable(primitives, message);
      return read !== null && refsOf(primitives, read).some((ref) => wanted.has(hex(ref)));
    });
    if (shown.length > 0) this.#parts.events.messages({ rows: shown.map(thereRow), at: 0 });
  }

  told(state: HomeState): void {
    this.#parts.told.changed(state);
  }

  hello() {
    return this.#session.hello();
  }

  async publish({ messages }: Request<'publish'>) {
    const answers = await this.#home.publish(
      messages.map((bytes) => bytes.slice()),
      async (each) => (await this.#session.publish({ messages: each })).answers,
    );
    return { answers };
  }

  get(request: Request<'get'>) {
    return this.#home.reading.get(this.#session, request);
  }

  page(request: Request<'page'>) {
    return this.#home.reading.page(this.#session, request);
  }

  follow(request: Request<'follow'>) {
    const answer = this.#session.follow(request);
    const { interests, upstream } = this.#home;
    const removed = request.remove.filter((each) => this.#looked.delete(nameOf(each)));
    void upstream.unfollow(interests.remove(removed));
    const added = request.add
      .filter((each) => !this.#looked.has(nameOf(each)))
      .map(({ relation, key }) => ({ relation, key: key.slice() }));
    for (const each of added) this.#looked.set(nameOf(each), each);
    interests.add(added);
    void upstream.follow();
    return answer;
  }

  listen(request: Request<'listen'>) {
    return this.#session.listen(request);
  }

  current(request: Request<'current'>) {
    return this.#home.reading.current(this.#session, request);
  }

  search(request: Request<'search'>) {
    return this.#home.reading.search(this.#session, request);
  }

  /** What stays whatever else falls out is said to the node, which has to keep it. */
  async pin(request: Request<'pin'>) {
    return this.#there().pin({ ...request, id: request.id.slice() });
  }

  /** The node keeps them, so it knows. */
  async pinned({ ids }: Request<'pinned'>) {
    return this.#there().pinned({ ids: ids.map((id) => id.slice()) });
  }

  compare(request: Request<'compare'>) {
    return this.#session.compare(request);
  }

  compareOn(request: Request<'compareOn'>) {
    return this.#session.compareOn(request);
  }

  compareEnd(request: Request<'compareEnd'>) {
    return this.#session.compareEnd(request);
  }

  /** Of the node, which has others beside it. */
  nodes() {
    return this.#there().nodes({});
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#home.upstream.unfollow(this.#home.interests.remove([...this.#looked.values()]));
    this.#session[Symbol.dispose]();
    this.#parts.onEnd();
  }

  #there(): PeerRemote {
    const { remote } = this.#home.upstream;
    if (remote === null) throw new Fault('closed', 'the node cannot be reached');
    return remote;
  }
}
