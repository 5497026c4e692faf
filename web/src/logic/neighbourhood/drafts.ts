/**
 * The words that somebody has begun, the same on all of her devices (SPEC U52): by the name of the draft the words
 * that were typed last, and none where they were posted or given up. What was typed here stays shown here until it
 * is shared, whatever comes from elsewhere. Sealed by the SDK; here it is bytes.
 */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';

export interface DraftWords {
  readonly timeMs: number;
  /** Empty: nothing is begun any more, and other devices are to know it. */
  readonly text: string;
}

export type Drafts = ReadonlyMap<string, DraftWords>;

/** What one device knows. */
export interface Desk {
  /** What the node had when it was asked last. */
  readonly atNode: Drafts;
  /** The newest of what all devices have shared. */
  readonly shared: Drafts;
  /** Typed here, and not shared as far as is known. */
  readonly own: Drafts;
}

export const emptyDesk: Desk = { atNode: new Map(), shared: new Map(), own: new Map() };

/** Begun and ended ones: more than anybody has open; each costs a hundred bytes besides its words. */
export const draftsMax = 64;
/** Of words, as they are written: the longest post, and what a statement of 48 KiB leaves beside the names. */
export const draftBytesMax = 40 * 1024;
/** `answer`, a space and an id, and some room. */
const NAME_MAX = 80;

/** Somebody has typed, or has cleared the field. */
export function typed(desk: Desk, name: string, words: DraftWords): Desk {
  const before = Math.max(desk.shared.get(name)?.timeMs ?? 0, desk.own.get(name)?.timeMs ?? 0);
  // Another device may have a clock that is ahead: what is typed behind its words counts more than they do.
  const timeMs = Math.max(words.timeMs, before + 1);
  return { ...desk, own: new Map([...desk.own, [name, { ...words, timeMs }]]) };
}

/** The node was asked, or has taken what was written. */
export function found(desk: Desk, atNode: Drafts): Desk {
  const shared = merged(desk.shared, atNode);
  const own = [...desk.own].filter(([name, words]) => isWaiting(words, shared.get(name)));
  return { atNode, shared, own: new Map(own) };
}

/** What was typed here is given up for what is shared, or because nobody else has seen it. */
export function forgotten(desk: Desk, name: string): Desk {
  return { ...desk, own: new Map([...desk.own].filter(([each]) => each !== name)) };
}

/** What the field shows; null: nothing is known of it. */
export function wordsOf(desk: Desk, name: string): string | null {
  return (desk.own.get(name) ?? desk.shared.get(name))?.text ?? null;
}

/** What another device has typed later than what stands here. */
export function otherWords(desk: Desk, name: string): string | null {
  const [own, shared] = [desk.own.get(name), desk.shared.get(name)];
  if (own === undefined || shared === undefined || shared.text === '') return null;
  return isNewer(shared, own) && shared.text !== own.text ? shared.text : null;
}

/** What is to be written, or null where the node has it all. */
export function toShare({ atNode, shared, own }: Desk): Drafts | null {
  const next = bounded(merged(shared, own));
  return [...next].some(([name, words]) => isNews(words, atNode.get(name))) ? next : null;
}

/** Of each draft what was typed last, in whichever order it is heard. */
function merged(one: Drafts, other: Drafts): Drafts {
  const all = new Map(one);
  for (const [name, words] of other) {
    const before = all.get(name);
    if (before === undefined || isNewer(words, before)) all.set(name, words);
  }
  return all;
}

export function encodeDrafts(drafts: Drafts): Uint8Array {
  return utf8(JSON.stringify([1, [...drafts].map(([name, { timeMs, text }]) => [name, timeMs, text])]));
}

/** What does not read as drafts holds none. */
export function decodeDrafts(bytes: Uint8Array | null): Drafts {
  if (bytes === null) return new Map();
  const parsed = parsedOf(bytes);
  if (!Array.isArray(parsed) || parsed[0] !== 1) return new Map();
  const rows: unknown = parsed[1];
  return Array.isArray(rows) ? new Map(rows.slice(0, draftsMax).flatMap(rowOf)) : new Map();
}

function rowOf(row: unknown): readonly (readonly [string, DraftWords])[] {
  if (!Array.isArray(row)) return [];
  const [name, timeMs, text]: readonly unknown[] = row;
  if (typeof name !== 'string' || name.length > NAME_MAX || typeof text !== 'string') return [];
  if (typeof timeMs !== 'number' || !Number.isSafeInteger(timeMs) || timeMs < 0) return [];
  return [[name, { timeMs, text }]];
}

/**
 * The newest up to the first that has no room. What is older goes too, so that two devices never put each other's
 * back; words that nothing has room for stay on their device.
 */
function bounded(drafts: Drafts): Drafts {
  const newestFirst = [...drafts]
    .map(([name, words]) => ({ name, words, bytes: utf8(JSON.stringify(words.text)).length }))
    .filter(({ bytes }) => bytes <= draftBytesMax)
    .toSorted((a, b) => b.words.timeMs - a.words.timeMs || (a.name < b.name ? -1 : 1));
  const kept = new Map<string, DraftWords>();
  let room = draftBytesMax;
  for (const { name, words, bytes } of newestFirst) {
    room -= bytes;
    if (room < 0 || kept.size === draftsMax) break;
    kept.set(name, words);
  }
  return kept;
}

function isNewer(one: DraftWords, other: DraftWords): boolean {
  return one.timeMs === other.timeMs ? one.text > other.text : one.timeMs > other.timeMs;
}

/** An empty field is nothing that one would miss: it waits only to tell the others. */
function isWaiting(own: DraftWords, shared: DraftWords | undefined): boolean {
  if (shared === undefined || isNewer(own, shared)) return true;
  return own.text !== '' && own.text !== shared.text;
}

/** That nothing is begun is no news where nothing was. */
function isNews(words: DraftWords, before: DraftWords | undefined): boolean {
  if (words.text === '' && (before === undefined || before.text === '')) return false;
  return before === undefined || isNewer(words, before);
}

function parsedOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '');
  } catch {
    return null;
  }
}
