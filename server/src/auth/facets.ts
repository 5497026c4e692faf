/** The objects that answer the facets of a session, by the names of their contracts (`api/facets.ts`). */

import type { Gate } from './gate.ts';

export function facetsOf(_gate: Gate): Readonly<Record<string, object>> {
  return {};
}
