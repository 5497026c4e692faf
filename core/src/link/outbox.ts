/**
 * Frames on their way out, collected into one message per flush: cost is per message, not per frame
 * (decision 0007). An idle outbox holds no memory; writers come from a shared pool.
 */

import { messageBytesMax } from '../base/limits.ts';
import { Writer } from '../wire/buffer.ts';

/** A flush is sent before it grows beyond this, so that no message exceeds its limit. */
const FLUSH_BYTES = messageBytesMax / 2;
const POOL_COUNT_MAX = 64;
/** A pooled writer that grew beyond this is given up. */
const POOLED_BYTES_MAX = 256 * 1024;

/** Writers at rest; one pool per process part, owned by whoever makes the outboxes. */
export class WriterPool {
  readonly #free: Writer[] = [];

  take(): Writer {
    return this.#free.pop() ?? new Writer();
  }

  give(writer: Writer): void {
    if (this.#free.length >= POOL_COUNT_MAX || writer.bytes.length > POOLED_BYTES_MAX) return;
    writer.reset();
    this.#free.push(writer);
  }
}

export interface OutboxOwner {
  /** Sends one message; its bytes are valid during the call only. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Arranges that `flush` is called soon, once. */
  schedule(flush: () => void): void;
}

export class Outbox {
  readonly #owner: OutboxOwner;
  readonly #pool: WriterPool;
  #writer: Writer | null = null;

  constructor(owner: OutboxOwner, pool: WriterPool) {
    this.#owner = owner;
    this.#pool = pool;
  }

  /** Bytes that wait for the flush. */
  get size(): number {
    return this.#writer?.at ?? 0;
  }

  /**
   * Appends frames by `put`; a fault thrown by it leaves what was there before. A frame that does not fit
   * behind what waits already goes into a message of its own, so `put` may be called twice.
   */
  put(put: (writer: Writer) => void): void {
    const waiting = this.size;
    try {
      this.#append(put);
    } catch (thrown) {
      if (waiting === 0) throw thrown;
      this.flush();
      this.#append(put);
    }
  }

  #append(put: (writer: Writer) => void): void {
    const fresh = this.#writer === null;
    const writer = this.#writer ?? this.#pool.take();
    this.#writer = writer;
    const before = writer.at;
    try {
      put(writer);
    } catch (thrown) {
      writer.at = before;
      if (fresh) this.#owner.schedule(() => this.flush());
      throw thrown;
    }
    if (writer.at > FLUSH_BYTES) this.flush();
    else if (fresh) this.#owner.schedule(() => this.flush());
  }

  /** Sends what has been collected. */
  flush(): void {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    if (writer.at > 0) this.#owner.send(writer.view());
    this.#pool.give(writer);
  }
}
