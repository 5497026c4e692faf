/** The key of a site in words (SPEC U27). */

import type { KeyState } from 'copse/internal/client/key-state.ts';

export interface KeyWords {
  readonly title: string;
  readonly more: string;
}

export function keyWords({ state, epoch, held }: KeyState): KeyWords {
  if (held === 'anew')
    return {
      title: `Key ${epoch}, made anew`,
      more: 'An admin made it without the one before, which you have. Ask them before you follow it; until then you neither read nor write what comes under it.',
    };
  if (held === 'no' && state !== 'rekeying')
    return {
      title: `Key ${epoch}, not here`,
      more: 'You have not been given it yet. When an admin who has it comes, it is handed to you.',
    };
  switch (state) {
    case 'current':
      return { title: `Key ${epoch}, current`, more: 'Everybody who is in has it, and nobody else.' };
    case 'due':
      return {
        title: 'New key due',
        more: 'Somebody left or lost a device. The next device of an admin that is here makes the new key; what is written until then waits.',
      };
    case 'rekeying':
      return {
        title: 'New key being made',
        more: 'A device of an admin is at it. What you write meanwhile waits on this device and goes out then.',
      };
  }
}

export function historyWords(isShown: boolean): string {
  return isShown
    ? 'Who joins can read what was written before.'
    : 'Who joins reads only what is written from then on.';
}
