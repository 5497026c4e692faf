/** Messages of links on simulated wires. */

import { tailApi } from 'copse/internal/api/tail.ts';
import { Reader } from 'copse/internal/wire/buffer.ts';
import { frameKind } from 'copse/internal/wire/frame.ts';
import type { Cargo } from '../network.ts';

const WRITE = tailApi.casts.write.number;

/** Messages of the tail. Only such as hold nothing but casts and pushes may be doubled. */
export const tailCargo: Cargo<Uint8Array> = {
  sizeOf: (message) => message.length,
  copy: (message) => message.slice(),
  mayDouble(message) {
    const reader = new Reader(message);
    while (reader.left > 0) {
      const end = reader.uint() + reader.at;
      const kind = reader.byte();
      if (kind !== frameKind.cast && kind !== frameKind.push) return false;
      if (kind === frameKind.cast && isConditionalWrite(reader)) return false;
      reader.at = end;
    }
    return true;
  },
};

/** The second of two conditional writes is refused, in a nack that nothing tells from the next one's. */
function isConditionalWrite(reader: Reader): boolean {
  if (reader.uint() !== WRITE) return false;
  reader.uint();
  return reader.byte() === 1;
}

/** Messages of a sealed channel: a doubled one ends it, as it must (SPEC H3). */
export const sealedCargo: Cargo<Uint8Array> = {
  sizeOf: (message) => message.length,
  copy: (message) => message.slice(),
  mayDouble: () => false,
};
