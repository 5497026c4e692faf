/** What applications see of the neighbourhood. */

import type { Key } from '../../base/ids.ts';
import type { Attachment } from '../../social/message/terms.ts';

/** 32 bytes in hex. */
export type MessageId = string;

/** Something that somebody wrote, as it reads now. */
export interface Post {
  readonly id: MessageId;
  readonly from: Key;
  /** By the author's clock. */
  readonly timeMs: number;
  readonly text: string;
  readonly mentions: readonly Key[];
  /** What it answers; null: it begins a thread. */
  readonly answers: MessageId | null;
  /** The beginning of its thread: itself where it begins one. */
  readonly thread: MessageId;
  readonly attachments: readonly Attachment[];
  readonly tags: readonly string[];
  /** Whether its words were changed since. */
  readonly isEdited: boolean;
  /** What it shows of somebody else, when it is shared. */
  readonly shares: MessageId | null;
  /** Where the next page goes on. */
  readonly cursor: PostCursor;
}

export interface PostCursor {
  readonly timeMs: number;
  readonly seq: number;
}

export interface Draft {
  readonly text: string;
  readonly mentions?: readonly Key[];
  readonly attachments?: readonly Attachment[];
  readonly tags?: readonly string[];
}

export interface PersonProfile {
  readonly name: string;
  readonly about: string;
}

export interface Page {
  readonly posts: readonly Post[];
  /** Null when there is no more. */
  readonly next: PostCursor | null;
}
