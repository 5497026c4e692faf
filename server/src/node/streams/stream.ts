/**
 * One stream in memory: what is known of it, its data, its writers and who waits for more. What it knows runs
 * ahead of the disk, as the sequencer does; readers see what is durable (SPEC F2, F3).
 */

import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { payloadBytesMax } from 'copse/internal/base/limits.ts';
import { streamWritersMax } from 'copse/internal/base/limits-streams.ts';
import type { LogState } from 'copse/internal/log/batch.ts';
import { encode } from 'copse/internal/wire/shape.ts';
import type { InsideLogs, Wake } from '../../tail/insider.ts';
import { entriesType } from './config.ts';
import type { Told } from './events.ts';
import { partsOf, readEntries, readMessages, type Messages, type Segment } from './message.ts';
import type { StreamNames, WriterName } from './names.ts';
import { streamState, type StreamState } from './state.ts';
import { StreamWriter } from './writer.ts';

export interface StreamParts {
  readonly logs: InsideLogs;
  readonly env: Env;
  readonly names: StreamNames;
  readonly path: string;
  /** Where changes of its state go; the same for all generations. */
  readonly keeper: StreamWriter;
  readonly data: LogState;
  /** What it has from the stream that it was forked from. */
  readonly inherited: readonly Segment[];
}

/** A producer's last word to a log. */
export interface ProducerPlace {
  readonly writer: StreamWriter | null;
  /** The newest epoch of a log's writer, 0 for none. */
  readonly epoch: number;
  /** The seq that comes next in it. */
  readonly next: number;
}

export class Stream {
  readonly parts: StreamParts;
  /** With changes that are under way. */
  state: StreamState;
  /** As it is on disk. */
  durable: StreamState | null;
  /** Monotonic time of the last use. */
  usedMs: number;
  /** What was told last to readers of events. */
  told: Told | null = null;
  readonly #waiting = new Set<Wake>();
  #unwatch: (() => void) | null = null;
  readonly #writers = new Cache<string, StreamWriter>(streamWritersMax);
  #nameless: StreamWriter | null = null;
  #partsWriter: StreamWriter | null = null;
  /** Offsets where large messages begin that are under way. */
  readonly #begun = new Set<number>();
  #changes = 0;

  constructor(parts: StreamParts, state: StreamState, durable: StreamState | null) {
    this.parts = parts;
    this.state = state;
    this.durable = durable;
    this.usedMs = parts.env.nowMs();
  }

  /** Offset of the first entry of its own log. */
  get base(): number {
    return this.state.fork?.base ?? 0;
  }

  /** Offset behind the last message that readers may see. */
  get tail(): number {
    const durable = this.base + this.parts.data.durable - 1;
    return this.#begun.size === 0 ? durable : Math.min(durable, ...this.#begun);
  }

  /** Offset of the next entry, durable or not. */
  get end(): number {
    return this.base + this.parts.data.tail - 1;
  }

  get isClosed(): boolean {
    return this.durable?.closed === true;
  }

  get segments(): readonly Segment[] {
    const { inherited, data } = this.parts;
    return [...inherited, { log: data, base: this.base, end: Number.POSITIVE_INFINITY }];
  }

  /** Whether it can be made again from its logs as it is now. */
  get isIdle(): boolean {
    const { keeper, data } = this.parts;
    const isQuiet = this.#waiting.size === 0 && this.#changes === 0 && keeper.isIdle;
    return isQuiet && data.tail === data.durable;
  }

  /** Whether its bytes are the entries as they stand in the log. */
  get isEntries(): boolean {
    return this.state.contentType === entriesType;
  }

  read(from: number, bytesMax: number): Messages {
    const { logs, names, data } = this.parts;
    const { segments, tail } = this;
    if (this.isEntries) return readEntries(logs, data, { from, tail, bytesMax });
    return readMessages({ logs, partsWriter: names.parts, segments, tail }, from, bytesMax);
  }

  // Changes

