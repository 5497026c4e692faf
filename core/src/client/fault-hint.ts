/** What to do about a fault, loaded when somebody is to be told. */

import type { Fault } from '../base/fault.ts';

export async function hintOf({ code }: Fault): Promise<string> {
  const { FAULT_HELP } = await import('../base/fault-help.ts');
  return FAULT_HELP[code].hint;
}
