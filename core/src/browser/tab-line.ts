/**
 * What passes between tabs. On the square, a channel that all of them hear: `ask` by who looks for the home,
 * `here` by who has it. Between two of them: the home's contract over a channel that only they have. Loaded by
 * a tab that finds the home in another one, and by the one with the home once it has it, so that it is there
 * when another asks (SPEC S5).
 */

import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { homeApi, type HomeEvents, type HomeRemote } from '../client/home-api.ts';
import type { Home } from '../client/home.ts';
import type { Link, LinkEvents } from '../link/link.ts';
import { Outbox, WriterPool } from '../link/outbox.ts';
import { dial } from '../link/remote.ts';
import { Host, pusher, service } from '../link/serve.ts';
import type { TabChannel, TabsAmbience } from './tabs.ts';

const SERVICE = service(homeApi);
const ASK = 'ask ';
const HERE = 'here ';
const READY = 'ready';
const BYE = 'bye';

/** What a tab tells its neighbours, and is told of them. */
interface Own {
  /** The home, when it is in this tab. */
  home(): Home | null;
  /** The lock that a tab holds while it lives. */
  lockOf(tab: string): string;
  /** The home is in another tab; `open` makes a session with it. */
  onFound(open: (events: HomeEvents) => HomeRemote): void;
  /** The line to it has ended. */
  onLost(): void;
}

/** The other tabs, as one of them sees them. */
export class Neighbours {
  readonly #ambience: TabsAmbience;
  readonly #name: string;
  readonly #own: Own;
  readonly #square: TabChannel;
  readonly #guests = new Map<string, Guest>();
  /** Line to the home in another tab. */
  #visit: Visit | null = null;
  #asked = 0;
  #isOver = false;

  constructor(ambience: TabsAmbience, name: string, own: Own) {
    this.#ambience = ambience;
    this.#name = name;
    this.#own = own;
    this.#square = ambience.channel(name, (message) => this.#hear(message));
  }

  #hear(message: unknown): void {
    if (typeof message !== 'string' || this.#isOver) return;
    if (message.startsWith(ASK)) this.#receive(message.slice(ASK.length));
    else if (message.startsWith(HERE) && this.#own.home() === null) this.ask();
  }

  /** Looks for the home. */
  ask(): void {
    this.endVisit();
    // A channel of its own for each question, so that the farewell of an earlier one is not taken for its own.
    const pair = `${this.#ambience.tab}/${++this.#asked}`;
    const visit: Visit = new Visit(this.#ambience, pairName(this.#name, pair), {
      onReady: (open) => this.#own.onFound(open),
      onEnd: () => {
        if (this.#visit === visit) this.#own.onLost();
      },
    });
    this.#visit = visit;
    this.#square.post(ASK + pair);
  }

  endVisit(): void {
    this.#visit?.end();
    this.#visit = null;
  }

  /** The home is in this tab now. */
  tellHome(): void {
    this.#square.post(HERE + this.#ambience.tab);
  }

  /** Another tab asks for the home. */
  #receive(pair: string): void {
    const home = this.#own.home();
    if (home === null) return;
    const tab = pair.slice(0, pair.lastIndexOf('/'));
    this.#guests.get(tab)?.end();
    const guest = new Guest(this.#ambience, pairName(this.#name, pair), home);
    this.#guests.set(tab, guest);
    void this.#watch(tab, guest);
  }

  /** When the lock of a tab can be had, the tab is gone. */
  async #watch(tab: string, guest: Guest): Promise<void> {
    try {
      const giveBack = await this.#ambience.lock(this.#own.lockOf(tab), guest.ended);
      giveBack();
    } catch {
      return;
    }
    guest.end();
    if (this.#guests.get(tab) === guest) this.#guests.delete(tab);
  }

  /** This tab leaves. */
  end(): void {
    this.#isOver = true;
    this.#visit?.end();
    for (const guest of this.#guests.values()) guest.end();
    this.#square.close();
  }
}

function pairName(name: string, pair: string): string {
  return `${name}/pair/${pair}`;
}

/** The line of a tab to the home in another one. */
class Visit {
  readonly #link: ChannelLink;
  readonly #onEnd: () => void;

  constructor(
    ambience: TabsAmbience,
    pair: string,
    events: {
      readonly onReady: (open: (events: HomeEvents) => HomeRemote) => void;
      readonly onEnd: () => void;
    },
  ) {
    this.#onEnd = events.onEnd;
    const { env } = ambience;
    const link = new ChannelLink(ambience, pair, (word) => {
      if (word === READY) events.onReady((pushed) => dialHome(env, link, pushed));
      else if (word === BYE) this.end();
    });
    this.#link = link;
  }

  end(): void {
    this.#link.close();
    this.#onEnd();
  }
}

function dialHome(env: Env, link: Link, events: HomeEvents): HomeRemote {
  return dial(homeApi, link, events, env).remote;
}

/** The home's session with another tab. */
class Guest {
  readonly #link: ChannelLink;
  readonly #session: Disposable;
  readonly #ending = new AbortController();

  constructor(ambience: TabsAmbience, pair: string, home: Home) {
    const link = new ChannelLink(ambience, pair, (word) => {
      if (word === BYE) this.end();
    });
    const outbox = new Outbox(
      { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    const session = home.session(pusher(homeApi, outbox), true);
    const host = new Host(session, {
      service: SERVICE,
      outbox,
      onFault: () => this.end(),
      onMistake: (fault, method) => ambience.env.log('error', 'tabs.mistake', { method, fault: fault.code }),
    });
    this.#link = link;
    this.#session = session;
    link.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
    link.say(READY);
  }

  /** Aborted when the session has ended. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(new Fault('closed'));
    this.#session[Symbol.dispose]();
    this.#link.say(BYE);
    this.#link.close();
  }
}

/** One end of a channel that only two tabs have: bytes are messages, words are about the line itself. */
class ChannelLink implements Link {
  readonly #channel: TabChannel;
  #events: LinkEvents | null = null;
  #isOver = false;

  constructor(ambience: TabsAmbience, name: string, onWord: (word: string) => void) {
    this.#channel = ambience.channel(name, (message) => {
      if (this.#isOver) return;
      if (message instanceof Uint8Array) this.#events?.onMessage(message);
      else if (typeof message === 'string') onWord(message);
    });
  }

  say(word: string): void {
    if (!this.#isOver) this.#channel.post(word);
  }

  send(message: Uint8Array): void {
    // A copy, because what is posted may be taken up after the sender reuses its bytes.
    if (!this.#isOver) this.#channel.post(message.slice());
  }

  listen(events: LinkEvents): void {
    this.#events = events;
  }

  buffered(): number {
    return 0;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel.close();
    this.#events?.onClose(null);
  }
}
