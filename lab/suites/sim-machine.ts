/** A machine of a simulated world on which the SDK runs: its keep outlives the runs of the application. */

import type { Connectivity } from 'copse/internal/client/connections.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { MemoryKeep, type Keep } from 'copse/internal/client/keep.ts';
import { openWith, unshared, type Runtime } from 'copse/internal/client/open.ts';
import type { OpenOptions } from 'copse/internal/client/types.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { SimPeers } from '../sim/peers.ts';
import type { SimEnv, World } from '../sim/world.ts';
import { NODE_URL, type SimNode } from './sim-node.ts';

const primitives = nativePrimitives();

export class SimMachine {
  readonly world: World;
  readonly node: SimNode;
  readonly name: string;
  readonly keep = new MemoryKeep();
  readonly #farewellMs: number;
  env: SimEnv;
  /** It cannot connect to auth, only to the tail. */
  isAuthCut = false;
  /** Its way to others without the node. */
  peers: SimPeers | null = null;
  #open: Copse | null = null;

  constructor(world: World, node: SimNode, name: string, farewellMs = 0) {
    this.#farewellMs = farewellMs;
    this.world = world;
    this.node = node;
    this.name = name;
    this.env = world.env(name);
  }

  async open(
    options: OpenOptions,
    address: string = NODE_URL,
    connectivity: Connectivity | null = null,
  ): Promise<Copse> {
    const { node, env } = this;
    const runtime: Runtime = {
      env,
      primitives,
      connectivity,
      sharing: unshared,
      farewellMs: this.#farewellMs,
      deviceName: this.name,
      peers: async () => this.peers?.of(env) ?? null,
      dial: (url) => (this.isAuthCut && url.endsWith('/auth') ? node.connect(null) : node.dial(url)),
      openKeep: async () => lasting(this.keep),
      askKey: async () => node.key,
    };
    this.#open = await openWith(runtime, address, options);
    return this.#open;
  }

  /** The process is gone at once; what it kept is there for the next run. */
  kill(): void {
    this.env.kill();
    this.env = this.world.env(this.name);
    this.#open = null;
  }

  /** The same keep on another network. */
  at(node: SimNode): SimMachine {
    const moved = new SimMachine(this.world, node, this.name);
    Object.assign(moved, { keep: this.keep, peers: this.peers });
    return moved;
  }

  async close(): Promise<void> {
    await this.#open?.close();
    this.#open = null;
  }
}

/** Closing the keep ends a run, not the storage under it. */
export function lasting(keep: Keep): Keep {
  return {
    get: (name) => keep.get(name),
    list: (prefix) => keep.list(prefix),
    write: (changes, safety) => keep.write(changes, safety),
    clear: () => keep.clear(),
    async [Symbol.asyncDispose]() {},
  };
}

/** What a browser says of its network, in the hands of a test. */
export function connectivityOf(): Connectivity & { set(isOnline: boolean): void } {
  const listeners = new Set<() => void>();
  let online = true;
  return {
    get isOnline() {
      return online;
    },
    onHint(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(isOnline) {
      online = isOnline;
      for (const listener of listeners) listener();
    },
  };
}
