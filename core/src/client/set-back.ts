/**
 * A log that ends before what this device has read of it, or goes on otherwise: its node was set back to an old
 * backup (SPEC L12). Loaded when that is found.
 */

import { equal } from '../base/bytes.ts';
import { pause, type Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { Reader } from '../wire/buffer.ts';
import type { LogCopy } from './log-copy.ts';
import type { Run } from './log-items.ts';
import type { ReadLease } from './log-reader.ts';

/** Pause before a question is asked again that the node did not answer. */
const AGAIN_MS = 1_000;

/** The first position at which the log is another one than in the copy; null when that is nobody's matter any more. */
export async function findFork(
  env: Env,
  lease: ReadLease,
  copy: LogCopy,
  isOver: () => boolean,
): Promise<number | null> {
  while (!isOver()) {
    try {
      const at = await forkOf(lease, copy);
      if (!isOver()) return at;
    } catch (thrown) {
      env.log('warn', 'log.setBack', { fault: asFault(thrown).code });
      await pause(env, AGAIN_MS);
    }
  }
  return null;
}

async function forkOf(lease: ReadLease, copy: LogCopy): Promise<number> {
  const known = copy.find(copy.first) ?? { at: 1, count: 0, entries: new Uint8Array(0) };
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

/** For the person: what was acknowledged there is lost. */
export function setBackFault(at: number): Fault {
  return new Fault(
    'fork',
    `The node shows a log that is another one from entry ${at} on than it showed before.`,
  );
}

function entriesOf(run: Run): readonly Uint8Array[] {
  const reader = new Reader(run.entries);
  return Array.from({ length: run.count }, () => {
    const start = reader.at;
    reader.raw(reader.uint());
    return run.entries.subarray(start, reader.at);
  });
}
