/** Permissions as people write them: `read,write`. */

import { Fault } from 'copse/internal/base/fault.ts';
import { permission } from 'copse/internal/client/index.ts';

const WORDS: readonly (readonly [string, number])[] = Object.entries(permission);

export function permissionWords(bits: number): string {
  return WORDS.filter(([, bit]) => (bits & bit) !== 0)
    .map(([word]) => word)
    .join(',');
}

export function permissionBits(words: string): number {
  return words.split(',').reduce((bits, word) => {
    const bit = WORDS.find(([name]) => name === word.trim())?.[1];
    if (bit === undefined)
      throw new Fault(
        'usage',
        `\`${word}\` is no permission; there are ${WORDS.map(([name]) => name).join(', ')}.`,
      );
    return bits | bit;
  }, 0);
}
