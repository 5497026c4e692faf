/** The snapshots that stand in a log, each against the chain of its entries (SPEC Q4); loaded with the first look. */

import { Fault } from '../base/fault.ts';
import type { DeviceId, UserId } from '../base/ids.ts';
import { pageBytesMax } from '../base/limits.ts';
import { linksKeptMax } from '../base/limits-snapshot.ts';
import { linkBytes } from '../log/chain.ts';
import type { Of } from '../wire/shape.ts';
import type { homeItemShape } from './home-shapes.ts';
import type { Log } from './log.ts';
import { isSame, partOf, type Part } from './snapshot-parts.ts';

export interface SnapshotRow {
  /** The first position for which it does not stand. */
  readonly from: number;
  /** Positions of its first and its last part. */
  readonly at: number;
  readonly last: number;
  /** Bytes of the state, and of its parts. */
  readonly size: number;
  readonly packed: number;
  readonly device: DeviceId;
  /** Null while it is not known whose device that is. */
  readonly user: UserId | null;
  readonly name: string;
  readonly timeMs: number;
  /** Whether it stands for the entries that are there; null: not known, because the first of them are not kept. */
  readonly holds: boolean | null;
}

type HomeItem = Of<typeof homeItemShape>;

/** A snapshot whose parts are coming. */
interface Coming {
  readonly first: HomeItem;
  readonly part: Part;
  count: number;
  packed: number;
  holds: boolean | null;
}

/** Every whole snapshot that stands in the log now, in order. Reads the whole log; needs the node. */
export async function snapshotsIn<T>(log: Log<T>): Promise<readonly SnapshotRow[]> {
  const { first, tail } = await log.read({ last: 1 });
  const home = await log.home();
  const isWhole = first === 1;
  const link = isWhole ? new Uint8Array(linkBytes) : null;
  const { reader } = await home.openReader({ log: log.number, from: first, last: null, link });
  const rows: SnapshotRow[] = [];
  const coming = new Map<DeviceId, Coming>();
  try {
    for (let next = first; next < tail;) {
      const answer = await home.next({ reader, bytesMax: pageBytesMax });
      if (answer.kind === 'over') throw new Fault('closed');
      if (answer.kind === 'gap') throw new Fault('trimmed', 'Entries were let go meanwhile.');
      if (answer.kind === 'idle') continue;
      for (const item of answer.items) {
        if (item.isPart && item.at < tail) take(log, coming, item, { rows, isWhole });
      }
      next = (answer.items.at(-1)?.at ?? next) + 1;
    }
  } finally {
    home.closeReader({ reader });
  }
  return rows;
}

function take<T>(
  log: Log<T>,
  coming: Map<DeviceId, Coming>,
  item: HomeItem,
  found: { readonly rows: SnapshotRow[]; readonly isWhole: boolean },
): void {
  const part = partOf(item.value.slice());
  if (part === null) return;
  const { device, at, broken } = item;
  const isKnown = found.isWhole && at - part.from < linksKeptMax;
  const holds = broken === 'chain' ? false : isKnown ? true : null;
  const known = coming.get(device);
  if (part.index === 0) coming.set(device, { first: item, part, count: 1, packed: part.data.length, holds });
  else if (known !== undefined && isSame(known.part, part) && part.index === known.count) {
    known.count++;
    known.packed += part.data.length;
  }
  const done = coming.get(device);
  if (done === undefined || done.count < done.part.count) return;
  coming.delete(device);
  const { from, size } = done.part;
  const { timeMs } = done.first;
  const owner = log.ownerOf(device);
  const who = { device, user: owner?.user ?? null, name: owner?.name ?? '' };
  found.rows.push({
    ...who,
    from,
    at: done.first.at,
    last: at,
    size,
    packed: done.packed,
    timeMs,
    holds: done.holds,
  });
}
