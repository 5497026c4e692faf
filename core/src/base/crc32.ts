/**
 * CRC-32 (ISO-HDLC, the one of zlib and PNG; RFC 1952 section 8), eight bytes a step ("slicing-by-8",
 * Kounavis and Berry 2005). The server uses the runtime's native one over the same polynomial; the
 * measurement behind CRC-32 instead of CRC-32C is in `docs/decisions/0005-entry-checksum.md`.
 */

const TABLE = makeTables();

function makeTables(): Uint32Array {
  const table = new Uint32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    table[n] = c >>> 0;
  }
  for (let n = 0; n < 256; n++) {
    for (let k = 1; k < 8; k++) {
      const previous = table[(k - 1) * 256 + n]!;
      table[k * 256 + n] = (previous >>> 8) ^ table[previous & 255]!;
    }
  }
  return table;
}

/** Checksum of `bytes[from, to)` as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffffffff;
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc =
      TABLE[1792 + (low & 255)]! ^
      TABLE[1536 + ((low >>> 8) & 255)]! ^
      TABLE[1280 + ((low >>> 16) & 255)]! ^
      TABLE[1024 + (low >>> 24)]! ^
      TABLE[768 + bytes[i + 4]!]! ^
      TABLE[512 + bytes[i + 5]!]! ^
      TABLE[256 + bytes[i + 6]!]! ^
      TABLE[bytes[i + 7]!]!;
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}
