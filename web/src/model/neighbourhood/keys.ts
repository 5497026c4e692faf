/** Keys as the pages name people: 64 hex digits, as in addresses. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { interest } from 'copse/neighbourhood';

/** A person by her key, in hex. */
export type PersonKey = string;

export function keyOf(person: PersonKey): Key {
  return key(must(fromHex(person), 'a person is named by her key in hex'));
}

export function personOf(of: Uint8Array): PersonKey {
  return hex(of);
}

type Interest = ReturnType<typeof interest>;

/** What leads to messages of or about this, which is a key or an id in hex. */
export function leads(relation: Interest['relation'], to: string): Interest {
  return interest(relation, must(fromHex(to), 'keys and ids are hex'));
}
