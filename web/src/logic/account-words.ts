/** What accounts and the operations on them are in words (SPEC Z18, Z19). */

import type { AccountBranch, AccountRow, AuditRow } from 'copse/internal/client/accounts.ts';
import { plural } from './numbers.ts';

export type AccountTone = 'there' | 'admin' | 'link' | 'ended';

export function toneOfAccount({ state, isAdmin }: AccountRow): AccountTone {
  if (state === 'link') return 'link';
  if (state !== 'there') return 'ended';
  return isAdmin ? 'admin' : 'there';
}

export function accountName({ name, state }: Pick<AccountRow, 'name' | 'state'>): string {
  if (name !== '') return name;
  return state === 'link' || state === 'over' ? 'A link without a name' : 'Somebody without a name';
}

const STATE_WORDS: Readonly<Record<AccountRow['state'], string>> = {
  there: '',
  link: 'link, not taken up',
  over: 'link, over',
  removed: 'removed',
  gone: 'removed for good',
};

/** Short, for a tag beside the name; empty when nothing is special. */
export function accountTag(row: AccountRow): string {
  return row.state === 'there' && row.isAdmin ? 'admin' : STATE_WORDS[row.state];
}

/** What an account can do, in a line. */
export function accountLine({ quota, children }: Pick<AccountRow, 'quota' | 'children'>): string {
  const may = quota === 0 ? 'may let in nobody more' : `may let in ${quota.toLocaleString('en')} more`;
  return children === 0 ? may : `let in ${children.toLocaleString('en')}, ${may}`;
}

/** Who removed an account, when and why. */
export function removalWords(row: AccountRow, dateOf: (ms: number) => string): string {
  const { removal } = row;
  if (removal === null) return '';
  const by = removal.by === '' ? 'the node' : removal.by;
  const whom = removal.whom === row.name ? '' : ` with ${removal.whom || 'somebody above'}`;
  const why = removal.reason === '' ? '' : `: ${removal.reason}`;
  return `Removed${whom} by ${by}, ${dateOf(removal.atMs)}${why}`;
}

/** One row of the trail as a sentence. */
export function auditSentence({ kind, actor, target, act }: AuditRow): string {
  const who = actor === '' ? 'The node' : actor;
  const whom = target === '' ? 'somebody' : target;
  if (act === null) return `${who} is said to have done something to ${whom}, and the proof does not hold`;
  switch (act.kind) {
    case 'issue':
      return `The node let ${whom} in`;
    case 'add':
      return `${who} invited ${whom}, who may let in ${act.quota === 0 ? 'nobody' : plural(act.quota, 'person', 'people')}`;
    case 'give':
      return `${who} gave ${whom} ${plural(act.count, 'account')}`;
    case 'take':
      return `${who} took ${plural(act.count, 'account')} back from ${whom}`;
    case 'name':
      return `${who} called somebody ${act.name}`;
    case 'replace':
      return `${whom} has a new key`;
    case 'succeed':
      return `${whom} began anew after a reset`;
    case 'remove': {
      const others = act.extent === 'all' ? ' and everybody below' : '';
      return `${who} removed ${whom}${others}${act.reason === '' ? '' : `: ${act.reason}`}`;
    }
    case 'restore':
      return `${who} restored ${whom}`;
  }
  return kind;
}

/** Everybody of the branches, each before those below. */
export function everyAccount(branches: readonly AccountBranch[]): readonly AccountRow[] {
  return branches.flatMap(({ account, below }) => [account, ...everyAccount(below)]);
}
