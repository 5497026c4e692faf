/** Browsers for tests of the primitives: one that has all curves, and one that has none but to verify with. */

import type { Primitives } from '../../crypto/primitives.ts';
import { browserPrimitives } from '../primitives.ts';

/** A browser that never loads what its WebCrypto would lack. */
export function onlyWebCrypto(): Primitives {
  return browserPrimitives(crypto.subtle, () => Promise.reject(new Error('the curves were loaded')));
}

/** As a browser answers that does not know a curve: it still verifies, which nothing else may do (SPEC C1). */
export function withoutCurves(name = 'NotSupportedError'): Primitives {
  return browserPrimitives(lacking(({ format }) => format === 'pkcs8', name));
}

/** As Firefox 140 does: it signs and agrees with a key of which it knows the secret alone, and does not export it. */
export function withoutExport(): Primitives {
  return browserPrimitives(
    new Proxy(crypto.subtle, {
      get(target, property) {
        if (property === 'exportKey')
          return () => Promise.reject(new DOMException('for its own reason', 'OperationError'));
        const member: unknown = Reflect.get(target, property);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  );
}

export interface ImportRequest {
  readonly format: unknown;
  readonly algorithm: unknown;
}

/** WebCrypto whose `importKey` fails with a DOMException of this name for some keys. */
export function lacking(isLacking: (request: ImportRequest) => boolean, name: string): SubtleCrypto {
  return new Proxy(crypto.subtle, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      if (property !== 'importKey') return member.bind(target);
      return (...given: readonly unknown[]) => {
        const [format, , algorithm] = given;
        if (isLacking({ format, algorithm })) return Promise.reject(new DOMException('no', name));
        return Reflect.apply(member, target, given);
      };
    },
  });
}
