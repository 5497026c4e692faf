/**
 * One writer of one log from within the node: numbers entries, waits until they are durable, and holds back what
 * is beyond the entries that a writer may have in flight (SPEC L10). Appends settle in their order.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { inFlightCountMax, writersPerLogMax } from 'copse/internal/base/limits.ts';
import { streamBacklogMax } from 'copse/internal/base/limits-streams.ts';
import type { LogState, Settled } from 'copse/internal/log/batch.ts';
import type { WriterState } from 'copse/internal/log/writer-table.ts';
import { encodeNative } from '../../store/entries.ts';
import type { Insider, InsideLogs } from '../../tail/insider.ts';
import type { WriterName } from './names.ts';
import { Refused } from './reply.ts';

export interface WriterOptions {
  readonly logs: InsideLogs;
  readonly env: Env;
  readonly log: LogState;
  readonly name: WriterName;
  /** Key epoch of the entries. */
  readonly keyEpoch: number;
}

/** Told the position of an entry when it is durable. */
interface Waiting {
  readonly seq: number;
  readonly resolve: (at: number) => void;
  readonly reject: (fault: Fault) => void;
}

interface Held {
  readonly seq: number;
  readonly payload: Uint8Array;
  readonly timeMs: number;
}

/** Later it is no better, unlike what else is full. */
const INSUFFICIENT_STORAGE = 507;

export class StreamWriter implements Insider {
  readonly isInsider = true;
  readonly epoch: number;
  readonly #options: WriterOptions;
  readonly #state: WriterState;
  #waiting: Waiting[] = [];
  #held: Held[] = [];

  /** Throws `full` when the log has as many writers as it may, `forbidden` when the epoch is forgotten. */
  constructor(options: WriterOptions, epoch: number) {
    const { log, name } = options;
    if (!log.writers.hasRoomFor(name.device)) {
      const fault = new Fault('full', `a stream has at most ${writersPerLogMax} producers`);
      throw new Refused(fault, INSUFFICIENT_STORAGE);
    }
    const state = log.writers.open(name.device, epoch);
    if (state === null) throw new Fault('forbidden', 'an older epoch of this writer');
    this.#options = options;
    this.#state = state;
    this.epoch = epoch;
  }

  get name(): WriterName {
    return this.#options.name;
  }

  /** The seq that comes next. */
  get next(): number {
    return (this.#held.at(-1)?.seq ?? this.#state.seq) + 1;
  }

  /** Whether nothing of it is under way. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** How many entries more may be in flight now. */
  get room(): number {
    return this.#held.length > 0 ? 0 : inFlightCountMax - (this.#state.seq - this.#state.durable);
  }

  /** Appends one entry; its position when it is durable. Throws when it cannot be taken at all. */
  append(payload: Uint8Array, timeMs: number = this.#options.env.wallMs()): Promise<number> {
    const seq = this.next;
    if (this.room > 0) this.#offer({ seq, payload, timeMs });
    else if (this.#held.length >= streamBacklogMax) throw new Fault('tooMany', 'appends to this stream');
    else this.#held.push({ seq, payload, timeMs });
    return this.#settled(seq);
  }

  /** When an entry that was appended before is durable. */
  durable(seq: number): Promise<unknown> {
    return seq <= this.#state.durable ? Promise.resolve() : this.#settled(seq);
  }

  #settled(seq: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiting = { seq, resolve, reject };
      const last = this.#waiting.at(-1);
      if (last === undefined || last.seq <= seq) this.#waiting.push(waiting);
      // Who repeats what is in flight waits with the first.
      else
        this.#waiting.splice(
          this.#waiting.findIndex((each) => each.seq > seq),
          0,
          waiting,
        );
    });
  }

  #offer({ seq, payload, timeMs }: Held): void {
    const { logs, log, name, keyEpoch } = this.#options;
    const { epoch } = this;
    const header = { sealed: false, device: name.bytes, epoch, seq, keyEpoch, timeMs };
    const entries = encodeNative({ ...header, payload });
    const verdict = logs.offer({
      who: this,
      log,
      device: name.device,
      deviceBytes: name.bytes,
      keyEpoch,
      entries,
    });
    if (verdict === null) return;
    const { kind } = verdict.reason;
    if (kind === 'full') throw new Fault('full', 'the node is behind with writing');
    if (kind === 'led') throw new Fault('taken', 'a device leads this log, and takes entries itself');
    throw new Fault('internal', `a writer of the node was told ${kind}`);
  }

  settled({ seq, count, at }: Pick<Settled<unknown>, 'seq' | 'count' | 'at'>): void {
    const end = seq + count;
    let done = 0;
    for (const each of this.#waiting) {
      if (each.seq >= end) break;
      done++;
      each.resolve(at + (each.seq - seq));
    }
    this.#waiting = done === this.#waiting.length ? [] : this.#waiting.slice(done);
    this.#release();
  }

  /** Offers what was held back, as far as there is room now. */
  #release(): void {
    let released = 0;
    try {
      for (const held of this.#held) {
        if (this.#state.seq - this.#state.durable >= inFlightCountMax) break;
        this.#offer(held);
        released++;
      }
    } catch (thrown) {
      this.lost(thrown instanceof Fault ? thrown : new Fault('internal', '', { cause: thrown }));
      return;
    }
    if (released > 0) this.#held = this.#held.slice(released);
  }

  lost(fault: Fault): void {
    // What is durable was told; what is in flight behind a refusal is told later.
    const inFlight = this.#waiting.filter(({ seq }) => seq <= this.#state.seq);
    const lost = this.#waiting.filter(({ seq }) => seq > this.#state.seq);
    this.#waiting = inFlight;
    this.#held = [];
    for (const { reject } of lost) reject(fault);
  }
}
