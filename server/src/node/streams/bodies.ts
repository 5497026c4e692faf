/** Bodies of requests to streams: bounded each, and together, for as long as they are read (SPEC F7). */

import { Fault } from 'copse/internal/base/fault.ts';
import { streamBodiesBytesMax, streamBodyBytesMax } from 'copse/internal/base/limits-streams.ts';
import { readBody } from '../http-body.ts';

/** Taken in of one that is too large, so that its sender reads the answer. */
const TAKEN_MAX = 2 * streamBodyBytesMax;

export class Bodies {
  #bytes = 0;

  /** Throws `tooLarge`, or `full` when others are being read that are large. */
  async read(request: Request): Promise<Uint8Array> {
    const declared = request.headers.get('content-length');
    const size = declared === null ? streamBodyBytesMax : Math.min(Number(declared), TAKEN_MAX);
    if (this.#bytes + size > streamBodiesBytesMax) throw new Fault('full', 'too much is being sent at once');
    this.#bytes += size;
    try {
      return await readBody(request, streamBodyBytesMax, TAKEN_MAX);
    } finally {
      this.#bytes -= size;
    }
  }
}
