/** What a message says, as programs hold it; how it is written and signed is in `message.ts`. */

import type { Key } from '../../base/ids.ts';

export interface Attachment {
  /** Content address of the file, 32 bytes. */
  readonly address: Uint8Array;
  readonly size: number;
  readonly type: string;
  /** Read instead of it by who cannot see it. */
  readonly alt: string;
  /** Content address of a small picture that stands for it, 32 bytes. */
  readonly thumbnail?: Uint8Array;
}

/** What a message says; `from` is whose key signs. */
export interface MessageTerms {
  readonly kind: number;
  /** By the author's clock, milliseconds since 1970. */
  readonly timeMs: number;
  readonly text?: string;
  /** Of the text; absent: text without form. */
  readonly type?: string;
  readonly mentions?: readonly Uint8Array[];
  readonly replies?: readonly Uint8Array[];
  readonly attachments?: readonly Attachment[];
  readonly tags?: readonly string[];
  readonly name?: string;
  readonly content?: Uint8Array;
  /** Id of the beginning of its thread, where that is not the first of its replies. */
  readonly thread?: Uint8Array;
}

export interface Message extends Required<MessageTerms> {
  readonly mentions: readonly Key[];
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly from: Key;
  /** As it was signed; passed on as it is. */
  readonly bytes: Uint8Array;
}
