/**
 * What the members of a site share and the node never sees (SPEC A12, S6): the secret that blinds the
 * names of its logs, and its keys by epoch. Envelopes carry them to one recipient (`site-envelope.ts`), labels
 * and entries are sealed under them.
 *
 *     content  = key epoch (varint) | site key (32) | name secret (32)
 *     own      = seal(key of the user's secret; content), what she keeps at the node for her other devices
 *     label    = key epoch (varint) | seal(label key; title, names of logs)
 *     payload  = seal(entry key of site key and device; value), bound to site, log and header
 */

import { assert, must } from '../base/assert.ts';
import { concat, fromHex, hex, utf8 } from '../base/bytes.ts';
import { Cache } from '../base/cache.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import {
  folderPattern,
  logId,
  type DeviceId,
  type FolderPattern,
  type LogId,
  type SiteId,
  type UserId,
} from '../base/ids.ts';
import { labelBytesMax, labelLogsMax } from '../base/limits.ts';
import { mentionTagBytes } from '../base/limits-mentions.ts';
import { entryKey, open, seal, type SealKey } from '../crypto/aead.ts';
import { domain, type Domain } from '../crypto/domain.ts';
import { deriveKey, macOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Reader, Writer } from '../wire/buffer.ts';
import { list, struct } from '../wire/compound.ts';
import { encodeEntry, epochMax, headerBytes, type EntryCursor, type Ruling } from '../wire/entry.ts';
import { decode, encode, fixed, uint, type Of } from '../wire/shape.ts';
import { nameShape } from '../api/model.ts';
import type { Broken } from './types.ts';

const OWN = domain('site/own');
const LABEL_KEY = domain('site/label');
const FOLDER_NAME = domain('site/folder-name');
const LOG_NAME = domain('site/log-name');
const NOTE_KEY = domain('site/note');
const MENTION = domain('site/mention');
const SECRET_BYTES = 32;
/** Of a folder, and of a log in it. */
const TAG_BYTES = 8;
const ENTRY_KEYS_MAX = 1024;

/** What an envelope carries. */
export const contentShape = struct({
  epoch: uint(epochMax),
  key: fixed(SECRET_BYTES),
  nameSecret: fixed(SECRET_BYTES),
});
export type SiteSecrets = Of<typeof contentShape>;

export const labelShape = struct({ title: nameShape, logs: list(nameShape, labelLogsMax) });
export type Label = Of<typeof labelShape>;

/** The secrets of a site that is being founded. */
export function newSiteSecrets(env: Env): SiteSecrets {
  return { epoch: 1, key: env.random(SECRET_BYTES), nameSecret: env.random(SECRET_BYTES) };
}

/** A key of the user who seals for herself. */
export interface OwnPlace {
  readonly site: SiteId;
  readonly epoch: number;
  readonly generation: number;
  readonly secret: Uint8Array;
}

/**
 * The secrets, sealed by a user for her own devices. Anybody can seal to a public key; what she opens as her
 * own was sealed under her secret, so a node cannot put a key of its making in its place (SPEC K4).
 */
export function sealOwn(primitives: Primitives, env: Env, own: OwnPlace, secrets: SiteSecrets): Uint8Array {
  assert(own.epoch === secrets.epoch, 'secrets are sealed for their epoch');
  return seal(primitives, env, ownKey(primitives, own), encode(contentShape, secrets));
}

/** The secrets, or null when this user did not seal them under this key for this site and epoch. */
export function openOwn(primitives: Primitives, own: OwnPlace, sealed: Uint8Array): SiteSecrets | null {
  const content = open(primitives, ownKey(primitives, own), sealed);
  return content === null ? null : decode(contentShape, content);
}

function ownKey(primitives: Primitives, { site, epoch, generation, secret }: OwnPlace): SealKey {
  const writer = new Writer();
  writer.raw(bytesOf(site));
  writer.uint(epoch);
  writer.uint(generation);
  return { key: deriveKey(primitives, secret, OWN), associated: writer.take() };
}

export function bytesOf(id: SiteId | LogId | DeviceId | UserId): Uint8Array {
  return must(fromHex(id), 'an id is hex');
}

