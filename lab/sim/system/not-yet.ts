/** What was thrown where an application has to wait. */

import { asFault } from 'copse/internal/base/fault.ts';

/** Something else has to happen first. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

export function codeOf(thrown: unknown): string {
  const { code } = asFault(thrown);
  return code === 'internal' ? String(thrown) : code;
}
