/**
 * Direct connections of a simulated world: wires between two machines that are slow, can be cut with or without a
 * notice, and cannot be made while there is no way between the two. What the two say to each other for it goes
 * through the product, sealed, as in the real ones.
 */

import type { Peer, PeerEvents, Peers, PeerWord } from 'copse/internal/client/peer.ts';
import { CALM, Wire, type NetworkFaults, type WireEnd } from './network.ts';
import type { SimEnv, World } from './world.ts';

export class SimPeers {
  readonly world: World;
  readonly wires = new Set<Wire<Uint8Array>>();
  readonly waiting = new Map<string, SimPeer>();
  readonly #faults: () => NetworkFaults;
  /** Whether a connection does not come to be. */
  isBlocked: () => boolean = () => false;
  /** Nothing gets through any more, and nobody is told. */
  isSilent = false;
  /** What went over all wires. */
  carried = 0;
  opened = 0;

  constructor(world: World, faults: () => NetworkFaults = () => CALM) {
    this.world = world;
    this.#faults = faults;
  }

  /** Those of one process; it hears nothing after its end. */
  of(env: SimEnv): Peers {
    return (role, _ice, events) => new SimPeer({ net: this, env, role, events });
  }

  /** Both ends of every connection learn of it, a little later. */
  cut(): void {
    const wires = [...this.wires];
    for (const wire of wires) wire.cut();
  }

  wire(): Wire<Uint8Array> {
    const wire = new Wire<Uint8Array>({
      world: this.world,
      faults: this.#faults,
      cargo: {
        sizeOf: (message) => message.length,
        copy: (message) => message.slice(),
        mayDouble: () => false,
      },
      onOver: (over) => this.wires.delete(over),
    });
    this.wires.add(wire);
    this.opened++;
    return wire;
  }
}

interface Parts {
  readonly net: SimPeers;
  readonly env: SimEnv;
  readonly role: 'caller' | 'answerer';
  readonly events: PeerEvents;
}

class SimPeer implements Peer {
  readonly #parts: Parts;
  readonly #name: string;
  #end: WireEnd<Uint8Array> | null = null;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { net, role } = parts;
    this.#name = `peer ${net.world.chance.word()}`;
    net.waiting.set(this.#name, this);
    if (role === 'caller') this.#later(() => this.#say('offer'));
  }

  #later(task: () => void): void {
    this.#parts.env.after(this.#parts.net.world.chance.unit(), () => {
      if (!this.#isOver) task();
    });
  }

  #say(kind: 'offer' | 'answer'): void {
    this.#parts.events.onWord({ kind, text: this.#name });
    this.#parts.events.onWord({ kind: 'candidate', text: this.#name });
  }

  hear({ kind, text }: PeerWord): void {
    const { net } = this.#parts;
    if (this.#isOver) return;
    if (kind === 'offer') return this.#later(() => this.#say('answer'));
    const other = net.waiting.get(text);
    if (kind !== 'answer' || other === undefined || net.isBlocked()) return;
    const [mine, theirs] = net.wire().ends;
    this.#use(mine);
    other.#use(theirs);
  }

  #use(end: WireEnd<Uint8Array>): void {
    const { net, env, events } = this.#parts;
    this.#end = end;
    net.waiting.delete(this.#name);
    const isHeard = (): boolean => !this.#isOver && !env.dead;
    this.#later(() => {
      events.onOpen();
      end.listen({
        onMessage: (message) => {
          if (isHeard() && !net.isSilent) events.onMessage(message);
        },
        onClose: () => {
          if (!isHeard()) return;
          this.#isOver = true;
          events.onClose();
        },
      });
    });
  }

  send(message: Uint8Array): void {
    const { net } = this.#parts;
    if (this.#isOver || net.isSilent) return;
    net.carried++;
    this.#end?.send(message);
  }

  buffered(): number {
    return this.#end?.buffered() ?? 0;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.net.waiting.delete(this.#name);
    this.#end?.close();
  }
}
