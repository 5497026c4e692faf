/**
 * Bodies on their way into the files of a node (SPEC Z42): how many there are at once, of all, of one account, and by
 * the grants that it gave. Each has to get on: who sends a byte now and then holds no place with it.
 */

import type { Env } from 'copse/internal/base/env.ts';
import {
  fileArrivalMs,
  fileArrivingByGrantsMax,
  fileArrivingPerAccountMax,
  fileChunkBytes,
  fileChunksArrivingMax,
} from 'copse/internal/base/limits-files.ts';
import type { Ticket } from '../../peer/files/ticket.ts';
import { Denied } from '../http-reply.ts';

type Clock = Pick<Env, 'nowMs' | 'after'>;

interface Place {
  readonly name: string;
  readonly max: number;
  readonly what: string;
}

export class Arrivals {
  readonly #clock: Clock;
  /** How many places are taken, by what they count for; none are not noted. */
  readonly #takenByName = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does what a request with a body asks for, once there is a place; `tooMany` when there is none. */
  async take<T>(request: Request, ticket: Ticket, task: (request: Request) => Promise<T>): Promise<T> {
    const places = placesOf(ticket);
    for (const { name, max, what } of places)
      if ((this.#takenByName.get(name) ?? 0) >= max) throw Denied.forNow(what, 1000);
    for (const { name } of places) this.#count(name, 1);
    try {
      return await task(withPace(request, this.#clock));
    } finally {
      for (const { name } of places) this.#count(name, -1);
    }
  }

  #count(name: string, by: 1 | -1): void {
    const taken = (this.#takenByName.get(name) ?? 0) + by;
    if (taken === 0) this.#takenByName.delete(name);
    else this.#takenByName.set(name, taken);
  }
}

function placesOf({ account, grant }: Ticket): readonly Place[] {
  const all = { name: 'all', max: fileChunksArrivingMax, what: 'uploads at once' };
  const own = { name: account, max: fileArrivingPerAccountMax, what: 'uploads of this account at once' };
  if (grant === null) return [all, own];
  const what = 'uploads by grants of this account at once';
  return [all, own, { name: `${account} by grants`, max: fileArrivingByGrantsMax, what }];
}

function withPace(request: Request, clock: Clock): Request {
  const { body, method } = request;
  return body === null ? request : new Request(request, { method, body: paced(body, clock) });
}

/** The same body, as long as a chunk of it, or its end, comes in time. Time in which nobody reads is not counted. */
function paced(body: ReadableStream<Uint8Array>, clock: Clock): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let [bytes, waitedMs] = [0, 0];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const sinceMs = clock.nowMs();
        try {
          const { done, value } = await inTime(reader.read(), clock, fileArrivalMs - waitedMs);
          if (done) return controller.close();
          waitedMs += clock.nowMs() - sinceMs;
          bytes += value.length;
          if (bytes >= fileChunkBytes) [bytes, waitedMs] = [0, 0];
          controller.enqueue(value);
        } catch (thrown) {
          controller.error(thrown);
          // Nobody takes the rest; a line that has broken says so itself.
          reader.cancel().catch(() => {});
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

async function inTime<T>(reading: Promise<T>, clock: Clock, leftMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(leftMs, () => late.reject(tooSlow()));
  try {
    return await Promise.race([reading, late.promise]);
  } finally {
    timer.cancel();
  }
}

/** The rest is not waited for: what would come is a part of what was refused. */
function tooSlow(): Denied {
  const detail = `a body brings ${fileChunkBytes} bytes, or its end, within ${fileArrivalMs / 1000} s`;
  return new Denied('deadline', detail, { headers: { connection: 'close' } });
}
