/**
 * A contract without a link: the caller holds the session itself, behind the same promises, and an
 * unknown exception is `internal` here too, so that one process behaves like two (SPEC W10, W9).
 */

import { asFault } from '../base/fault.ts';
import type { Contract, Remote } from '../wire/contract.ts';

export function direct<K extends Contract>(contract: K, session: object): Remote<K> {
  const methods = session as Readonly<Record<string, (message: unknown) => unknown>>;
  const remote: Record<string, (message: unknown) => unknown> = {};
  for (const name of Object.keys(contract.calls)) {
    remote[name] = async (request) => {
      try {
        return await methods[name]!(request);
      } catch (thrown) {
        throw asFault(thrown);
      }
    };
  }
  for (const name of Object.keys(contract.casts)) remote[name] = (message) => void methods[name]!(message);
  return remote as Remote<K>;
}
