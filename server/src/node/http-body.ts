/** Bodies of requests, never more of one than its reader allows, whatever the listener lets through for others. */

import { concat } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';

/**
 * The body; throws `tooLarge` beyond `bytesMax`. Who is refused before everything was sent does not read why, so
 * up to `takenMax` bytes are taken in for that.
 */
export async function readBody(
  request: Request,
  bytesMax: number,
  takenMax = bytesMax + 1024,
): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  try {
    if (declared !== null) {
      if (Number(declared) > takenMax) throw tooLarge(bytesMax);
      const body = await request.bytes();
      if (body.length > bytesMax) throw tooLarge(bytesMax);
      return body;
    }
    return await gather(request, bytesMax);
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : new Fault('malformed', 'the body did not arrive whole');
  }
}

/** A body that comes in pieces, of which nobody has said how many. */
async function gather(request: Request, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > bytesMax) throw tooLarge(bytesMax);
    parts.push(part);
  }
  return concat(...parts);
}

const tooLarge = (bytesMax: number): Fault => new Fault('tooLarge', `a body has at most ${bytesMax} bytes`);
