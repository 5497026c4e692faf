/**
 * What a peer compares with others (SPEC Z89, Z90): sets of its messages, filled from the store one after the other
 * and in slices, for those who ask and for the peer itself. What all of them hold at once is bounded, and so is
 * what one caller may have filled and answered.
 */

import type { Compared } from '../../api/peer.ts';
import { Cache } from '../../base/cache.ts';
import type { Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import {
  reconcileCallersMax,
  reconcileFillMs,
  reconcileFillsMax,
  reconcileHeldItemsMax,
  reconcileItemsBurst,
  reconcileItemsPerSecond,
  reconcileMessageItems,
  reconcilePeerFrameBytesMax,
} from '../../base/limits-reconcile.ts';
import { Meter } from '../../base/meter.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Ground } from '../reconcile/parts.ts';
import { Sessions } from '../reconcile/sessions.ts';
import type { PeerStore } from '../store/store.ts';
import { Filling, type IsHidden } from './filling.ts';
import { isOf, type Hidden } from './hidden.ts';

export interface ComparisonsOptions {
  readonly store: Pick<PeerStore, 'items' | 'at'>;
  /** Of whom nothing is named to others; nobody unless said otherwise. */
  readonly hidden?: Hidden | undefined;
  readonly primitives: Primitives;
  readonly env: Env;
  /** Runs a task behind what has already arrived. */
  readonly soon: (task: () => void) => void;
}

/** A set that is held until its owner lets it go. */
export interface Held extends Ground, Disposable {}

export interface Asking {
  /** What it is known by. */
  readonly connection: object;
  /** Who pays for the work, in any connection: a key in hex. */
  readonly caller: string;
  readonly of: readonly Compared[];
  readonly message: Uint8Array;
}

type Charge = (items: number) => void;

/** For whom a set is filled. */
interface Client {
  readonly charge: Charge;
  readonly isThere: () => boolean;
  /** What is named to somebody can be shown to her, too. */
  readonly isOther: boolean;
}

const SELF: Client = { charge: () => {}, isThere: () => true, isOther: false };

export class Comparisons {
  readonly #options: ComparisonsOptions;
  readonly #sessions = new Sessions<object>();
  readonly #meters = new Cache<string, Meter>(reconcileCallersMax);
  /** Connections for which a set waits or is filled. */
  readonly #filling = new Set<object>();
  #last: Promise<unknown> = Promise.resolve();
  #fills = 0;
  /** Items of the sets of this peer's own comparisons. */
  #ownItems = 0;
  #number = 0;
  #isOver = false;

  constructor(options: ComparisonsOptions) {
    this.#options = options;
  }

  /** Items that are held for whoever compares. */
  get items(): number {
    return this.#sessions.items + this.#ownItems;
  }

  get count(): number {
    return this.#sessions.count;
  }

  /** A set for a comparison that this peer begins. Throws `full` and `tooMany`. */
  async hold(of: readonly Compared[]): Promise<Held> {
    const { primitives } = this.#options;
    this.#sessions.forgetIdle(this.#options.env.nowMs());
    const { snapshot } = await this.#filled(of, SELF);
    this.#ownItems += snapshot.size;
    let isHeld = true;
    return {
      primitives,
      snapshot,
      [Symbol.dispose]: () => {
        if (isHeld) this.#ownItems -= snapshot.size;
        isHeld = false;
      },
    };
  }

  /** Begins a comparison that somebody asks for, and answers its first message. */
  async open({ connection, caller, of, message }: Asking): Promise<{ number: number; message: Uint8Array }> {
    const { env } = this.#options;
    this.#sessions.requireRoom(connection, env.nowMs());
    if (this.#filling.has(connection))
      throw new Fault('tooMany', 'A set is filled for this connection already. Wait for its answer.');
    const charge = this.#chargeOf(caller);
    charge(reconcileMessageItems);
    this.#filling.add(connection);
    try {
      const isThere = (): boolean => this.#filling.has(connection);
      const ground = await this.#filled(of, { charge, isThere, isOther: true });
      const number = ++this.#number;
      const at = { nowMs: env.nowMs(), frameBytesMax: reconcilePeerFrameBytesMax };
      this.#sessions.open(connection, number, ground, at);
      return { number, message: this.#sessions.on(connection, number, message, env.nowMs()) };
    } finally {
      this.#filling.delete(connection);
    }
  }

  on({ connection, caller, message }: Omit<Asking, 'of'>, number: number): Uint8Array {
    this.#chargeOf(caller)(reconcileMessageItems);
    return this.#sessions.on(connection, number, message, this.#options.env.nowMs());
  }

  close(connection: object, number: number): void {
    this.#sessions.close(connection, number);
  }

  /** The connection has ended. */
  leave(connection: object): void {
    this.#sessions.leave(connection);
    this.#filling.delete(connection);
  }

  /** Nothing is filled any more. */
  end(): void {
    this.#isOver = true;
  }

  /** One set after the other, so that many who ask take no more of the thread than one. */
  async #filled(of: readonly Compared[], client: Client): Promise<Ground> {
    if (this.#fills >= reconcileFillsMax)
      throw new Fault('tooMany', 'Many compare their messages with this peer. Try again later.');
    this.#fills += 1;
    const filling = this.#behind(this.#last, of, client);
    this.#last = filling.catch(() => {});
    try {
      return await filling;
    } finally {
      this.#fills -= 1;
    }
  }

  async #behind(before: Promise<unknown>, of: readonly Compared[], client: Client): Promise<Ground> {
    await before;
    const { store, env, soon, primitives } = this.#options;
    const filling = new Filling(store, of, client.isOther ? await this.#isHidden() : null);
    for (let paid = 0, isDone = false; !isDone; paid = filling.cost) {
      await new Promise<void>((resolve) => soon(resolve));
      if (this.#isOver || !client.isThere()) throw new Fault('closed', 'Nobody waits for it any more.');
      const untilMs = env.nowMs() + reconcileFillMs;
      isDone = filling.step(() => env.nowMs() >= untilMs);
      client.charge(filling.cost - paid);
      if (this.items + filling.size > reconcileHeldItemsMax)
        throw new Fault('full', 'This peer compares as many messages as it can hold. Try again later.');
    }
    return { primitives, snapshot: filling.snapshot() };
  }

  async #isHidden(): Promise<IsHidden> {
    const { hidden, store, primitives } = this.#options;
    await hidden?.settled();
    if (hidden === undefined || hidden.size === 0) return null;
    return (seq) => store.at([seq]).some(({ bytes }) => isOf(primitives, hidden, bytes));
  }

  #chargeOf(caller: string): Charge {
    const { env } = this.#options;
    const meter = this.#meters.get(caller) ?? new Meter(reconcileItemsPerSecond, reconcileItemsBurst);
    this.#meters.set(caller, meter);
    return (items) => {
      if (meter.take(env.nowMs(), items) > 0)
        throw new Fault('tooMany', 'You have compared as much as one may in this time. Read pages instead.');
    };
  }
}
