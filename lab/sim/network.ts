/**
 * The network of a simulation: ordered connections like TCP under WebSocket, that are slow, stall, are
 * cut with everything in flight lost, or (a broken middlebox) deliver a message twice.
 */

import type { Fault } from 'copse/internal/base/fault.ts';
import type { World } from './world.ts';

export interface NetworkFaults {
  /** Latency of a message, milliseconds. */
  readonly latencyMs: readonly [number, number];
  /** Bytes per millisecond of one direction of a connection. */
  readonly bandwidth: number;
  /** Probability that a message that may be doubled arrives twice. */
  readonly twice: number;
  /** Probability, per message, that the connection is cut behind it. */
  readonly cut: number;
  /** Probability, per message, that its direction stalls for up to `stallMs`. */
  readonly stall: number;
  readonly stallMs: number;
  /** Probability that a connection attempt fails. */
  readonly refuse: number;
  /** Messages arrive when this has passed again, together, as a busy receiver reads them; 0: each when it comes. */
  readonly clumpMs: number;
}

export const CALM: NetworkFaults = {
  latencyMs: [0.1, 3],
  bandwidth: 10_000,
  twice: 0,
  cut: 0,
  stall: 0,
  stallMs: 0,
  refuse: 0,
  clumpMs: 0,
};

/** What a wire needs to know of its messages. */
export interface Cargo<M> {
  sizeOf(message: M): number;
  /** The message as it travels: who sends may use its bytes again at once. */
  copy(message: M): M;
  /** Whether receiving the message twice must change nothing. */
  mayDouble(message: M): boolean;
}

export interface WireOptions<M> {
  readonly world: World;
  /** Read for every message, so that faults may begin and end while the wire lives. */
  readonly faults: () => NetworkFaults;
  readonly cargo: Cargo<M>;
  /** Once, when the wire carries nothing any more. */
  readonly onOver: (wire: Wire<M>) => void;
}

export interface EndEvents<M> {
  onMessage(message: M): void;
  /** Once; `fault` tells why when the other end closed with one. */
  onClose(fault: Fault | null): void;
}

/** How late an end may learn that its wire was cut. */
const CUT_NOTICE_MS = 5;

export class Wire<M> {
  readonly ends: readonly [WireEnd<M>, WireEnd<M>];
  closed = false;
  readonly #options: WireOptions<M>;

  constructor(options: WireOptions<M>) {
    this.#options = options;
    this.ends = [new WireEnd(this, 0), new WireEnd(this, 1)];
  }

  carry(from: 0 | 1, message: M): void {
    if (this.closed) return;
    const { world, cargo } = this.#options;
    const { chance } = world;
    const faults = this.#options.faults();
    const sender = this.ends[from];
    const copy = cargo.copy(message);
    const size = cargo.sizeOf(message);
    const stallMs = chance.often(faults.stall) ? chance.unit() * faults.stallMs : 0;
    const latencyMs = faults.latencyMs[0] + chance.unit() * (faults.latencyMs[1] - faults.latencyMs[0]);
    const aloneMs = Math.max(sender.readyAtMs, world.nowMs + latencyMs + stallMs) + size / faults.bandwidth;
    const { clumpMs } = faults;
    const arriveMs = clumpMs === 0 ? aloneMs : Math.ceil(aloneMs / clumpMs) * clumpMs;
    sender.readyAtMs = arriveMs;
    sender.inFlightBytes += size;
    const copies = chance.often(faults.twice) && cargo.mayDouble(message) ? 2 : 1;
    const cut = chance.often(faults.cut);
    world.at(arriveMs - world.nowMs, () => {
      for (let i = 0; i < copies; i++) if (!this.closed) this.ends[from === 0 ? 1 : 0].arrive(copy);
      sender.left(size);
      if (cut) this.cut();
    });
  }

  /** Both ends learn of it a little later, each on its own; what was in flight is gone. */
  cut(): void {
    if (this.closed) return;
    this.closed = true;
    const { world, onOver } = this.#options;
    onOver(this);
    for (const end of this.ends) world.at(world.chance.unit() * CUT_NOTICE_MS, () => end.end(null));
  }

  /** An orderly close by one end: what it sent before still arrives. */
  finish(by: 0 | 1, fault: Fault | null): void {
    if (this.closed) return;
    const { world, onOver } = this.#options;
    const waitMs = Math.max(0, this.ends[by].readyAtMs - world.nowMs) + 0.1;
    this.ends[by].end(null);
    world.at(waitMs, () => {
      if (this.closed) return;
      this.closed = true;
      onOver(this);
      this.ends[by === 0 ? 1 : 0].end(fault);
    });
  }
}

/** One end of a wire; with bytes as messages it is a `Link`. */
export class WireEnd<M> {
  readonly #wire: Wire<M>;
  readonly #side: 0 | 1;
  /** When the last message of this direction arrives: the next one does not overtake it. */
  readyAtMs = 0;
  inFlightBytes = 0;
  /** Called when everything that was sent has left. */
  onDrained: () => void = () => {};
  #events: EndEvents<M> | null = null;
  #early: M[] = [];
  #over = false;

  constructor(wire: Wire<M>, side: 0 | 1) {
    this.#wire = wire;
    this.#side = side;
  }

  send(message: M): void {
    if (!this.#over) this.#wire.carry(this.#side, message);
  }

  listen(events: EndEvents<M>): void {
    this.#events = events;
    const early = this.#early;
    this.#early = [];
    for (const message of early) events.onMessage(message);
  }

  arrive(message: M): void {
    if (this.#over) return;
    if (this.#events === null) this.#early.push(message);
    else this.#events.onMessage(message);
  }

  left(size: number): void {
    this.inFlightBytes -= size;
    if (this.inFlightBytes === 0 && !this.#over) this.onDrained();
  }

  end(fault: Fault | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#events?.onClose(fault);
  }

  buffered(): number {
    return this.inFlightBytes;
  }

  close(fault?: Fault): void {
    this.#wire.finish(this.#side, fault ?? null);
  }
}
