/**
 * The bytes of an entry in the log of a document: a whole change, or a part of one that is larger than an entry.
 * The first byte says which; an entry of another kind is not of this version and is skipped.
 *
 *     1 change                       an update of Yjs, encoding v1
 *     2 id[8] index[2] count[2] part numbers big-endian; parts in the order of `index` are the change
 */

import type { Codec } from 'copse';
import { entryValueBytesMax, groupBytesMax, groupsMax, updatePartsMax, updateBytesMax } from './limits.ts';

const WHOLE = 1;
const PART = 2;
const ID_BYTES = 8;
const PART_HEAD_BYTES = 1 + ID_BYTES + 2 + 2;

/** The values of a document's log: bytes as they are. What they mean is looked at entry by entry. */
export const documentCodec: Codec<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes };

export type DocumentEntry =
  | { readonly kind: 'whole'; readonly update: Uint8Array }
  | {
      readonly kind: 'part';
      readonly id: string;
      readonly index: number;
      readonly count: number;
      readonly bytes: Uint8Array;
    };

/** What an entry says, or null when it is none of this version. */
export function readEntry(value: Uint8Array): DocumentEntry | null {
  if (value[0] === WHOLE) return { kind: 'whole', update: value.slice(1) };
  if (value[0] !== PART || value.length <= PART_HEAD_BYTES) return null;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const index = view.getUint16(1 + ID_BYTES);
  const count = view.getUint16(1 + ID_BYTES + 2);
  if (count < 2 || count > updatePartsMax || index >= count) return null;
  const id = Array.from(value.subarray(1, 1 + ID_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return { kind: 'part', id, index, count, bytes: value.subarray(PART_HEAD_BYTES) };
}

/** A change as the values of entries; null when it is too large. */
export function entriesOf(update: Uint8Array): readonly Uint8Array[] | null {
  if (update.length > updateBytesMax) return null;
  if (update.length < entryValueBytesMax) {
    const value = new Uint8Array(1 + update.length);
    value[0] = WHOLE;
    value.set(update, 1);
    return [value];
  }
  const size = entryValueBytesMax - PART_HEAD_BYTES;
  const count = Math.ceil(update.length / size);
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from({ length: count }, (_, index) => {
    const bytes = update.subarray(index * size, (index + 1) * size);
    const value = new Uint8Array(PART_HEAD_BYTES + bytes.length);
    const view = new DataView(value.buffer);
    value[0] = PART;
    value.set(id, 1);
    view.setUint16(1 + ID_BYTES, index);
    view.setUint16(1 + ID_BYTES + 2, count);
    value.set(bytes, PART_HEAD_BYTES);
    return value;
  });
}

interface Group {
  readonly count: number;
  /** Values of entries by index. */
  readonly values: Map<number, Uint8Array>;
  bytes: number;
}

/** Changes whose parts are coming, each of the device that began it. */
export class Parts {
  readonly #groups = new Map<string, Group>();
  #bytes = 0;
  /** Changes that were given up. */
  lostCount = 0;

  /** Takes the value of an entry, in any order and as often as it comes; answers the change that it completes. */
  take(device: string, value: Uint8Array): Uint8Array | null {
    const entry = readEntry(value);
    if (entry?.kind !== 'part') return null;
    const key = `${device}/${entry.id}`;
    const group = this.#groups.get(key) ?? { count: entry.count, values: new Map(), bytes: 0 };
    if (group.count !== entry.count || group.values.has(entry.index)) return null;
    group.values.set(entry.index, value.slice());
    group.bytes += value.length;
    this.#bytes += value.length;
    this.#groups.set(key, group);
    if (group.values.size === group.count) {
      this.#drop(key, group);
      return joined(group);
    }
    this.#bound();
    return null;
  }

  #drop(key: string, group: Group): void {
    this.#groups.delete(key);
    this.#bytes -= group.bytes;
  }

  #bound(): void {
    for (const [key, group] of this.#groups) {
      if (this.#groups.size <= groupsMax && this.#bytes <= groupBytesMax) return;
      this.#drop(key, group);
      this.lostCount++;
    }
  }

  /** Every part that is waiting for others, with its device. */
  *rows(): Generator<{ readonly device: string; readonly value: Uint8Array }> {
    for (const [key, { values }] of this.#groups) {
      for (const value of values.values()) yield { device: key.slice(0, key.indexOf('/')), value };
    }
  }
}

function joined({ bytes, count, values }: Group): Uint8Array | null {
  const update = new Uint8Array(bytes - count * PART_HEAD_BYTES);
  if (update.length > updateBytesMax) return null;
  let at = 0;
  for (let index = 0; index < count; index++) {
    const part = values.get(index)?.subarray(PART_HEAD_BYTES) ?? new Uint8Array();
    update.set(part, at);
    at += part.length;
  }
  return update;
}
