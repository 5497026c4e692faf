/**
 * Where the tail of this device is: at the node itself, unless the shard map names another address (SPEC
 * A13, S16). What the map says is believed as far as it is no worse than the connection to the node.
 */

import type { AuthBasics } from '../api/auth-basics.ts';

/** The only shard there is; sites will name theirs. */
const SHARD = 0;

export class Whereabouts {
  readonly #own: string;
  #address: string;

  /** `own`: the node's own tail. */
  constructor(own: string) {
    this.#own = own;
    this.#address = own;
  }

  /** A WebSocket address. */
  get address(): string {
    return this.#address;
  }

  /** Asks the shard map; answers whether it names another address than before. */
  async ask(auth: AuthBasics): Promise<boolean> {
    const { shards } = await auth.shardMap({});
    const url = shards.find(({ shard }) => shard === SHARD)?.url ?? '';
    const before = this.#address;
    this.#address = this.#isGood(url) ? url : this.#own;
    return this.#address !== before;
  }

  /** An encrypted connection is not given up for one that is not. */
  #isGood(url: string): boolean {
    return url.startsWith('wss://') || (url.startsWith('ws://') && !this.#own.startsWith('wss://'));
  }
}
