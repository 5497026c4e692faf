/**
 * The line between two tabs: the home's contract over a broadcast channel that only they have. Loaded by a
 * tab that finds the home in another one, and by the one with the home once it has it, so that it is there
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
const READY = 'ready';
const BYE = 'bye';

/** The line of a tab to the home in another one. */
export class Visit {
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
export class Guest {
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
