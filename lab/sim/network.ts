/**
 * The network of a simulation: ordered connections like TCP under WebSocket, that are slow, stall, are
 * cut with everything in flight lost, or (a broken middlebox) deliver a message twice.
 */

import type { Fault } from 'copse/internal/base/fault.ts';
import type { Link, LinkEvents } from 'copse/internal/link/link.ts';
import { frameKind } from 'copse/internal/wire/frame.ts';
import { Reader } from 'copse/internal/wire/buffer.ts';
import type { World } from './world.ts';

export interface NetworkFaults {
  /** Latency of a message, milliseconds. */
  latencyMs: [number, number];
  /** Probability that a message of notes (casts, pushes) arrives twice. */
  twice: number;
  /** Probability, per message, that the connection is cut behind it. */
  cut: number;
  /** Probability, per message, that its direction stalls for up to `stallMs`. */
  stall: number;
  stallMs: number;
  /** Probability that a connection attempt fails. */
  refuse: number;
}

export const CALM: NetworkFaults = { latencyMs: [0.1, 3], twice: 0, cut: 0, stall: 0, stallMs: 0, refuse: 0 };

/** One direction of a connection: messages arrive in order, each after the one before. */
class Direction {
  readyAtMs = 0;
  inFlightBytes = 0;
}

export class SimWire {
  readonly ends: readonly [WireEnd, WireEnd];
  closed = false;
  readonly #world: World;
  readonly #faults: () => NetworkFaults;
  readonly #onCut: (wire: SimWire) => void;

  constructor(world: World, faults: () => NetworkFaults, onCut: (wire: SimWire) => void) {
    this.#world = world;
    this.#faults = faults;
    this.#onCut = onCut;
    this.ends = [new WireEnd(this, 0), new WireEnd(this, 1)];
  }

  carry(from: 0 | 1, message: Uint8Array): void {
    if (this.closed) return;
    const faults = this.#faults();
    const { chance } = this.#world;
    const direction = this.ends[from].direction;
    const stallMs = chance.often(faults.stall) ? chance.unit() * faults.stallMs : 0;
    const latencyMs = faults.latencyMs[0] + chance.unit() * (faults.latencyMs[1] - faults.latencyMs[0]);
    const arriveMs = Math.max(direction.readyAtMs, this.#world.nowMs + latencyMs + stallMs);
    direction.readyAtMs = arriveMs;
    direction.inFlightBytes += message.length;
    const copies = onlyNotes(message) && chance.often(faults.twice) ? 2 : 1;
    const cut = chance.often(faults.cut);
    this.#world.at(arriveMs - this.#world.nowMs, () => {
      direction.inFlightBytes -= message.length;
      for (let i = 0; i < copies; i++) if (!this.closed) this.ends[from === 0 ? 1 : 0].arrive(message);
      if (cut) this.cut();
    });
  }

  /** Both ends learn of it a little later; what was in flight is gone. */
  cut(): void {
    if (this.closed) return;
    this.closed = true;
    this.#onCut(this);
    for (const end of this.ends) {
      this.#world.at(this.#world.chance.unit() * 5, () => end.end(null));
    }
  }

  /** An orderly close by one end: what it sent before still arrives. */
  finish(by: 0 | 1, fault: Fault | null): void {
    if (this.closed) return;
    const other = this.ends[by === 0 ? 1 : 0];
    const waitMs = Math.max(0, this.ends[by].direction.readyAtMs - this.#world.nowMs) + 0.1;
    this.ends[by].end(null);
    this.#world.at(waitMs, () => {
      this.closed = true;
      this.#onCut(this);
      other.end(fault);
    });
  }
}

export class WireEnd implements Link {
  readonly direction = new Direction();
  readonly #wire: SimWire;
  readonly #side: 0 | 1;
  #events: LinkEvents | null = null;
  #early: Uint8Array[] = [];
  #over = false;

  constructor(wire: SimWire, side: 0 | 1) {
    this.#wire = wire;
    this.#side = side;
  }

  send(message: Uint8Array): void {
    if (!this.#over) this.#wire.carry(this.#side, message.slice());
  }

  listen(events: LinkEvents): void {
    this.#events = events;
    const early = this.#early;
    this.#early = [];
    for (const message of early) events.onMessage(message);
  }

  arrive(message: Uint8Array): void {
    if (this.#over) return;
    if (this.#events === null) this.#early.push(message);
    else this.#events.onMessage(message);
  }

  end(fault: Fault | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#events?.onClose(fault);
  }

  buffered(): number {
    return this.direction.inFlightBytes;
  }

  close(fault?: Fault): void {
    this.#wire.finish(this.#side, fault ?? null);
  }
}

/** Whether a message holds casts or pushes only: doubling those must change nothing. */
function onlyNotes(message: Uint8Array): boolean {
  const reader = new Reader(message);
  try {
    while (reader.left > 0) {
      const end = reader.uint() + reader.at;
      const kind = reader.byte();
      if (kind !== frameKind.cast && kind !== frameKind.push) return false;
      reader.at = end;
    }
    return true;
  } catch {
    return false;
  }
}
