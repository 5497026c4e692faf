/**
 * The bytes of a document's state, as a snapshot or the device's own copy holds it:
 *
 *     1                                version
 *     count[2] (device[1+n] value[4+n])…   parts that wait for others, each with its device
 *     document                         everything else: an update of Yjs, encoding v2
 */

import { entryValueBytesMax, groupsMax, updatePartsMax } from './limits.ts';

export interface PartRow {
  readonly device: string;
  readonly value: Uint8Array;
}

export interface StateBytes {
  readonly parts: readonly PartRow[];
  readonly document: Uint8Array;
}

const VERSION = 1;
const DEVICE_BYTES_MAX = 255;

export function writeState({ parts, document }: StateBytes): Uint8Array {
  const rows = parts.map(({ device, value }) => ({ device: new TextEncoder().encode(device), value }));
  const size = rows.reduce((sum, { device, value }) => sum + 1 + device.length + 4 + value.length, 5);
  const bytes = new Uint8Array(size + document.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  view.setUint32(1, rows.length);
  let at = 5;
  for (const { device, value } of rows) {
    bytes[at] = device.length;
    bytes.set(device, at + 1);
    view.setUint32(at + 1 + device.length, value.length);
    bytes.set(value, at + 5 + device.length);
    at += 5 + device.length + value.length;
  }
  bytes.set(document, at);
  return bytes;
}

/** The state in bytes that a member of the site has made; null when they are none. */
export function readState(bytes: Uint8Array): StateBytes | null {
  if (bytes.length < 5 || bytes[0] !== VERSION) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(1);
  if (count > groupsMax * updatePartsMax) return null;
  const parts: PartRow[] = [];
  let at = 5;
  for (let row = 0; row < count; row++) {
    const deviceLength = Math.min(bytes[at] ?? 0, DEVICE_BYTES_MAX);
    const valueAt = at + 5 + deviceLength;
    if (valueAt > bytes.length) return null;
    const length = view.getUint32(valueAt - 4);
    if (length > entryValueBytesMax || valueAt + length > bytes.length) return null;
    const device = new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + deviceLength));
    parts.push({ device, value: bytes.subarray(valueAt, valueAt + length) });
    at = valueAt + length;
  }
  return { parts, document: bytes.subarray(at) };
}
