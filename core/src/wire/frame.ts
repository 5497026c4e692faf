/**
 * Frames: what travels between the two ends of a link. A message (one WebSocket message) is a sequence
 * of frames, so a flush is one message whatever it holds (SPEC W5).
 *
 *     frame  = length (varint, bytes after it) | kind (1 byte) | body
 *     call   = 1 | id | number | request          answer = 2 | id | answer
 *     fault  = 3 | id | fault number | detail     cast   = 4 | number | message
 *     push   = 5 | number | message               ping   = 6 | n       pong = 7 | n
 *     64…127 = kept for extensions, skipped by who does not know them
 */

import { Fault, FAULT_CODES, type FaultCode } from '../base/fault.ts';
import { frameBytesMax } from '../base/limits.ts';
import type { Writer } from './buffer.ts';
import { putUint, Reader, uintSize } from './buffer.ts';
import { text, type Shape } from './shape.ts';

export const frameKind = { call: 1, answer: 2, fault: 3, cast: 4, push: 5, ping: 6, pong: 7 } as const;
const EXTENSION_FIRST = 64;
const EXTENSION_LAST = 127;
export const detailText = text(512);

/** Room for the length in front of a frame: a varint of up to 2^28. */
const LENGTH_ROOM = 4;

/** Appends one frame whose body is written by `body`; the length is put in front afterwards. */
export function putFrame(writer: Writer, kind: number, body: (writer: Writer) => void): void {
  writer.need(LENGTH_ROOM + 1);
  const start = writer.at;
  writer.at += LENGTH_ROOM;
  writer.byte(kind);
  try {
    body(writer);
  } catch (thrown) {
    writer.at = start;
    throw thrown;
  }
  const size = writer.at - start - LENGTH_ROOM;
  if (size > frameBytesMax) {
    writer.at = start;
    throw new Fault('tooLarge', `a frame has at most ${frameBytesMax} bytes`);
  }
  const lengthSize = uintSize(size);
  const from = start + LENGTH_ROOM;
  writer.bytes.copyWithin(start + lengthSize, from, from + size);
  putUint(writer.bytes, start, size);
  writer.at = start + lengthSize + size;
}

export function putCall<Q>(writer: Writer, id: number, number: number, shape: Shape<Q>, request: Q): void {
  putFrame(writer, frameKind.call, (body) => {
    body.uint(id);
    body.uint(number);
    shape.write(body, request);
  });
}

/** A cast or a push. */
export function putNote<M>(
  writer: Writer,
  kind: typeof frameKind.cast | typeof frameKind.push,
  declared: { readonly number: number; readonly message: Shape<M> },
  message: M,
): void {
  putFrame(writer, kind, (body) => {
    body.uint(declared.number);
    declared.message.write(body, message);
  });
}

export function putBeat(
  writer: Writer,
  kind: typeof frameKind.ping | typeof frameKind.pong,
  n: number,
): void {
  putFrame(writer, kind, (body) => body.uint(n));
}

/**
 * Calls `onFrame(kind, reader)` for each frame of a message; the reader's window is the body. Frames
 * kept for extensions are skipped; every other unknown kind is `malformed`.
 */
export function eachFrame(message: Uint8Array, onFrame: (kind: number, body: Reader) => void): void {
  const reader = new Reader(message);
  const end = message.length;
  while (reader.at < end) {
    reader.end = end;
    const size = reader.uint();
    if (size > frameBytesMax) throw new Fault('tooLarge', `a frame has at most ${frameBytesMax} bytes`);
    if (size === 0 || size > end - reader.at) throw new Fault('malformed', 'truncated');
    const next = reader.at + size;
    reader.end = next;
    const kind = reader.byte();
    if (kind >= frameKind.call && kind <= frameKind.pong) onFrame(kind, reader);
    else if (kind < EXTENSION_FIRST || kind > EXTENSION_LAST)
      throw new Fault('malformed', `no frame has the kind ${kind}`);
    reader.at = next;
  }
}

/** The fault in the body of a fault frame, after its id. An unknown number becomes `internal`. */
export function readFault(body: Reader): Fault {
  const code: FaultCode = FAULT_CODES.get(body.uint()) ?? 'internal';
  return new Fault(code, detailText.read(body));
}
