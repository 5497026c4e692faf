/** Faults as contracts carry them. */

import { Fault, FAULT_CODES } from '../base/fault.ts';

/** The fault of a number on the wire; a newer node may know more of them. */
export function faultOf(number: number): Fault {
  return new Fault(FAULT_CODES.get(number) ?? 'internal');
}
