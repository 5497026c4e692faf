/** The bytes of a domain as its own text, for what is signed by hand: a signature of COSE has no length in front. */

import { utf8 } from 'copse/internal/base/bytes.ts';

export const domainOf = (label: string): Uint8Array => utf8(`copse/1/${label}`);
