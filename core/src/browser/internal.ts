/**
 * What a judge needs of the package for browsers and an application does not: no promise to anybody. It is built
 * as if the entry imported it later, so it holds none of what it names here, and whoever imports it runs the code
 * of the published entry (`scripts/build/later.ts`, decision 21). Imported and exported in two steps, because
 * the build replaces imports.
 */

import { AssertionError, must } from '../base/assert.ts';
import { concat, equal, fromHex, hex, utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { agree, exchangeKeyOf, newExchangeKey } from '../crypto/agree.ts';
import { hkdfExpand, hkdfExtract } from '../crypto/hash.ts';
import { hpkeKeys, hpkeOpen, hpkeSeal, hpkeSealWith } from '../crypto/hpke.ts';
import { signRaw, verifyRaw } from '../crypto/sign.ts';
import { browserPrimitives } from './primitives.ts';

export { AssertionError, must };
export { concat, equal, fromHex, hex, utf8 };
export { realEnv };
export { agree, exchangeKeyOf, newExchangeKey };
export { hkdfExpand, hkdfExtract };
export { hpkeKeys, hpkeOpen, hpkeSeal, hpkeSealWith };
export { signRaw, verifyRaw };
export { browserPrimitives };
