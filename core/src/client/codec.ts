/** How values become bytes when an application says nothing else: JSON in UTF-8. */

import { fromUtf8, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { Codec } from './types.ts';

export const json: Codec<unknown> = {
  encode(value) {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new Fault('malformed', 'This value has no form in JSON.');
    return utf8(text);
  },
  decode(bytes) {
    const text = fromUtf8(bytes);
    if (text === null) throw new Fault('malformed', 'not UTF-8');
    return JSON.parse(text);
  },
};

/** The value of bytes, or undefined when the codec does not understand them. */
export function decodeOr<T>(codec: Codec<T>, bytes: Uint8Array): { readonly value: T } | undefined {
  try {
    return { value: codec.decode(bytes) };
  } catch {
    return undefined;
  }
}
