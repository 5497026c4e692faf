/**
 * A contract without a link: the caller holds the session itself, behind the same promises. A call ends
 * at its deadline and an unknown exception is `internal` here too, so that one process behaves like two
 * (SPEC W9, W10, W11).
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { Contract, Remote } from '../wire/contract.ts';

/** The names of a contract and how long its calls may take. */
export interface Sketch<K extends Contract> {
  readonly calls: { readonly [Name in keyof K['calls']]: { readonly deadlineMs: number } };
  readonly casts: { readonly [Name in keyof K['casts']]: unknown };
}

type Methods = Readonly<Record<string, (message: unknown) => unknown>>;

/** The contract itself, or a sketch of it where its shapes are not to be loaded. */
export function direct<K extends Contract>(contract: K | Sketch<K>, session: object, env: Env): Remote<K> {
  const methods = session as Methods;
  const remote: Record<string, (message: unknown) => unknown> = {};
  for (const [name, { deadlineMs }] of Object.entries(contract.calls)) {
    remote[name] = (request) => within(env, deadlineMs, () => methods[name]!(request));
  }
  for (const name of Object.keys(contract.casts)) {
    remote[name] = (message) => {
      try {
        methods[name]!(message);
      } catch (thrown) {
        // Over a link this would end the link, never reach the caller.
        env.log('error', 'direct.cast', { name, fault: asFault(thrown).code });
      }
    };
  }
  return remote as Remote<K>;
}

async function within(env: Env, deadlineMs: number, call: () => unknown): Promise<unknown> {
  let timer: Timer | null = null;
  try {
    const answer = call();
    if (!(answer instanceof Promise)) return answer;
    const late = new Promise((_, reject) => {
      timer = env.after(deadlineMs, () => reject(new Fault('deadline')));
    });
    return await Promise.race([answer, late]);
  } catch (thrown) {
    throw asFault(thrown);
  } finally {
    cancel(timer);
  }
}

/** The compiler does not see that the timer was set inside the promise. */
function cancel(timer: Timer | null): void {
  timer?.cancel();
}
