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
  /** The shard map is to be asked before the tail is dialed again. */
  hasMoved = false;

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
    this.hasMoved = false;
    const url = shards.find(({ shard }) => shard === SHARD)?.url ?? '';
    const before = this.#address;
    // An encrypted connection is not given up for one that is not.
    // oxlint-disable-next-line unicorn/prefer-string-starts-ends-with -- one text twice weighs less in the first load of a page
    const isGood = /^wss:/.test(this.#own) ? /^wss:/ : /^wss?:/;
    this.#address = isGood.test(url) ? url : this.#own;
    return this.#address !== before;
  }
}
