/**
 * What a device asks of the neighbourhood for its notifications (SPEC I26, I27): the messages that they are about, as
 * their users signed them, and what was read there.
 */

import { must } from 'copse/internal/base/assert.ts';
import type { NotifyInternal } from 'copse/internal/api/notify.ts';
import type { LogId, UserId } from 'copse/internal/base/ids.ts';
import { noticePostBytesMax } from 'copse/internal/base/limits-notify.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import {
  authorLog,
  knocksLog,
  neighbourhoodOf,
  otherThreads,
} from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { UserRead } from '../news/presence.ts';
import { concernsOf, logOf } from './concerns.ts';
import type { Following } from './following.ts';
import type { NeighbourhoodDesk, NeighbourhoodSource } from './source.ts';

type Posts = Awaited<ReturnType<NotifyInternal['posts']>>;
type Seen = Parameters<NotifyInternal['seen']>[0]['what'];

export interface ReadingParts {
  readonly source: NeighbourhoodSource;
  readonly desk: NeighbourhoodDesk;
  readonly following: Following;
}

/** The messages at these lengths, as far as they concern her and are not too long. */
export function postsAt(
  { source, following }: ReadingParts,
  user: UserId,
  lengths: readonly number[],
): Posts['rows'] {
  const { store, primitives } = source;
  return lengths.map((length) => {
    const seq = length - 1 - following.base;
    const [row] = seq < 1 ? [] : store.at([seq]);
    if (row === undefined) return null;
    const message = readMessage(primitives, row.bytes);
    if (source.isHidden(message.from)) return null;
    const isHers = concernsOf(message, following.find).some(({ to }) => userIdOf(primitives, to) === user);
    if (!isHers) return null;
    const profile = store.current(message.from, KIND.profile, '')?.bytes ?? null;
    if (!fits(row.bytes) || !fits(row.edit)) return null;
    return { seq, message: row.bytes, edit: row.edit, profile: fits(profile) ? profile : null };
  });
}

function fits(bytes: Uint8Array | null): boolean {
  return (bytes?.length ?? 0) <= noticePostBytesMax;
}

/** What she has read says so of its thread, whatever says it: that of its author too, and that of all others. */
export async function markSeen(
  { source, desk, following }: ReadingParts,
  user: UserId,
  { ids, all, knocks }: Seen,
): Promise<void> {
  const { store, primitives } = source;
  const site = neighbourhoodOf(user);
  if (!desk.hears(site)) return;
  const atByLog = new Map<LogId, number>();
  const read = (log: LogId, at: number): void => void atByLog.set(log, Math.max(at, atByLog.get(log) ?? 0));
  let newest = 0;
  for (const id of ids) {
    const row = store.get(id);
    if (row === null) continue;
    const at = row.seq + 1 + following.base;
    newest = Math.max(newest, at);
    const message = readMessage(primitives, row.bytes);
    for (const log of [logOf(message, following.find), authorLog(message.from), otherThreads]) read(log, at);
  }
  if (all && ids.length === 0) newest = store.head() + 1 + following.base;
  const unread = desk.unreadIn(user, site);
  for (const { name, length } of unread) {
    if (name === knocksLog ? knocks : all && length <= newest) read(name, length);
  }
  // Only what is unread says something: a thread that nobody was told of is no place of hers.
  const reads: UserRead[] = unread
    .filter(({ name }) => atByLog.has(name))
    .map(({ name }) => ({ user, site, log: name, at: must(atByLog.get(name), 'it was read') }));
  if (reads.length > 0) await desk.read(reads);
}
