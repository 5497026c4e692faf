/**
 * The connection to one other node (SPEC Z83): kept up as long as somebody is followed or something is brought
 * there, with pauses that grow. One that lies rests for long.
 *
 *   waiting --attempt--> up --ends--> waiting
 */

import { backoff, type Backoff } from 'copse/internal/base/backoff.ts';
import { equal, hex } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  exchangeGoodMs,
  exchangeRestMs,
  exchangeRetryMaxMs,
  exchangeRetryMinMs,
} from 'copse/internal/base/limits-exchange.ts';
import { readPeerAddress, type PeerAddress } from 'copse/internal/social/exchange/address.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import type { ExchangeStore } from '../../store/exchange.ts';
import { Bringing } from './bringing.ts';
import type { CompareCounts } from './comparing.ts';
import type { Connect, Knock } from './connect.ts';
import type { Target } from './fetching.ts';
import { Intake } from './intake.ts';
import { Visit } from './visit.ts';

export interface LineOptions {
  readonly env: Env;
  readonly peer: Peer;
  readonly store: ExchangeStore;
  readonly node: Key;
  readonly connect: Connect;
  readonly knock: Knock;
  /** What messages of that node may fill here. */
  readonly bytesMax: number;
  readonly heard: (author: Key) => void;
  /** That node has lost these. */
  readonly lost: (ids: readonly Uint8Array[]) => void;
  /** Nothing waits any more to be brought there. */
  readonly brought: () => void;
}

export class NodeLine {
  readonly intake: Intake;
  readonly bringing: Bringing;
  readonly compares: CompareCounts = { compared: 0, missing: 0, bytes: 0 };
  readonly #options: LineOptions;
  readonly #pauses: Backoff;
  #wanted: readonly Target[] = [];
  #visit: Visit | null = null;
  #timer: Timer | null;
  #attempts = 0;
  #isUp = false;
  #isOver = false;
  /** The attempt or connection that goes on. */
  #running: Promise<void> = Promise.resolve();

  constructor(options: LineOptions) {
    this.#options = options;
    this.#pauses = backoff(options.env, exchangeRetryMinMs, exchangeRetryMaxMs);
    this.intake = new Intake(options);
    this.bringing = new Bringing(options);
    this.#timer = this.#again(0);
  }

  get node(): Key {
    return this.#options.node;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get wanted(): readonly Target[] {
    return this.#wanted;
  }

  /** Follows these from now on, and nothing else. */
  want(wanted: readonly Target[]): void {
    this.#wanted = wanted;
    this.#visit?.changed();
  }

  /** Ends it; returns when nothing of it goes on. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#visit?.close();
    await this.#running;
  }

  #again(pauseMs: number): Timer {
    return this.#options.env.after(pauseMs, () => {
      this.#running = this.#attempt();
    });
  }

  async #attempt(): Promise<void> {
    const { env, node } = this.#options;
    const beganMs = env.nowMs();
    let fault: Fault | null;
    try {
      fault = await this.#visited();
    } catch (thrown) {
      fault = asFault(thrown);
    }
    this.#isUp = false;
    this.#visit = null;
    if (this.#isOver) return;
    env.log('info', 'exchange.ended', { node: hex(node), fault: fault?.code ?? '' });
    // One that sends too fast is there, and was heard in part.
    if (env.nowMs() - beganMs > exchangeGoodMs || fault?.code === 'tooMany') this.#pauses.reset();
    this.#timer = this.#again(fault?.code === 'badProof' ? exchangeRestMs : this.#pauses.next());
  }

  async #visited(): Promise<Fault | null> {
    const address = this.#address();
    if (address === null) throw new Fault('unknown', 'no address of that node is known');
    const { intake, bringing, compares } = this;
    const wanted = (): readonly Target[] => this.#wanted;
    const visit = new Visit({ ...this.#options, intake, bringing, compares, wanted });
    const connection = await this.#options.connect(address, visit.events);
    if (this.#isOver) connection.close();
    this.#isUp = true;
    this.#visit = visit;
    return visit.run(connection);
  }

  /** The next of the addresses at which the node is said to be. */
  #address(): PeerAddress | null {
    const { store, node } = this.#options;
    const fitting = store
      .addressesOf(node)
      .map(readPeerAddress)
      .filter(({ key }) => equal(key, node));
    return fitting[this.#attempts++ % Math.max(1, fitting.length)] ?? null;
  }
}
