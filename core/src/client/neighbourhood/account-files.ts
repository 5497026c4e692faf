/** The files that go into an account file: of a node that takes some. */

import { asFault, type FaultCode } from '../../base/fault.ts';
import type { Files } from '../files.ts';

/** What a node without files answers where they would be. */
const NONE: ReadonlySet<FaultCode> = new Set(['unknown', 'malformed']);

export interface AnyFiles {
  readonly files?: Files;
}

export async function filesIfAny(open: () => Promise<Files>): Promise<AnyFiles> {
  const files = await open();
  try {
    await files.usage();
    return { files };
  } catch (thrown) {
    if (NONE.has(asFault(thrown).code)) return {};
    throw thrown;
  }
}
