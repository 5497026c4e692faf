/**
 * What others have made of messages: answers, shares and pictures, counted for a page of them at once. Anybody may
 * sign any number, so that they are counted once per person, and no further than a bound (SPEC U39).
 */

import type { Interest } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import { marksRowsMax, peerPageRowsMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { KIND } from '../../social/message/kinds.ts';
import { threadOf } from '../../social/message/refs.ts';
import type { Message } from '../../social/message/terms.ts';
import type { PlaceLine } from './place-line.ts';
import { checkedRow } from './read.ts';
import type { MessageId, PostCursor } from './types.ts';

export interface Reaction {
  readonly picture: string;
  /** How many people. */
  readonly count: number;
  /** One's own, by which it is taken back; null: one has not answered with it. */
  readonly mine: MessageId | null;
}

export interface Marks {
  /** In all of the thread where the message begins one. */
  readonly answers: number;
  /** How many people. */
  readonly shares: number;
  /** One's own share; null: one has not shared it. */
  readonly shared: MessageId | null;
  /** The most frequent first. */
  readonly reactions: readonly Reaction[];
}

export const noMarks: Marks = { answers: 0, shares: 0, shared: null, reactions: [] };

interface Tally {
  answers: number;
  readonly sharers: Set<string>;
  shared: MessageId | null;
  readonly people: Map<string, Set<string>>;
  readonly mine: Map<string, MessageId>;
}

/** Of messages that lead to these; `me` in hex, or null. */
export function marksOf(
  ids: readonly MessageId[],
  messages: Iterable<Message>,
  me: string | null,
): ReadonlyMap<MessageId, Marks> {
  const tallies = new Map(ids.map((id): [MessageId, Tally] => [id, newTally()]));
  for (const message of messages)
    for (const target of targetsOf(message)) {
      const tally = tallies.get(target);
      if (tally !== undefined) count(tally, message, me);
    }
  return new Map([...tallies].map(([id, tally]) => [id, marksIn(tally)]));
}

/** What it answers or marks, and the beginning of the thread in which it does. */
function targetsOf(message: Message): ReadonlySet<MessageId> {
  const thread = threadOf(message);
  return new Set([...message.replies, ...(thread === null ? [] : [thread])].map(hex));
}

function newTally(): Tally {
  return { answers: 0, sharers: new Set(), shared: null, people: new Map(), mine: new Map() };
}

function count(tally: Tally, { id, from, kind, text }: Message, me: string | null): void {
  const who = hex(from);
  if (kind === KIND.post) tally.answers += 1;
  if (kind === KIND.share) {
    tally.sharers.add(who);
    if (who === me) tally.shared = hex(id);
  }
  if (kind !== KIND.reaction) return;
  const people = tally.people.get(text) ?? new Set();
  tally.people.set(text, people.add(who));
  if (who === me) tally.mine.set(text, hex(id));
}

function marksIn({ answers, sharers, shared, people, mine }: Tally): Marks {
  const reactions = [...people].map(([picture, who]) => ({
    picture,
    count: who.size,
    mine: mine.get(picture) ?? null,
  }));
  return {
    answers,
    shares: sharers.size,
    shared,
    reactions: reactions.toSorted((a, b) => b.count - a.count || (a.picture < b.picture ? -1 : 1)),
  };
}

export interface Marking {
  readonly ids: readonly MessageId[];
  /** What leads to what others have made of them. */
  readonly of: readonly Interest[];
  readonly me: string | null;
}

/** As far as it is counted. */
export async function marksAt(
  { line, primitives }: { readonly line: Pick<PlaceLine, 'get'>; readonly primitives: Primitives },
  { ids, of, me }: Marking,
): Promise<ReadonlyMap<MessageId, Marks>> {
  const messages: Message[] = [];
  for (let before: PostCursor | null = null; messages.length < marksRowsMax;) {
    const { rows } = await (await line.get()).page({ of, before, rows: peerPageRowsMax });
    const last = rows.at(-1);
    if (last === undefined) break;
    const page = await Promise.all(rows.map(({ message }) => checkedRow(primitives, message)));
    messages.push(...page);
    before = { timeMs: page.at(-1)?.timeMs ?? 0, seq: last.seq };
    if (rows.length < peerPageRowsMax) break;
  }
  return marksOf(ids, messages, me);
}
