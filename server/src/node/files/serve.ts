/**
 * Files for whoever has their address (SPEC Z43): whole or one range of it, from chunks that were checked. What is
 * there never changes. Only pictures, sound, film and plain text are shown, in a sandbox; all else is a download
 * of bytes without a type.
 */

import { concat } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import { isPicture, servedAs } from 'copse/internal/social/files/content-type.ts';
import type { FileRecord } from '../../store/files.ts';
import type { Files } from '../../peer/files/files.ts';
import { rangeOf } from '../blob-door.ts';
import { SAFE, type Headers } from './reply.ts';

const YEAR_S = 31_536_000;

/** The answer to a GET or HEAD for a whole file. */
export async function serve(files: Files, record: FileRecord, request: Request): Promise<Response> {
  const { address, manifest } = record;
  const { size, type } = manifest;
  const { type: shown, isDownload } = servedAs(type, !isPicture(type) || record.picture !== null);
  const headers: Headers = {
    ...SAFE,
    'accept-ranges': 'bytes',
    'cache-control': `public, max-age=${YEAR_S}, immutable`,
    'content-type': shown,
    'content-disposition': isDownload ? 'attachment' : 'inline',
    etag: `"${address}"`,
  };
  if (isNamed(request.headers.get('if-none-match'), address))
    return new Response(null, { status: 304, headers });
  const ifRange = request.headers.get('if-range');
  const isSame = ifRange === null || ifRange.trim() === `"${address}"`;
  const range = isSame ? rangeOf(request.headers.get('range'), size) : null;
  if (range === 'beyond') {
    const beyond = { ...SAFE, 'content-range': `bytes */${size}` };
    return new Response(null, { status: 416, headers: beyond });
  }
  const { start, end } = range ?? { start: 0, end: size };
  const part: Headers = range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` };
  const status = range === null ? 200 : 206;
  const all = { ...headers, ...part };
  if (request.method === 'HEAD') {
    return new Response(null, { status, headers: { ...all, 'content-length': String(end - start) } });
  }
  const body =
    end - start <= fileChunkBytes
      ? await gathered(files.read(record, start, end))
      : await flowing(files, record, { start, end });
  return new Response(body, { status, headers: all });
}

/** Whether `If-None-Match` names the file (RFC 9110 section 13.1.2). */
function isNamed(header: string | null, address: string): boolean {
  return header !== null && (header.trim() === '*' || header.includes(`"${address}"`));
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return new Uint8Array(concat(...parts));
}

/** A chunk is read when the one before has gone; the first one before anything is said. */
async function flowing(
  files: Files,
  record: FileRecord,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<ReadableStream<Uint8Array>> {
  const chunks = files.read(record, start, end);
  let next = await chunks.next();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (next.done === true) return controller.close();
          // What is sent belongs to the socket from now on.
          controller.enqueue(next.value.slice());
          next = await chunks.next();
        } catch (thrown) {
          // The reader sees that the answer is not whole.
          controller.error(asFault(thrown));
        }
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
