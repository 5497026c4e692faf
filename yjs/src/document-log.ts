/** What a provider needs of the log of its document; a `Log<Uint8Array>` has all of it. */

import type { Log } from 'copse';

export type DocumentLog = Pick<
  Log<Uint8Array>,
  'append' | 'bounds' | 'entries' | 'pending' | 'permissions' | 'presence' | 'said' | 'say' | 'status'
>;
