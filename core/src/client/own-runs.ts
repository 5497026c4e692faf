/** Entries of this device among those of a run. */

import type { DeviceId } from '../base/ids.ts';
import type { AckRun } from '../api/tail.ts';
import { EntryCursor } from '../wire/entry.ts';
import type { Run } from './log-items.ts';

/** An entry of this device in the log. */
export interface Own extends AckRun {
  /** The entry, when the leader of the log has changed or refused it. */
  readonly ruled: Uint8Array | null;
}

/** The device's entries of a run, as acknowledgements: what is read has its position for good. */
export function ownRuns(run: Run, device: DeviceId): readonly Own[] {
  const runs: Own[] = [];
  const cursor = new EntryCursor(run.entries);
  for (let at = run.at; at < run.at + run.count && cursor.next(); at++) {
    if (cursor.device() !== device) continue;
    const { epoch, seq, ruling, bytes, start, end } = cursor;
    runs.push({ epoch, seq, count: 1, at, ruled: ruling === null ? null : bytes.slice(start, end) });
  }
  return runs;
}
