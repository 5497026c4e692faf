/** A session whose calls pass a gate first: the rate of strangers at one address (SPEC Z76). */

import type { Contract } from 'copse/internal/wire/contract.ts';

type Method = (request: unknown) => unknown;

/** Answers the calls and casts of a contract as `session` does, once `take` has let them pass. */
export function metered(
  contract: Contract,
  session: object & Disposable,
  take: () => void,
): object & Disposable {
  const methods: Record<string, Method> = {};
  for (const name of [...Object.keys(contract.calls), ...Object.keys(contract.casts)]) {
    const method: unknown = Reflect.get(session, name);
    if (typeof method !== 'function') continue;
    methods[name] = (request) => {
      take();
      return Reflect.apply(method, session, [request]);
    };
  }
  return Object.assign(methods, { [Symbol.dispose]: () => session[Symbol.dispose]() });
}
