/** What is there of somebody at another node before one follows her there: a bounded number, the newest (SPEC Z84). */

import { exchangeBackfillRows } from 'copse/internal/base/limits-exchange.ts';
import { peerPageRowsMax } from 'copse/internal/base/limits-peer.ts';
import type { Interest, MessageRow, PeerRemote } from 'copse/internal/api/peer.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { Shown } from './intake.ts';

/** Somebody who is followed, or a thread. */
export interface Target {
  readonly kind: 'user' | 'thread';
  /** Her key, or the id of its beginning. */
  readonly id: Uint8Array;
}

/** Older than any page reaches: they are asked for by name. */
const STATEMENTS: readonly number[] = [KIND.profile, KIND.addresses, KIND.moved];

export function interestsOf({ kind, id }: Target): readonly Interest[] {
  const key = id.slice(0, 16);
  if (kind === 'thread') return [{ relation: 'thread', key }];
  return [
    { relation: 'posts', key },
    { relation: 'other', key },
  ];
}

/** What of somebody is here already: so many messages, from a time on without a gap. */
export interface Begun {
  readonly count: number;
  readonly fromMs: number;
}

export interface Source {
  readonly remote: Pick<PeerRemote, 'page' | 'current'>;
  readonly primitives: Primitives;
  readonly take: (rows: readonly Shown[]) => Promise<void>;
}

/** A page, out of the buffer in which it came. */
interface Taken {
  readonly rows: readonly Shown[];
  /** Behind its last row; null: there is none. */
  readonly next: { readonly timeMs: number; readonly seq: number } | null;
}

/**
 * Hands over what is there and not begun, page by page: while one is stored, the signatures of the next are checked,
 * and the one behind it is on its way. Answers from when on everything has been handed over.
 */
export async function fetchTarget(
  { remote, primitives, take }: Source,
  target: Target,
  begun: Begun | null,
): Promise<number> {
  const { kind, id } = target;
  const of = [...interestsOf(target)];
  const ask = async (before: Taken['next']): Promise<Taken> => {
    const { rows }: { rows: readonly MessageRow[] } = await remote.page({
      of,
      before,
      rows: peerPageRowsMax,
    });
    const last = rows.at(-1);
    const next =
      last === undefined ? null : { timeMs: readMessage(primitives, last.message).timeMs, seq: last.seq };
    return { rows: rows.map(shownOf), next };
  };
  if (kind === 'user') await take(await statementsOf(remote, id));
  let before = begun === null ? null : { timeMs: begun.fromMs, seq: 0 };
  let count = begun?.count ?? 0;
  let asked = count < exchangeBackfillRows ? ask(before) : null;
  let taking = Promise.resolve();
  try {
    while (asked !== null) {
      const { rows, next }: Taken = await asked;
      before = next;
      count += rows.length;
      asked = next !== null && count < exchangeBackfillRows ? noted(ask(next)) : null;
      await taking;
      taking = noted(take(rows));
    }
  } finally {
    // Nothing is stored any more when who asked has heard how it ended.
    await taking;
  }
  return before?.timeMs ?? 0;
}

/** What goes wrong with it is told to who waits for it, if anybody does. */
function noted<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function statementsOf(remote: Source['remote'], from: Uint8Array): Promise<readonly Shown[]> {
  const found: Shown[] = [];
  for (const kind of STATEMENTS) {
    const { row } = await remote.current({ from, kind, name: '' });
    if (row !== null) found.push(shownOf(row));
  }
  return found;
}

/** What arrives is a view into a buffer that is used again. */
export function shownOf({ message, edit }: Shown): Shown {
  return { message: message.slice(), edit: edit?.slice() ?? null };
}
