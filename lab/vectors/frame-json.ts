/** Frames as vectors state them: their bodies in hex, a fault by its code. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import type { Reader, Writer } from 'copse/internal/wire/buffer.ts';
import { eachFrame, frameKind, putBeat, putFrame, readFault } from 'copse/internal/wire/frame.ts';
import { putFault } from 'copse/internal/wire/frame-answer.ts';

export type FrameJson =
  | { readonly kind: 'call'; readonly id: number; readonly number: number; readonly body: string }
  | { readonly kind: 'answer'; readonly id: number; readonly body: string }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: FaultCode; readonly detail: string }
  | { readonly kind: 'cast' | 'push'; readonly number: number; readonly body: string }
  | { readonly kind: 'ping' | 'pong'; readonly n: number };

/** Appends the frame. */
export function putFrameJson(writer: Writer, frame: FrameJson): void {
  switch (frame.kind) {
    case 'fault':
      putFault(writer, frame.id, new Fault(frame.fault, frame.detail));
      return;
    case 'ping':
    case 'pong':
      putBeat(writer, frameKind[frame.kind], frame.n);
      return;
    default:
      putFrame(writer, frameKind[frame.kind], (body) => {
        if ('id' in frame) body.uint(frame.id);
        if ('number' in frame) body.uint(frame.number);
        body.raw(must(fromHex(frame.body), 'a body is stated in hex'));
      });
  }
}

/** The frames of a message, read to their ends. */
export function readFrames(message: Uint8Array): readonly FrameJson[] {
  const frames: FrameJson[] = [];
  eachFrame(message, (kind, body) => {
    frames.push(readBody(kind, body));
    body.done();
  });
  return frames;
}

function readBody(kind: number, body: Reader): FrameJson {
  const rest = (): string => hex(body.raw(body.left));
  switch (kind) {
    case frameKind.call:
      return { kind: 'call', id: body.uint(), number: body.uint(), body: rest() };
    case frameKind.answer:
      return { kind: 'answer', id: body.uint(), body: rest() };
    case frameKind.fault: {
      const id = body.uint();
      const { code, detail } = readFault(body);
      return { kind: 'fault', id, fault: code, detail };
    }
    case frameKind.cast:
      return { kind: 'cast', number: body.uint(), body: rest() };
    case frameKind.push:
      return { kind: 'push', number: body.uint(), body: rest() };
    case frameKind.ping:
      return { kind: 'ping', n: body.uint() };
    default:
      return { kind: 'pong', n: body.uint() };
  }
}