  /** When all that is known of it is durable. */
  settled(): Promise<unknown> {
    return this.parts.keeper.durable(this.parts.keeper.next - 1);
  }

  /** What is known of it becomes this; resolves when that is durable. */
  change(changed: Partial<StreamState>): Promise<void> {
    const state = { ...this.state, ...changed };
    const before = this.state;
    const written = this.parts.keeper.append(encode(streamState, state));
    this.state = state;
    this.#changes++;
    return this.#changed(written, state, before);
  }

  async #changed(written: Promise<number>, state: StreamState, before: StreamState): Promise<void> {
    try {
      await written;
      this.durable = state;
      this.wake();
    } catch (thrown) {
      // Everything behind is lost as well; what never was durable was never made.
      this.state = this.durable ?? { ...before, life: 'gone' };
      throw asFault(thrown);
    } finally {
      this.#changes--;
    }
  }

  /** The writer of a producer, and where it stands; null when nothing came from it yet. */
  place(id: string): ProducerPlace {
    const { data, names } = this.parts;
    const { device } = this.#writers.get(id)?.name ?? names.producer(id);
    const epoch = data.writers.newest(device);
    const writer = epoch === 0 ? null : this.writer(id, epoch);
    return { writer, epoch, next: writer?.next ?? 1 };
  }

  /** The writer of a producer in an epoch. */
  writer(id: string, epoch: number): StreamWriter {
    const known = this.#writers.get(id);
    if (known?.epoch === epoch) return known;
    const made = this.#make(known?.name ?? this.parts.names.producer(id), epoch);
    this.#writers.set(id, made);
    return made;
  }

  /** The writer of whoever names no producer. */
  nameless(): StreamWriter {
    const { data, names } = this.parts;
    this.#nameless ??= this.#make(names.nameless, data.writers.newest(names.nameless.device) + 1);
    return this.#nameless;
  }

  #make(name: WriterName, epoch: number): StreamWriter {
    const { logs, env, data } = this.parts;
    return new StreamWriter({ logs, env, log: data, name, keyEpoch: 0 }, epoch);
  }

  /** Appends a message; the offset behind it when it is durable. */
  append(writer: StreamWriter, body: Uint8Array): Promise<number> {
    if (body.length <= payloadBytesMax) return this.#behind(writer.append(body));
    return this.#appendLarge(writer, body);
  }

  async #behind(at: Promise<number>): Promise<number> {
    return this.base + (await at);
  }

  async #appendLarge(writer: StreamWriter, body: Uint8Array): Promise<number> {
    const { data, names, env } = this.parts;
    const timeMs = env.wallMs();
    const owner = { device: writer.name.bytes, epoch: writer.epoch, seq: writer.next, timeMs };
    const { parts, last } = partsOf(body, owner);
    const newest = data.writers.newest(names.parts.device);
    this.#partsWriter ??= this.#make(names.parts, newest + 1);
    // They stand directly behind one another, or nothing of it is there.
    if (this.#partsWriter.room < parts.length || writer.room < 1)
      throw new Fault('tooMany', 'large appends to this stream');
    const begins = this.end;
    this.#begun.add(begins);
    const sent: Promise<number>[] = [];
    try {
      for (const part of parts) sent.push(this.#partsWriter.append(part, timeMs));
      sent.push(writer.append(last, timeMs));
      return this.base + ((await Promise.all(sent)).at(-1) ?? 0);
    } finally {
      // After a refusal the outcome of what was sent before is nobody's concern.
      for (const each of sent) each.catch(() => {});
      this.#begun.delete(begins);
      this.wake();
    }
  }

  // Readers

  /** Calls when there may be more; answers how to stop. */
  watch(wake: Wake): () => void {
    this.#waiting.add(wake);
    this.#unwatch ??= this.parts.logs.watch(this.parts.data, () => this.wake());
    return () => {
      this.#waiting.delete(wake);
      if (this.#waiting.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = null;
      this.told = null;
    };
  }

  wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
