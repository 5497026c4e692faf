/**
 * Group commit without a timer: while one commit is on its way to the disk the next batch fills, and it
 * leaves as soon as there is room (decision 0007). Outcomes are told in the order of the batches, and
 * after a failure everything that is not durable is told as lost, once (SPEC L3, J4).
 */

import { assert } from 'copse/internal/base/assert.ts';
import { asFault, type Fault } from 'copse/internal/base/fault.ts';
import { commitsInFlightMax } from 'copse/internal/base/limits.ts';
import {
  isAnswers,
  type Batch,
  type Lead,
  type LedOffer,
  type LogState,
  type Lost,
  type Offer,
  type SnapshotPlace,
  type Verdict,
} from 'copse/internal/log/batch.ts';
import { Sequencer } from 'copse/internal/log/sequencer.ts';

export interface CommitterOptions<W> {
  commit(batch: Batch<W>): Promise<void>;
  /** Runs a task when the messages that have already arrived were received, so that they share a batch. */
  soon(task: () => void): void;
  onCommitted(batch: Batch<W>): void;
  /** Nothing of these became durable. */
  onFailed(lost: Lost<W>, fault: Fault): void;
  /** An assertion failed: the shard must not go on. */
  onBroken(fault: Fault): void;
}

interface Flight<W> {
  readonly batch: Batch<W>;
  outcome: 'under way' | 'durable' | Fault;
}

export class Committer<W> {
  readonly #options: CommitterOptions<W>;
  readonly #sequencer = new Sequencer<W>();
  /** Batches that are as large as a commit may get and wait for their turn. */
  readonly #ripe: Batch<W>[] = [];
  readonly #flights: Flight<W>[] = [];
  #planned = false;
  #isTogether = false;
  #idle: (() => void)[] = [];
  commitCount = 0;
  failureCount = 0;

  constructor(options: CommitterOptions<W>) {
    this.#options = options;
  }

  /** Bytes of entries that are not durable yet. */
  get pendingBytes(): number {
    return this.#sequencer.pendingBytes;
  }

  /** See `Sequencer.settledBytes`. */
  get settledBytes(): number {
    return this.#sequencer.settledBytes;
  }

  get busy(): boolean {
    return this.#flights.length > 0 || this.#ripe.length > 0 || this.#sequencer.waiting;
  }

  /** As `Sequencer.offer`, and sees to it that what was accepted gets committed. */
  offer(offer: Offer<W>): Verdict {
    try {
      return this.#sequencer.offer(offer);
    } finally {
      if (this.#sequencer.ripe && !this.#isTogether) this.#takeRipe();
      this.#plan();
    }
  }

  /** As `offer`, for what a leader writes. */
  offerLed(offer: LedOffer<W>): Verdict {
    try {
      return this.#sequencer.offerLed(offer);
    } finally {
      if (this.#sequencer.ripe && !this.#isTogether) this.#takeRipe();
      this.#plan();
    }
  }

  /** As `Sequencer.lead`, and sees to it that it gets committed. */
  lead(log: LogState, lead: Lead): void {
    this.#sequencer.lead(log, lead);
    this.#plan();
  }

  /** As `Sequencer.snapshot`, and sees to it that it gets committed. */
  snapshot(log: LogState, place: SnapshotPlace): void {
    this.#sequencer.snapshot(log, place);
    this.#plan();
  }

  /** What is offered within is not parted into two commits; a batch has room for one large write more. */
  together(offers: () => void): void {
    this.#isTogether = true;
    try {
      offers();
    } finally {
      this.#isTogether = false;
      if (this.#sequencer.ripe) this.#takeRipe();
    }
  }

  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #takeRipe(): void {
    const batch = this.#sequencer.take();
    if (batch !== null) this.#ripe.push(batch);
  }

  #plan(): void {
    if (this.#planned || this.#flights.length >= commitsInFlightMax) return;
    if (this.#ripe.length === 0 && !this.#sequencer.waiting) return;
    this.#planned = true;
    this.#options.soon(this.#pump);
  }

  readonly #pump = (): void => {
    this.#planned = false;
    this.#fly();
    if (this.busy) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  };

  #fly(): void {
    // After a failure nothing leaves until everything that was under way is known.
    if (this.#flights.some((flight) => typeof flight.outcome === 'object')) return;
    while (this.#flights.length < commitsInFlightMax) {
      const batch = this.#ripe.shift() ?? this.#sequencer.take();
      if (batch === null) return;
      this.#start({ batch, outcome: 'under way' });
    }
  }

  #start(flight: Flight<W>): void {
    this.#flights.push(flight);
    if (isAnswers(flight.batch)) {
      // Only answers to entries that were known: nothing to write, but they keep their turn.
      flight.outcome = 'durable';
      this.#tell();
      return;
    }
    this.#options
      .commit(flight.batch)
      .then(
        () => this.#landed(flight, 'durable'),
        (thrown: unknown) => this.#landed(flight, asFault(thrown)),
      )
      .catch((thrown: unknown) => this.#options.onBroken(asFault(thrown)));
  }

  #landed(flight: Flight<W>, outcome: 'durable' | Fault): void {
    flight.outcome = outcome;
    this.#tell();
    this.#pump();
  }

  #tell(): void {
    for (let first = this.#flights[0]; first !== undefined; first = this.#flights[0]) {
      if (first.outcome === 'under way') return;
      if (first.outcome !== 'durable') return this.#fail(first.outcome);
      this.#flights.shift();
      this.#sequencer.committed(first.batch);
      this.commitCount++;
      this.#options.onCommitted(first.batch);
    }
  }

  #fail(fault: Fault): void {
    if (this.#flights.some((flight) => flight.outcome === 'under way')) return;
    for (const { batch, outcome } of this.#flights) {
      const isWritten = outcome === 'durable' && !isAnswers(batch);
      assert(!isWritten, 'nothing is written behind a commit that failed');
    }
    this.#flights.length = 0;
    this.#ripe.length = 0;
    this.failureCount++;
    this.#options.onFailed(this.#sequencer.failed(), fault);
  }
}
