/**
 * What stands in a led log, as a sequencer that can save itself sees it, on a device that leads or waits to (SPEC
 * Q8): a fold beside the leads. A lead begins with what it is, and it makes the snapshots; the sequencer of the lead
 * cannot, because what it has decided may never come to stand.
 */

import { must } from '../base/assert.ts';
import type { Sequencer } from './lead.ts';
import { LogFold } from './log-fold.ts';
import type { Log } from './log.ts';
import type { LogEntry } from './types.ts';

type Saving<T> = Sequencer<T> & Required<Pick<Sequencer<T>, 'save' | 'load'>>;

export function canSave<T>(sequencer: Sequencer<T>): sequencer is Saving<T> {
  return sequencer.save !== undefined && sequencer.load !== undefined;
}

export class LeadShadow<T> {
  readonly #make: () => Sequencer<T>;
  readonly #fold: LogFold<T>;
  #sequencer: Saving<T>;

  constructor(log: Log<T>, make: () => Sequencer<T>) {
    this.#make = make;
    this.#sequencer = this.#fresh();
    this.#fold = new LogFold(
      log,
      {
        load: (state) => this.#load(state),
        apply: (entries) => this.#apply(entries),
        save: () => this.#sequencer.save(),
      },
      {},
    );
  }

  #fresh(): Saving<T> {
    const sequencer = this.#make();
    return must(canSave(sequencer) ? sequencer : undefined, 'each sequencer can save itself, or none');
  }

  #load(state: Uint8Array | null): void {
    this.#sequencer = this.#fresh();
    if (state !== null) this.#sequencer.load(state);
  }

  #apply(entries: readonly LogEntry<T>[]): void {
    for (const { value, device, user, timeMs } of entries) {
      if (value !== undefined) this.#sequencer.apply(value, { device, user, timeMs });
    }
  }

  /** Gives a new sequencer what stands before `tail`; nothing when the lead has ended meanwhile. */
  async into(sequencer: Sequencer<T>, tail: number, isCurrent: () => boolean): Promise<void> {
    await this.#reached(tail);
    if (isCurrent() && canSave(sequencer)) sequencer.load(this.#sequencer.save());
  }

  #reached(tail: number): Promise<void> {
    const { position, trouble } = this.#fold;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const fault = trouble.get();
        if (position.get() < tail && fault === null) return;
        for (const stop of stops) stop();
        if (position.get() >= tail) resolve();
        else reject(fault);
      };
      const stops = [position, trouble].map((store) => store.subscribe(look));
      look();
    });
  }

  close(): Promise<void> {
    return this.#fold.close();
  }
}
