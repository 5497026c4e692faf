/** What of a writer's waiting entries stands in a log that is led or may come to be (SPEC V10). */

import type { DeviceId } from '../base/ids.ts';
import { nameOf } from './backlog.ts';
import { findOwnIn } from './find-own.ts';
import { LedLine } from './led-line.ts';
import type { LedLease } from './led-path.ts';
import type { Own } from './own-runs.ts';
import type { Waiting } from './queue.ts';

type WriterStates = Awaited<ReturnType<LedLine['remote']['writers']>>['states'];

/** As the log shows it, and of what is no longer kept, as it remembers this writer. */
export async function standingIn(
  lease: Pick<LedLease, 'session' | 'handle' | 'tail'>,
  device: DeviceId,
  waitingNow: () => readonly Waiting[],
): Promise<readonly Own[]> {
  const { session, handle } = lease;
  const { states } = await LedLine.of(session).remote.writers({ handle, device });
  const waiting = waitingNow();
  if (waiting.length === 0) return [];
  const from = Math.min(...waiting.map((each) => each.from));
  const ownByName = await findOwnIn(lease, device, from);
  return waiting.flatMap((each) => ownByName.get(nameOf(each)) ?? placeIn(states, each));
}

function placeIn(states: WriterStates, { epoch, seq }: Waiting): readonly Own[] {
  const runs = states.find((state) => state.epoch === epoch)?.runs ?? [];
  const run = runs.find((each) => seq >= each.seq && seq < each.seq + each.count);
  if (run === undefined || run.at === 0) return [];
  return [{ epoch, seq, count: 1, at: run.at + (seq - run.seq), ruled: null }];
}