/** The keys of one site that this user holds. */
export class SiteKeys {
  readonly site: SiteId;
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #nameSecret: Uint8Array;
  readonly #keyByEpoch = new Map<number, Uint8Array>();
  readonly #entryKeys = new Cache<string, Uint8Array>(ENTRY_KEYS_MAX);
  #place: { readonly log: LogId; readonly bytes: Uint8Array } | null = null;
  /** Epochs that entries named and whose keys are not held. */
  readonly #wanted = new Set<number>();
  #epoch = 0;
  /** Gets keys of these epochs, or gives up in a bounded time; whoever opens the site sets it. */
  seek: ((epochs: readonly number[]) => Promise<void>) | null = null;

  constructor(primitives: Primitives, env: Env, site: SiteId, secrets: SiteSecrets) {
    this.#primitives = primitives;
    this.#env = env;
    this.site = site;
    this.#nameSecret = secrets.nameSecret.slice();
    this.add(secrets);
  }

  /** The newest epoch. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A key of another epoch of the same site. */
  add(secrets: SiteSecrets): void {
    this.#keyByEpoch.set(secrets.epoch, secrets.key.slice());
    this.#epoch = Math.max(this.#epoch, secrets.epoch);
  }

  /** The key of an epoch, when it is held. */
  keyAt(epoch: number): Uint8Array | undefined {
    return this.#keyByEpoch.get(epoch);
  }

  /** Of all epochs the same. */
  get nameSecret(): Uint8Array {
    return this.#nameSecret;
  }

