/**
 * Logs whose bytes are the entries as they stand in them (SPEC F10): sealed where the site seals, made by the
 * device of whoever sends them, with its numbers, by which each counts once.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { inFlightCountMax } from 'copse/internal/base/limits.ts';
import type { LogState, Settled, Verdict } from 'copse/internal/log/batch.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { nativeChecksum } from '../../store/entries.ts';
import type { Admitted } from '../../tail/bearer.ts';
import type { Insider, InsideLogs } from '../../tail/insider.ts';
import { offsetText } from './offset.ts';
import { Refused } from './reply.ts';

export interface EntriesAppend {
  readonly logs: InsideLogs;
  readonly log: LogState;
  readonly caller: Admitted;
  /** Entries under an older one are refused. */
  readonly keyEpoch: number;
  readonly entries: Uint8Array;
}

/** Resolves with the position behind the last entry when all are durable. */
export async function appendEntries(append: EntriesAppend): Promise<number> {
  const { logs, log, caller, keyEpoch, entries } = append;
  const delivery = new Delivery(lastSeqIn(entries));
  const { device, ids: deviceBytes } = caller;
  const verdict = logs.offer({ who: delivery, log, device, deviceBytes, keyEpoch, entries });
  if (verdict !== null) throw refused(verdict);
  return delivery.done;
}

/** Throws `malformed` for what is no entries. */
function lastSeqIn(entries: Uint8Array): number {
  const cursor = new EntryCursor(entries, nativeChecksum);
  let count = 0;
  while (cursor.next()) count++;
  if (count === 0 || count > inFlightCountMax)
    throw new Fault('malformed', `1 to ${inFlightCountMax} entries are appended at once`);
  return cursor.seq;
}

class Delivery implements Insider {
  readonly isInsider = true;
  readonly #outcome = Promise.withResolvers<number>();
  readonly #last: number;

  constructor(last: number) {
    this.#last = last;
    // When it was refused in part, nobody waits for the rest.
    this.#outcome.promise.catch(() => {});
  }

  get done(): Promise<number> {
    return this.#outcome.promise;
  }

  settled({ seq, at, count }: Pick<Settled<unknown>, 'seq' | 'at' | 'count'>): void {
    if (seq + count > this.#last) this.#outcome.resolve(at + (this.#last - seq) + 1);
  }

  lost(fault: Fault): void {
    this.#outcome.reject(fault);
  }
}

function refused({ seq, reason }: NonNullable<Verdict>): Fault {
  const at = `entry ${seq}`;
  switch (reason.kind) {
    case 'gap': {
      const headers = {
        'producer-expected-seq': String(reason.expected),
        'producer-received-seq': String(seq),
      };
      return new Refused(new Fault('taken', `${at}: seq ${reason.expected} comes next`), 409, headers);
    }
    case 'fenced': {
      const headers = { 'producer-epoch': String(reason.floor) };
      return new Refused(new Fault('forbidden', `${at}: its epoch is forgotten`), 403, headers);
    }
    case 'staleKey': {
      const headers = { 'copse-key-epoch': String(reason.keyEpoch) };
      return new Refused(
        new Fault('taken', `${at}: the key epoch is ${reason.keyEpoch} by now`),
        409,
        headers,
      );
    }
    case 'conflict':
      return new Fault('taken', `${at}: the log ends at ${offsetText(reason.tail - 1)}`);
    case 'full':
      return new Fault('full', 'the node is behind with writing');
    case 'led':
      return new Fault('taken', `${at}: a device leads this log, and takes entries itself`);
  }
}
