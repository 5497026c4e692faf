/**
 * In the home: an application that folds a log (`log-fold.ts`). Asks the node about snapshots, appends their
 * parts, and keeps the state that was reached. Loaded with the first word.
 */

import { snapshotApi, type Place, type SnapshotRemote } from '../api/snapshot.ts';
import { hex } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { Handle } from '../base/ids.ts';
import { decode, encode } from '../wire/shape.ts';
import { deferred, type Deferred } from './deferred.ts';
import { foldAnswerShape, foldWishShape, type FoldAnswer, type FoldWish } from './fold-words.ts';
import type { Home } from './home.ts';
import { keepState, keptPart } from './kept-states.ts';
import type { Outcome } from './log-outcome.ts';
import type { OpenLog } from './open-log.ts';
import type { LogListener } from './open-log-types.ts';

const ID_BYTES = 8;

export class FoldSeat {
  readonly #home: Home;
  readonly #log: OpenLog;
  readonly #atById = new Map<string, Deferred<number>>();
  readonly #listener: LogListener;
  /** Parts of what is to be kept, until the last of them comes. */
  #keeping: Uint8Array[] = [];

  constructor(home: Home, log: OpenLog) {
    this.#home = home;
    this.#log = log;
    const nothing = (): void => {};
    this.#listener = {
      onState: nothing,
      onWaiting: nothing,
      onSaid: nothing,
      onPresent: nothing,
      onSettled: (id, outcome) => this.#settled(id, outcome),
    };
    log.audience.listeners.add(this.#listener);
  }

  async hear(word: Uint8Array): Promise<Uint8Array> {
    return encode(foldAnswerShape, await this.#answer(decode(foldWishShape, word)));
  }

  async #answer(wish: FoldWish): Promise<FoldAnswer> {
    switch (wish.kind) {
      case 'newest':
        return { kind: 'newest', place: await this.#newest() };
      case 'append':
        return { kind: 'append', at: await this.#append(wish.part) };
      case 'note':
        return { kind: 'note', isNewest: await this.#note(wish.place) };
      case 'keep':
        await this.#keep(wish);
        return { kind: 'keep' };
      case 'kept':
        return { kind: 'kept', parts: await keptPart(this.#home.options, this.#log.keysOf(), wish.index) };
    }
  }

  async #newest(): Promise<Place | null> {
    return (await this.#ask((remote, handle) => remote.newest({ handle }))).place;
  }

  async #note(place: Place): Promise<boolean> {
    return (await this.#ask((remote, handle) => remote.note({ handle, place }))).isNewest;
  }

  /** Asks under the present lease; again under the next one when it has ended meanwhile, which the node does not know. */
  async #ask<T>(ask: (remote: SnapshotRemote, handle: Handle) => Promise<T>): Promise<T> {
    for (;;) {
      const lease = await this.#log.leased();
      try {
        return await ask(lease.session.facet(snapshotApi, {}), lease.handle);
      } catch (thrown) {
        if (asFault(thrown).code !== 'unknown' || lease === (await this.#log.leased())) throw thrown;
      }
    }
  }

  /** A part is an entry like any other, of which no application is told. */
  #append(value: Uint8Array): Promise<number> {
    const { env } = this.#home.options;
    const id = hex(env.random(ID_BYTES));
    const settled = deferred<number>();
    this.#atById.set(id, settled);
    const timeMs = Math.floor(env.wallMs());
    try {
      this.#log.append({ id, value, at: null, timeMs, foreign: false, isPart: true });
    } catch (thrown) {
      this.#atById.delete(id);
      throw thrown;
    }
    return settled.promise;
  }

  #settled(id: string, outcome: Outcome): void {
    const settled = this.#atById.get(id);
    if (settled === undefined) return;
    this.#atById.delete(id);
    if ('at' in outcome) settled.resolve(outcome.at);
    else settled.reject(outcome.kind === 'failed' ? outcome.fault : new Fault('internal'));
  }

  async #keep({ index, count, part }: Extract<FoldWish, { readonly kind: 'keep' }>): Promise<void> {
    if (index === 0) this.#keeping = [];
    if (index !== this.#keeping.length) throw new Fault('malformed', 'parts come in order');
    this.#keeping.push(part.slice());
    if (index + 1 < count) return;
    const parts = this.#keeping;
    this.#keeping = [];
    await keepState(this.#home.options, this.#log.keysOf(), parts);
  }

  /** The application is gone. */
  end(): void {
    this.#log.audience.listeners.delete(this.#listener);
    const fault = new Fault('closed');
    for (const settled of this.#atById.values()) {
      settled.promise.catch(() => {});
      settled.reject(fault);
    }
    this.#atById.clear();
  }
}
