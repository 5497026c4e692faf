/** Where a message stands: its contract, its name, and which part of a call it is. */

import { must } from 'copse/internal/base/assert.ts';
import type { Contract } from 'copse/internal/wire/contract.ts';
import type { Shape } from 'copse/internal/wire/shape.ts';
import { CONTRACTS } from './make/messages.ts';

export interface MessagePlace {
  readonly contract: string;
  readonly message: string;
  readonly part: 'request' | 'answer' | 'cast' | 'push';
}

export function shapeFor({ contract, message, part }: MessagePlace): Shape<unknown> {
  const { calls, casts, pushes }: Contract = must(
    CONTRACTS.find(({ name }) => name === contract),
    'a contract',
  );
  switch (part) {
    case 'request':
    case 'answer':
      return must(calls[message], 'a call')[part];
    case 'cast':
      return must(casts[message], 'a cast').message;
    case 'push':
      return must(pushes[message], 'a push').message;
  }
}
