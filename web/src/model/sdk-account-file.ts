/** The account as one file, as its page knows it (`sdk.ts`). */

import type { ImportReport } from 'copse/internal/client/neighbourhood/account-import.ts';

export type { ImportReport };

export interface AccountFileOptions {
  /** The bytes of one's files too. */
  readonly withChunks: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (records: number, bytes: number) => void;
}

export interface AccountFileDesk extends Disposable {
  write(options: AccountFileOptions): AsyncIterable<Uint8Array>;
  bring(file: Blob, options: Omit<AccountFileOptions, 'withChunks'>): Promise<ImportReport>;
}
