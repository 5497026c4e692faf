/** Recovery as an application sees it: `copse.recovery`, loaded with the first call of it. */

import type { Recovery } from './recovery-desk.ts';

export type { Recovery } from './recovery-desk.ts';

/** Each of its methods answers later, so each can wait until what it does is there. */
export function lazyRecovery(make: () => Promise<Recovery>): Recovery {
  let made: Promise<Recovery> | null = null;
  const get = (_: object, name: string | symbol): unknown => {
    // It is no promise itself.
    if (name === 'then') return undefined;
    return async (...given: readonly unknown[]): Promise<unknown> => {
      const recovery = await (made ??= make());
      return Reflect.apply(Reflect.get(recovery, name), recovery, given);
    };
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that it has are methods that answer later
  return new Proxy({}, { get }) as Recovery;
}
