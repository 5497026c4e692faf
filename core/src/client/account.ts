/**
 * What this device knows of its account on the node, kept so that it opens offline: where the node is and
 * which key it has (pinned at the first contact, SPEC H4), whether the user signed up, her profile.
 */

import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { keyShape, profileShape, type Profile } from '../api/model.ts';
import { struct } from '../wire/compound.ts';
import { bool, decode, encode, text, uint, type Of } from '../wire/shape.ts';
import type { Keep } from './keep.ts';
import { NO_PROFILE } from './profile-changes.ts';

const NAME = 'account';
const URL_BYTES_MAX = 512;

const accountShape = struct({
  url: text(URL_BYTES_MAX),
  node: keyShape,
  isSignedUp: bool,
  isAdmin: bool,
  profile: profileShape,
  version: uint(),
});
type Row = Of<typeof accountShape>;

export class Account {
  readonly #keep: Keep;
  #row: Row;

  private constructor(keep: Keep, row: Row) {
    this.#keep = keep;
    this.#row = row;
  }

  /**
   * The kept account, or a new one at the node whose key is given or, when nobody knows it, asked for.
   * `wrongPeer` when the keep belongs to another node.
   */
  static async open(parts: {
    readonly keep: Keep;
    readonly url: string;
    readonly nodeKey: Key | undefined;
    readonly askKey: () => Promise<Key>;
  }): Promise<Account> {
    const { keep, url, nodeKey } = parts;
    const kept = await keep.get(NAME);
    const row =
      kept === null ? newRow(url, nodeKey ?? (await parts.askKey())) : { ...decode(accountShape, kept), url };
    if (nodeKey !== undefined && !equal(row.node, nodeKey)) {
      throw new Fault('wrongPeer', 'This device has an account at another node.');
    }
    const account = new Account(keep, row);
    await account.#write();
    return account;
  }

  get url(): string {
    return this.#row.url;
  }

  get node(): Key {
    return key(this.#row.node);
  }

  get isSignedUp(): boolean {
    return this.#row.isSignedUp;
  }

  get isAdmin(): boolean {
    return this.#row.isAdmin;
  }

  get profile(): Profile {
    return this.#row.profile;
  }

  /** Version of the profile. */
  get version(): number {
    return this.#row.version;
  }

  async update(change: Partial<Omit<Row, 'url' | 'node'>>): Promise<void> {
    this.#row = { ...this.#row, ...change };
    await this.#write();
  }

  #write(): Promise<void> {
    return this.#keep.write([{ name: NAME, value: encode(accountShape, this.#row) }]);
  }
}

function newRow(url: string, node: Key): Row {
  return { url, node, isSignedUp: false, isAdmin: false, profile: NO_PROFILE, version: 0 };
}

/** The key of the node on which the owner of a keep has an account, or null. */
export async function nodeKeyIn(keep: Keep): Promise<Key | null> {
  const kept = await keep.get(NAME);
  return kept === null ? null : key(decode(accountShape, kept).node.slice());
}
