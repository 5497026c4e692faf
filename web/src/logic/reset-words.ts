/** A request to begin anew, in words (SPEC U34). */

import type { ResetState } from 'copse/internal/client/recovery-reset.ts';

const STATES: Readonly<Record<ResetState, { readonly title: string; readonly text: string }>> = {
  waiting: {
    title: 'An admin of this node decides',
    text: 'Nobody has decided yet. This page looks again by itself; you can also close it and come back.',
  },
  approved: {
    title: 'You may begin anew',
    text: 'Your old keys and devices have ended. Your sites wait for one of their admins each, who asks for the same code.',
  },
  refused: {
    title: 'It was refused',
    text: 'Speak to who runs this node, and ask again when they expect it.',
  },
  unknown: {
    title: 'The node does not know of it any more',
    text: 'It waited too long, or the node was set back. Ask again.',
  },
};

export function resetWords(state: ResetState): { readonly title: string; readonly text: string } {
  return STATES[state];
}

/** What is wrong with the number of a person, or null. */
export function numberProblem(text: string): string | null {
  const typed = text.replaceAll(/\s+/gu, '');
  if (typed === '') return 'Type your number.';
  if (!/^[0-9a-f]*$/iu.test(typed))
    return 'It has the digits 0 to 9 and the letters a to f, and nothing else.';
  return typed.length === 16 ? null : `It has sixteen digits; these are ${typed.length}.`;
}
