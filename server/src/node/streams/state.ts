/**
 * What is known of a stream besides its data. Each change is an entry with the whole of it in a log of its own,
 * so the newest entry says everything, and it shares group commit and recovery with the data (SPEC F2).
 */

import {
  streamHeaderBytesMax,
  streamPathBytesMax,
  streamProducerBytesMax,
} from 'copse/internal/base/limits-streams.ts';
import { maybe, struct } from 'copse/internal/wire/compound.ts';
import { bool, choice, fixed, text, uint, type Of } from 'copse/internal/wire/shape.ts';

export const streamState = struct({
  /** `kept` is a deleted one that others have forked: its data is still read through them. */
  life: choice('live', 'kept', 'gone'),
  /** Counts how often a stream was made under this name. */
  generation: uint(),
  contentType: text(streamHeaderBytesMax),
  ttlS: maybe(uint()),
  expires: maybe(struct({ text: text(streamHeaderBytesMax), atMs: uint() })),
  /** Wall clock of its making. */
  madeMs: uint(),
  /** Wall clock of the last use that was written down. */
  touchedMs: uint(),
  closed: bool,
  /** The append that closed it, when it had a producer. */
  closedBy: maybe(struct({ id: text(streamProducerBytesMax), epoch: uint(), seq: uint() })),
  /** The last `Stream-Seq`. */
  sequence: maybe(text(streamHeaderBytesMax)),
  fork: maybe(
    struct({
      /** The stream it was made from. */
      from: text(streamPathBytesMax),
      /** As asked for, to recognise the same request; empty: the tail of that time. */
      asked: text(streamHeaderBytesMax),
      sub: uint(),
      /** Its own data begins at this offset. */
      base: uint(),
    }),
  ),
  /** Streams that were made from this one and are not gone. */
  forks: uint(),
  /** Who may read and append without a right on the site; of streams without a site it says nothing. */
  readers: choice('members', 'token', 'all'),
  writers: choice('members', 'token', 'all'),
  /** Hash of the token. */
  token: maybe(fixed(32)),
});

export type StreamState = Of<typeof streamState>;
export type ClosedBy = NonNullable<StreamState['closedBy']>;
