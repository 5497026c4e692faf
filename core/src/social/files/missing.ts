/** Which chunks are missing, as bits: the lowest of the first byte is the first chunk. */

export function missingBits(missing: readonly number[], count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const at of missing) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  return bits;
}

export function missingIn(bits: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < bits.length * 8; at++)
    if (((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0) found.push(at);
  return found;
}
