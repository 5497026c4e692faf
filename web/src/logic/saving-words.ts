/** What has become of the words that somebody writes in a document, in words. */

import type { Saving } from 'copse-yjs';

export interface SavingWords {
  readonly text: string;
  readonly icon: 'check' | 'clock' | 'warn';
}

export function savingWords({ kind }: Saving, mayWrite: boolean): SavingWords | null {
  switch (kind) {
    case 'saved':
      return mayWrite ? { text: 'Saved', icon: 'check' } : null;
    case 'saving':
      return { text: 'Saving …', icon: 'clock' };
    case 'waiting':
      return { text: 'Kept on this device', icon: 'clock' };
    case 'refused':
      return { text: 'Not saved', icon: 'warn' };
  }
}
