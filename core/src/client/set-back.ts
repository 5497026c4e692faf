/**
 * A log that ends before what this device has read of it, or goes on otherwise: its node was set back to an old
 * backup (SPEC L12). Loaded when that is found.
 */

import { equal } from '../base/bytes.ts';
import type { Page } from '../api/tail.ts';
import { Fault } from '../base/fault.ts';
import { Reader } from '../wire/buffer.ts';
import type { LogCopy } from './log-copy.ts';
import type { Run } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';
import type { SourceOwner } from './log-source.ts';

const NONE = new Uint8Array(0);

/**
 * The page behind the copy, with the last entry of the copy before it: that is to be the same. `onFork` hears that
 * it is not, and the page is nobody's then.
 */
export async function joint(
  copy: LogCopy,
  from: number,
  ask: (from: number) => Promise<Page>,
  onFork: () => void,
): Promise<Page> {
  const known = copy.find(from - 1);
  const [last] = known === undefined ? [] : entriesOf(known);
  const page = await ask(from - 1);
  // Of what is trimmed nothing is known.
  if (page.kind === 'trimmed' || page.at !== from - 1 || page.count === 0 || last === undefined) return page;
  if (!equal(last, page.entries.subarray(0, last.length))) {
    onFork();
    throw new Fault('closed');
  }
  return page.count === 1 && page.tail > from ? ask(from) : page;
}

/** The first position at which the log is another one than in the copy, which is of no use any more. */
export async function findFork(owner: SourceOwner, lease: ReadLease, copy: LogCopy): Promise<number> {
  const at = await forkOf(lease, copy);
  const detail = `The node shows a log that is another one from entry ${at} on than it showed before.`;
  owner.onSetBack?.(new Fault('fork', detail));
  copy.clear();
  owner.onCopy?.();
  return at;
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
