/** What a provider needs of the log of its document; a `Log<Uint8Array>` has all of it. */

import type { Fold, FoldOptions, Log, LogFold } from 'copse';

export interface DocumentLog extends Pick<
  Log<Uint8Array>,
  'append' | 'bounds' | 'pending' | 'permissions' | 'presence' | 'said' | 'say' | 'status'
> {
  fold(
    fold: Fold<Uint8Array>,
    options?: FoldOptions,
  ): Promise<Pick<LogFold<Uint8Array>, 'close' | 'position' | 'ready' | 'trouble'>>;
}
