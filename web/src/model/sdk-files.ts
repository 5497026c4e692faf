/** The files of the SDK, as the rooms of the app know them (`sdk.ts`). */

import type { Files as SdkFiles, FileUsage, HeldFile } from 'copse/internal/client/files.ts';

export type { FileUsage, HeldFile };

/** What this user holds on her node, and what she reads by its address. */
export type Files = Pick<
  SdkFiles,
  'url' | 'has' | 'upload' | 'uploadThumbnail' | 'usage' | 'list' | 'pin' | 'unpin' | 'drop' | 'host'
>;
