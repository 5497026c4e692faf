/**
 * A log that ends before what this device has read of it, or goes on otherwise: its node was set back to an old
 * backup (SPEC L12). Loaded when that is found.
 */

import { equal } from '../base/bytes.ts';
import type { Page } from '../api/tail.ts';
import { pause } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { overlapCount } from '../base/limits-restore.ts';
import { Reader } from '../wire/buffer.ts';
import type { LogCopy } from './log-copy.ts';
import type { Run } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';
import type { SourceOwner } from './log-source.ts';

const NONE = new Uint8Array(0);

/**
 * The asks under a lease of a log that may be another one than the one in the copy: no page is anybody's before the
 * last entries of the copy stand in the log. `onFork` hears that they do not.
 */
export class Joint {
  readonly #copy: LogCopy;
  readonly #lease: ReadLease;
  readonly #isOver: () => boolean;
  readonly #onFork: () => void;
  #isSame = false;
  /** The comparison under way, which others wait for. */
  #comparing: Promise<Page | null> | null = null;

  /** `isOver`: the lease has ended, or the log is known to be another one. */
  constructor(copy: LogCopy, lease: ReadLease, isOver: () => boolean, onFork: () => void) {
    this.#copy = copy;
    this.#lease = lease;
    this.#isOver = isOver;
    this.#onFork = onFork;
  }

  async ask(way: 'attach' | 'read', from: number, bytesMax?: number): Promise<Page> {
    while (this.#comparing !== null) await this.#comparing.catch(() => {});
    const ask = (at: number): Promise<Page> => this.#ask(way, at, bytesMax);
    if (this.#isSame) return ask(from);
    // Who goes on behind the copy gets the entries that are compared along with the page.
    const isBehind = from === this.#copy.next && bytesMax === undefined;
    this.#comparing = this.#compare(isBehind ? ask : (at) => this.#ask('read', at)).finally(() => {
      this.#comparing = null;
    });
    const page = await this.#comparing;
    this.#isSame = true;
    return isBehind && page !== null ? page : ask(from);
  }

  /** A node does not know a lease any more that has ended. */
  async #ask(way: 'attach' | 'read', at: number, bytesMax?: number): Promise<Page> {
    if (this.#isOver()) throw new Fault('closed');
    return this.#lease[way](at, bytesMax);
  }

  /** The page that reaches behind the copy, if there is one; throws when the log is another one. */
  async #compare(ask: (at: number) => Promise<Page>): Promise<Page | null> {
    const { next } = this.#copy;
    const first = Math.max(this.#copy.first, next - overlapCount);
    const known = entriesOf(this.#copy.find(first) ?? { at: 1, count: 0, entries: NONE });
    for (let at = first; at < next;) {
      const page = await ask(at);
      if (page.kind === 'trimmed') {
        // Of what is trimmed nothing is known.
        at = Math.max(page.first, at + 1);
        continue;
      }
      const isOther = entriesOf(page).some((entry, i) => {
        const own = known[page.at + i - first];
        return own !== undefined && !equal(own, entry);
      });
      if (isOther || page.tail < next) {
        this.#onFork();
        throw new Fault('closed');
      }
      const end = page.at + page.count;
      if (end <= at) throw new Fault('closed');
      if (end > next || (end === next && page.tail === next)) return page;
      at = end;
    }
    return null;
  }
}

/** Pause before a question is asked again that the node did not answer. */
const AGAIN_MS = 1_000;

/**
 * The first position at which the log is another one than in the copy, which is of no use any more; 0 when that is
 * nobody's matter any more.
 */
export async function findFork(
  owner: SourceOwner,
  lease: ReadLease,
  copy: LogCopy,
  isOver: () => boolean,
): Promise<number> {
  while (!isOver()) {
    try {
      const at = await forkOf(lease, copy);
      if (isOver()) break;
      const detail = `The node shows a log that is another one from entry ${at} on than it showed before.`;
      owner.onSetBack?.(new Fault('fork', detail));
      copy.clear();
      owner.onCopy?.();
      return at;
    } catch (thrown) {
      owner.env.log('warn', 'log.setBack', { fault: asFault(thrown).code });
      await pause(owner.env, AGAIN_MS);
    }
  }
  return 0;
}

async function forkOf(lease: ReadLease, copy: LogCopy): Promise<number> {
  const known = copy.find(copy.first) ?? { at: 1, count: 0, entries: NONE };
  const entries = entriesOf(known);
  const end = Math.min(known.at + known.count, lease.tail);
  let isSomeSame = false;
  for (let at = Math.max(known.at, lease.first); at < end;) {
    const page = await lease.read(at);
    if (page.kind === 'trimmed') {
      at = Math.max(page.first, at + 1);
      continue;
    }
    if (page.at + page.count <= at) break;
    for (const [i, entry] of entriesOf(page).entries()) {
      const place = page.at + i;
      const own = entries[place - known.at];
      if (place < at || own === undefined) continue;
      // Where the first that is there differs, those before it may as well.
      if (!equal(own, entry)) return isSomeSame ? place : 1;
      isSomeSame = true;
    }
    at = page.at + page.count;
  }
  // Where nothing can be compared, it may be another one from its first entry on.
  return end > known.at ? end : 1;
}

function entriesOf(run: Run): readonly Uint8Array[] {
  const reader = new Reader(run.entries);
  return Array.from({ length: run.count }, () => {
    const start = reader.at;
    reader.raw(reader.uint());
    return run.entries.subarray(start, reader.at);
  });
}
