/** What the log of a node says about a user, in words; and who has signed what it looks like (SPEC U25). */

import type { NodeCheckpoint, Notice } from 'copse/internal/client/names.ts';

export interface NoticeWords {
  readonly what: string;
  readonly more: string;
  /** Somebody else's doing, or the node's: to be looked at. */
  readonly isStrange: boolean;
}

export function noticeWords({ kind, about, isMine }: Notice): NoticeWords {
  const isStrange = !isMine || kind === 'nodeRevoked';
  return { isStrange, ...wordsOf(kind, about === '' ? 'you' : about, isMine) };
}

function wordsOf(kind: Notice['kind'], about: string, isMine: boolean): Omit<NoticeWords, 'isStrange'> {
  switch (kind) {
    case 'statement':
      return isMine
        ? {
            what: `A device of yours signed in as ${about}`,
            more: 'If it was none of yours, shut it out under Devices.',
          }
        : {
            what: `Another key signed in as ${about}`,
            more: 'If that was not you, somebody has your mailbox, or the node says what is not so. Look at your mailbox, then ask who runs the node.',
          };
    case 'withdrawal':
      return { what: `A sign-in as ${about} was ended`, more: 'It opens nothing any more.' };
    case 'claim':
      return isMine
        ? { what: `The name ${about} is yours`, more: 'It is given once and for good.' }
        : {
            what: `The name ${about} went to another key`,
            more: 'It was free; nobody can take one that is given.',
          };
    case 'keyChange':
      return {
        what: 'Your keys changed',
        more: 'As after a device was revoked. If you revoked none, look at Devices.',
      };
    case 'nodeRevoked':
      return {
        what: 'The key of the node was revoked',
        more: 'Who runs it says that it is not to be trusted any more. Ask them for the new one, not by this app.',
      };
  }
}

export interface Cosigner {
  readonly name: string;
  readonly hasSigned: boolean;
}

/** Whose signatures the node asks for, and whether they stand below the newest witnessed checkpoint. */
export function cosignersOf(
  { witnessed }: Pick<NodeCheckpoint, 'witnessed'>,
  known: readonly string[],
): readonly Cosigner[] {
  const signed = new Set(
    (witnessed ?? '').split('\n').flatMap((line) => {
      const [dash, name, signature] = line.split(' ');
      return dash === '—' && name !== undefined && signature !== undefined ? [name] : [];
    }),
  );
  return known.map((word) => {
    const name = word.split('+')[0] ?? word;
    return { name, hasSigned: signed.has(name) };
  });
}
