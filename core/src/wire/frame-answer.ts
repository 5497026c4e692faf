/** The frames that only a service sends: answers and faults (`frame.ts`). */

import { FAULTS, type Fault } from '../base/fault.ts';
import type { Writer } from './buffer.ts';
import { detailText, frameKind, putFrame } from './frame.ts';
import type { Shape } from './shape.ts';

export function putAnswer<A>(writer: Writer, id: number, shape: Shape<A>, answer: A): void {
  putFrame(writer, frameKind.answer, (body) => {
    body.uint(id);
    shape.write(body, answer);
  });
}

export function putFault(writer: Writer, id: number, fault: Fault): void {
  putFrame(writer, frameKind.fault, (body) => {
    body.uint(id);
    body.uint(FAULTS[fault.code].number);
    detailText.write(body, fault.code === 'internal' ? '' : fault.detail.slice(0, 120).toWellFormed());
  });
}
