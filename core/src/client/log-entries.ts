/** Entries as an application iterates over them: in order, each once, over changes of home and connection. */

import { fromUtf8 } from '../base/bytes.ts';
import { pause } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { DeviceId } from '../base/ids.ts';
import type { Of } from '../wire/shape.ts';
import { decodeOr } from './codec.ts';
import type { HomeRemote } from './home-api.ts';
import type { homeItemShape } from './home-shapes.ts';
import type { Log } from './log.ts';
import type { LogEntry, ReadOptions } from './types.ts';

type HomeItem = Of<typeof homeItemShape>;

/** Pause before a home that is there is asked again. */
const AGAIN_MS = 1_000;

/** The entry of an item, its value decoded and its writer named as far as known. */
export function entryOf<T>(log: Log<T>, item: HomeItem): LogEntry<T> {
  const { at, device, timeMs, ruling, isPart } = item;
  const isRefused = ruling === 'refused' && item.broken === null;
  const isValue = !isRefused && !isPart;
  const decoded = item.broken === null && isValue ? decodeOr(log.codec, item.value) : undefined;
  const owner = log.ownerOf(device);
  return {
    at,
    device,
    user: owner?.user ?? null,
    name: owner?.name ?? '',
    timeMs,
    value: decoded?.value,
    broken: item.broken ?? (decoded === undefined && isValue ? 'value' : null),
    ruling,
    isPart,
    reason: isRefused ? (fromUtf8(item.value) ?? '') : null,
    mine: device === log.device,
  };
}

/** Stands for entries that are no longer kept: from `at` up to the entry that follows. */
export function gapEntry<T>(at: number, device: DeviceId): LogEntry<T> {
  const none = {
    user: null,
    name: '',
    timeMs: 0,
    value: undefined,
    ruling: null,
    reason: null,
    isPart: false,
  };
  return { at, device, ...none, broken: 'trimmed', mine: false };
}

/** Where a reader begins, as the home is asked for it. */
export interface Beginning {
  readonly from: number | null;
  readonly last: number | null;
}

/**
 * Batches of entries from a beginning on. When the home moves, the next one is read from the position that
 * follows the last one.
 */
export async function* readBatches<T>(
  log: Log<T>,
  beginning: Beginning,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly LogEntry<T>[]> {
  let { from, last } = beginning;
  const isOver = (): boolean => signal?.aborted === true || log.line.isEnded;
  while (!isOver()) {
    const home = await log.home();
    const reading = new Reading(log, home);
    const stop = (): void => reading.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await reading.open({ from, last });
      for (;;) {
        const batch = await reading.next();
        if (batch === null) continue;
        const end = batch.at(-1);
        if (end !== undefined) [from, last] = [end.at + 1, null];
        yield batch;
      }
    } catch (thrown) {
      if (isOver()) return;
      const fault = asFault(thrown);
      if (fault.retry === 'never') throw fault;
      // A home that is gone is followed by another one; one that is there may answer a moment later.
      if (home === log.line.now) await pause(log.line.env, AGAIN_MS);
    } finally {
      signal?.removeEventListener('abort', stop);
      reading.close();
    }
  }
}

/** One reader in one home. */
class Reading<T> {
  readonly #log: Log<T>;
  readonly #home: HomeRemote;
  #reader: number | null = null;
  #isClosed = false;

  constructor(log: Log<T>, home: HomeRemote) {
    this.#log = log;
    this.#home = home;
  }

  async open(beginning: Beginning): Promise<void> {
    const { reader } = await this.#home.openReader({ log: this.#log.number, ...beginning, link: null });
    this.#reader = reader;
    if (this.#isClosed) this.#home.closeReader({ reader });
  }

  async next(): Promise<readonly LogEntry<T>[] | null> {
    if (this.#reader === null || this.#isClosed) throw new Fault('closed');
    return this.#log.next(this.#home, this.#reader);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#reader !== null) this.#home.closeReader({ reader: this.#reader });
  }
}

/** One entry after the other; leaving the loop or aborting ends the reader. */
export async function* readEntries<T>(log: Log<T>, options: ReadOptions): AsyncGenerator<LogEntry<T>> {
  const batches = readBatches(log, { from: options.from ?? null, last: null }, options.signal);
  for await (const batch of batches) yield* batch;
}