  /** The oldest epoch above another whose key is held, or null. */
  heldAbove(epoch: number): number | null {
    const above = [...this.#keyByEpoch.keys()].filter((held) => held > epoch);
    return above.length === 0 ? null : Math.min(...above);
  }

  /** Seeks the keys that were lacking; answers whether one of them is held now (SPEC K7). */
  async seekWanted(): Promise<boolean> {
    const epochs = [...this.#wanted];
    this.#wanted.clear();
    if (epochs.length === 0 || this.seek === null) return false;
    await this.seek(epochs);
    return epochs.some((epoch) => this.#keyByEpoch.has(epoch));
  }

  /** What goes into an envelope for somebody else. */
  newest(): SiteSecrets {
    return { epoch: this.#epoch, key: this.#keyOf(this.#epoch), nameSecret: this.#nameSecret };
  }

  #keyOf(epoch: number): Uint8Array {
    return must(this.#keyByEpoch.get(epoch), 'the key is held');
  }

  /** The id under which the node knows a log: its folder's tag and its own, so that a right may be on a folder (SPEC R2). */
  logId(name: string): LogId {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    return logId(this.#tag(FOLDER_NAME, folder) + this.#tag(LOG_NAME, name));
  }

  /** All logs of a folder, which is what stands before the last slash of their names; empty for those without one. */
  folder(name: string): FolderPattern {
    return folderPattern(`${this.#tag(FOLDER_NAME, name)}*`);
  }

  #tag(within: Domain, name: string): string {
    return hex(macOf(this.#primitives, this.#nameSecret, within, utf8(name)).subarray(0, TAG_BYTES));
  }

  /** The tags by which an entry mentions these: only members can make them, and a node compares them (SPEC I1). */
  mentionTags(users: readonly UserId[], epoch = this.#epoch): Uint8Array {
    const key = this.#keyOf(epoch);
    return concat(
      ...users.map((user) => deriveKey(this.#primitives, key, MENTION, bytesOf(user), mentionTagBytes)),
    );
  }

  sealLabel(label: Label): Uint8Array {
    const writer = new Writer();
    writer.uint(this.#epoch);
    const under = { key: this.#labelKey(this.#keyOf(this.#epoch)), associated: bytesOf(this.site) };
    writer.raw(seal(this.#primitives, this.#env, under, encode(labelShape, label)));
    if (writer.at > labelBytesMax) throw new Fault('tooLarge', 'title and log names of a site');
    return writer.take();
  }

  /** The label, or null when it does not open. */
  openLabel(sealed: Uint8Array): Label | null {
    try {
      const reader = new Reader(sealed);
      const key = this.#keyByEpoch.get(reader.uint());
      if (key === undefined) return null;
      const under = { key: this.#labelKey(key), associated: bytesOf(this.site) };
      const label = open(this.#primitives, under, reader.raw(reader.left));
      return label === null ? null : decode(labelShape, label);
    } catch (thrown) {
      if (thrown instanceof Fault) return null;
      throw thrown;
    }
  }

  #labelKey(key: Uint8Array): Uint8Array {
    return deriveKey(this.#primitives, key, LABEL_KEY);
  }

  /** What passes on a log without being kept, bound to who says it. */
  sealNote(log: LogId, device: DeviceId, note: Uint8Array): Uint8Array {
    const writer = new Writer();
    writer.uint(this.#epoch);
    const under = this.#noteKey(this.#keyOf(this.#epoch), log, device);
    writer.raw(seal(this.#primitives, this.#env, under, note));
    return writer.take();
  }

  /** The note, or null when it does not open. */
  openNote(log: LogId, device: DeviceId, sealed: Uint8Array): Uint8Array | null {
    try {
      const reader = new Reader(sealed);
      const key = this.#keyByEpoch.get(reader.uint());
      if (key === undefined) return null;
      return open(this.#primitives, this.#noteKey(key, log, device), reader.raw(reader.left));
    } catch (thrown) {
      if (thrown instanceof Fault) return null;
      throw thrown;
    }
  }

  #noteKey(key: Uint8Array, log: LogId, device: DeviceId): SealKey {
    const associated = concat(bytesOf(this.site), bytesOf(log), bytesOf(device));
    return { key: deriveKey(this.#primitives, key, NOTE_KEY), associated };
  }

  /** The entry of a value: sealed once, its bytes never change again (SPEC W12). */
  sealEntry(log: LogId, writer: EntryIdentity, value: Uint8Array): Uint8Array<ArrayBuffer> {
    const device = bytesOf(writer.device);
    const header = { ...writer, sealed: true, device, keyEpoch: this.#epoch };
    const under = {
      key: this.#entryKey(this.#keyOf(this.#epoch), this.#epoch, writer.device),
      associated: this.#bound(log, headerBytes(header)),
    };
    return encodeEntry({ ...header, payload: seal(this.#primitives, this.#env, under, value) });
  }

  /** The value of the cursor's entry, or why there is none. */
  openEntry(log: LogId, cursor: EntryCursor): Uint8Array | Broken {
    if (!cursor.sealed) return 'altered';
    const key = this.#keyByEpoch.get(cursor.keyEpoch);
    if (key === undefined) {
      this.#wanted.add(cursor.keyEpoch);
      return 'noKey';
    }
    const { bytes, start, payloadAt, payloadEnd } = cursor;
    const header = bytes.subarray(headerStart(bytes, start), payloadAt);
    const under = {
      key: this.#entryKey(key, cursor.keyEpoch, cursor.device()),
      associated: this.#bound(log, header),
    };
    return open(this.#primitives, under, bytes.subarray(payloadAt, payloadEnd)) ?? 'altered';
  }

  #bound(log: LogId, header: Uint8Array): Uint8Array {
    // Entries come in runs of one log: taking two ids apart costs as much as opening one.
    if (this.#place?.log !== log) this.#place = { log, bytes: concat(bytesOf(this.site), bytesOf(log)) };
    return concat(this.#place.bytes, header);
  }

  #entryKey(siteKey: Uint8Array, epoch: number, device: DeviceId): Uint8Array {
    const name = `${epoch} ${device}`;
    const known = this.#entryKeys.get(name);
    if (known !== undefined) return known;
    const key = entryKey(this.#primitives, siteKey, this.site, device);
    this.#entryKeys.set(name, key);
    return key;
  }
}

export interface EntryIdentity {
  readonly device: DeviceId;
  readonly epoch: number;
  readonly seq: number;
  readonly timeMs: number;
  /** What a leader made of it, when it seals another's entry anew. */
  readonly ruling?: Ruling;
  /** It is a part of a snapshot. */
  readonly isPart?: boolean;
  /** It is news, and mentions those with these tags. */
  readonly news?: Uint8Array;
}

/** Where the header of the entry at `start` begins: after its length. */
function headerStart(bytes: Uint8Array, start: number): number {
  let at = start;
  while ((bytes[at] ?? 0) > 127) at++;
  return at + 1;
}
