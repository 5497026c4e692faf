/**
 * A log that ends before what this device has read of it, or goes on otherwise: its node was set back to an old
 * backup (SPEC L12). Loaded when that is found.
 */

import { equal } from '../base/bytes.ts';
import type { Page } from '../api/tail.ts';
import { pause } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { Reader } from '../wire/buffer.ts';
import type { LogCopy } from './log-copy.ts';
import type { Run } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';
import type { SourceOwner } from './log-source.ts';

const NONE = new Uint8Array(0);

/**
 * Entries before the end of the copy that are compared. One is not enough: what a writer was not told of stands at
 * its place again after a restore, when somebody else has taken the place before it.
 */
const OVERLAP = 16;

/**
 * The page behind the copy, with the last entries of the copy before it: those are to be the same. `onFork` hears
 * that they are not, and the page is nobody's then.
 */
export async function joint(
  copy: LogCopy,
  from: number,
  ask: (from: number) => Promise<Page>,
  onFork: () => void,
): Promise<Page> {
  const at = Math.max(copy.first, from - OVERLAP);
  const page = await ask(at);
  // Looked at now: it may have been found out meanwhile, and begun anew. Of what is trimmed nothing is known.
  const known = copy.find(at);
  if (known === undefined || page.kind === 'trimmed') return page;
  const entries = entriesOf(known);
  const isOther = entriesOf(page).some((entry, i) => {
    const own = entries[page.at + i - known.at];
    return own !== undefined && page.at + i < from && !equal(own, entry);
  });
  if (isOther) {
    onFork();
    throw new Fault('closed');
  }
  return page.at + page.count <= from && page.tail > from ? ask(from) : page;
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
      if (!equal(own, entry)) return place === known.at ? lease.first : place;
    }
    at = page.at + page.count;
  }
  // Where nothing can be compared, it may be another one from its first entry on.
  return end > known.at ? end : lease.first;
}

function entriesOf(run: Run): readonly Uint8Array[] {
  const reader = new Reader(run.entries);
  return Array.from({ length: run.count }, () => {
    const start = reader.at;
    reader.raw(reader.uint());
    return run.entries.subarray(start, reader.at);
  });
}
