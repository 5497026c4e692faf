/**
 * Mentions in a message: `@` and the name of a member. What is typed finds members; what is sent names their keys,
 * so that a name that two people have, or that changes, means nobody else (SPEC I1).
 */

import { mentionsPerEntryMax } from 'copse/internal/base/limits-mentions.ts';
import type { UserId } from '../model/sdk.ts';

export interface Named {
  readonly user: UserId;
  readonly name: string;
}

/** Who is meant by a choice of the picker. */
export type Candidate = Named | { readonly user: 'everyone'; readonly name: 'everyone' };

export const everyone: Candidate = { user: 'everyone', name: 'everyone' };

export interface Typed {
  /** Where the `@` stands. */
  readonly from: number;
  /** What follows it, up to the caret. */
  readonly query: string;
}

/** Longest name that is searched for behind an `@`. */
const QUERY_MAX = 40;
const SHOWN_MAX = 6;

/** The mention that is being typed at the caret, or null. */
export function typedMention(text: string, caret: number): Typed | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf('@');
  if (from < 0 || caret - from > QUERY_MAX) return null;
  // An address of e-mail is no mention, and a name has no line break.
  if (from > 0 && !/[\s([{'"„“‘«]/u.test(before.charAt(from - 1))) return null;
  const query = before.slice(from + 1);
  return /[\n@]|\s{2}|^\s/u.test(query) ? null : { from, query };
}

/** Members whose name, or a part of it, begins with what was typed; everyone as the last. */
export function candidatesFor(query: string, members: readonly Named[], me: string): readonly Candidate[] {
  const wanted = plain(query);
  const others = members.filter(({ user, name }) => user !== me && name !== '');
  const rank = ({ name }: Candidate): number => {
    const whole = plain(name);
    if (whole.startsWith(wanted)) return 0;
    return whole.split(/[\s-]+/u).some((part) => part.startsWith(wanted)) ? 1 : 2;
  };
  const all: readonly Candidate[] = others.length > 1 ? [...others, everyone] : others;
  const found = all
    .map((each) => ({ each, at: rank(each) }))
    .filter(({ at }) => at < 2)
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each)
    .slice(0, SHOWN_MAX);
  // A name that is there already leaves nothing to choose: Enter sends.
  return found.length === 1 && found[0]?.name === query ? [] : found;
}

/** Without case and accents: Tomás is found by "tomas". */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** The text with the choice in the place of what was typed, and where the caret goes. */
export function withMention(
  text: string,
  { from, query }: Typed,
  { name }: Candidate,
): { readonly text: string; readonly caret: number } {
  const after = text.slice(from + 1 + query.length);
  const gap = /^[\s.,;:!?)]/u.test(after) ? '' : ' ';
  const typed = `@${name}${gap}`;
  return { text: text.slice(0, from) + typed + after, caret: from + typed.length + (gap === '' ? 1 : 0) };
}

/** Whom a message mentions: everyone, or the members whose names stand behind an `@`. */
export function mentionedIn(
  text: string,
  members: readonly Named[],
  chosen: ReadonlyMap<string, UserId>,
): readonly UserId[] | 'everyone' {
  const found = new Set<UserId>();
  for (const { name } of mentionSpots(text, namesOf(members))) {
    if (name === everyone.name) return 'everyone';
    // Of two with one name the one who was picked is meant; typed by hand it means both.
    const picked = chosen.get(name);
    const named = members.filter((member) => member.name === name).map(({ user }) => user);
    for (const user of picked === undefined ? named : [picked]) found.add(user);
  }
  return found.size > mentionsPerEntryMax ? 'everyone' : [...found];
}

function namesOf(members: readonly Named[]): readonly string[] {
  return [...members.map(({ name }) => name).filter((name) => name !== ''), everyone.name];
}

export interface Spot {
  readonly at: number;
  readonly name: string;
}

/** Where `@name` stands for one of these names; the longest that fits. */
export function mentionSpots(text: string, names: readonly string[]): readonly Spot[] {
  const byLength = [...new Set(names)].filter((name) => name !== '').toSorted((a, b) => b.length - a.length);
  const spots: Spot[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at > 0 && /[\p{L}\p{N}._-]/u.test(text.charAt(at - 1))) continue;
    const name = byLength.find(
      (each) => text.startsWith(each, at + 1) && !/^[\p{L}\p{N}]/u.test(text.slice(at + 1 + each.length)),
    );
    if (name !== undefined) spots.push({ at, name });
  }
  return spots;
}
