/** The package `copse` in browsers and their workers. */

import { Fault } from '../base/fault.ts';
import type { Copse } from '../client/copse.ts';
import type { OpenOptions } from '../client/types.ts';

export * from '../client/index.ts';

/** Opens a node: the first time with new keys and a sign-up, later as the same user and device. */
export function openCopse(_url: string, _options: OpenOptions = {}): Promise<Copse> {
  return Promise.reject(new Fault('internal', 'not built yet'));
}
