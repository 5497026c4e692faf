/** Writes of the benchmark: made in place from a template, with the seq and the checksum of each. */

import { encodeEntry } from 'copse/internal/wire/entry.ts';
import { putUint, uintSize } from 'copse/internal/wire/buffer.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { frameKind } from 'copse/internal/wire/frame.ts';

const PAYLOAD_BYTES = 200;
const DEVICE_END = 9;
const WRITE = tailApi.casts.write.number;

/** Makes `write` casts of one entry each, of one writer in one log. */
export class WriteMaker {
  readonly #handle: number;
  /** Flags, device and epoch; then key epoch, time and payload. */
  readonly #head: Uint8Array;
  readonly #tail: Uint8Array;
  seq: number;

  constructor(handle: number, device: Uint8Array, seq = 0) {
    this.#handle = handle;
    this.seq = seq;
    const payload = new Uint8Array(PAYLOAD_BYTES).fill(0x61);
    const entry = encodeEntry({
      sealed: false,
      device,
      epoch: 1,
      seq: 1,
      keyEpoch: 1,
      timeMs: 1_800_000_000_000,
      payload,
    });
    const lengthBytes = 2;
    const seqAt = lengthBytes + DEVICE_END + 1;
    this.#head = entry.slice(lengthBytes, seqAt);
    this.#tail = entry.slice(seqAt + 1, entry.length - 4);
  }

  /** Appends a cast with the next entry at `at`; answers where it ends. */
  put(out: Uint8Array, at: number): number {
    const seq = ++this.seq;
    const body = this.#head.length + uintSize(seq) + this.#tail.length + 4;
    const entryBytes = uintSize(body) + body;
    const frame = 2 + uintSize(this.#handle) + 1 + uintSize(entryBytes) + entryBytes;
    let to = putUint(out, at, frame);
    out[to++] = frameKind.cast;
    out[to++] = WRITE;
    to = putUint(out, to, this.#handle);
    out[to++] = 0;
    to = putUint(out, to, entryBytes);
    const start = to;
    to = putUint(out, to, body);
    out.set(this.#head, to);
    to = putUint(out, to + this.#head.length, seq);
    out.set(this.#tail, to);
    to += this.#tail.length;
    const crc = Bun.hash.crc32(out.subarray(start, to));
    out[to] = crc & 255;
    out[to + 1] = (crc >>> 8) & 255;
    out[to + 2] = (crc >>> 16) & 255;
    out[to + 3] = crc >>> 24;
    return to + 4;
  }
}
