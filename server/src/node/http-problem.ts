/** Refusals over HTTP (SPEC O7): problem details (RFC 9457) that say the code of the fault and what to do. */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { FAULTS, type Fault, type FaultCode } from 'copse/internal/base/fault.ts';

/** The body of a refusal. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: FaultCode;
  readonly retry: string;
  readonly hint: string;
}

/** Where the kinds of problems are described; `node` is the origin of the node. */
export const problemPath = '/v1/faults/';

/** `more` are members of this problem alone. */
export function problem(node: string, fault: Fault, more: Readonly<Record<string, string>> = {}): Problem {
  const { code } = fault;
  const { what, retry } = FAULTS[code];
  const { http, hint } = FAULT_HELP[code];
  const type = `${node}${problemPath}${code}`;
  // What went wrong inside is for the operator's log.
  const detail = code === 'internal' ? '' : fault.detail.toWellFormed();
  return { type, title: what, status: http, detail, code, retry, hint, ...more };
}

const isCode = (name: string): name is FaultCode => Object.hasOwn(FAULTS, name);

/** What a kind of problem means, or null when there is none of this name. */
export function describeProblem(node: string, name: string): object | null {
  if (!isCode(name)) return null;
  const { what, retry, number } = FAULTS[name];
  const { http, hint } = FAULT_HELP[name];
  return { type: `${node}${problemPath}${name}`, title: what, status: http, code: name, number, retry, hint };
}
