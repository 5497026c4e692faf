/** The neighbourhood as its rooms reach it; how it is opened is in `street-door.ts`. */

import { must } from 'copse/internal/base/assert.ts';
import { createContext, useContext } from 'solid-js';
import type { Street } from './neighbourhood/street.ts';

export const StreetContext = createContext<Street>();

export function useStreet(): Street {
  return must(useContext(StreetContext), 'a room of the neighbourhood stands in it');
}
