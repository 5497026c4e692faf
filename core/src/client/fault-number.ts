/** Faults as contracts carry them. */

import { Fault, FAULT_CODES, FAULTS } from '../base/fault.ts';

/** The fault of a number on the wire; a newer node may know more of them. */
export function faultOf(number: number): Fault {
  return new Fault(FAULT_CODES.get(number) ?? 'internal');
}

interface FaultRow {
  readonly fault: number;
  readonly detail: string;
}

/** A fault as a contract carries it. */
export function rowOf(fault: Fault): FaultRow;
export function rowOf(fault: Fault | null): FaultRow | null;
export function rowOf(fault: Fault | null): FaultRow | null {
  return fault === null ? null : { fault: FAULTS[fault.code].number, detail: fault.detail.slice(0, 120) };
}
