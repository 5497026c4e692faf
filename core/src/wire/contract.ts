/**
 * A contract declares a service once: calls (answered), casts (not answered) and pushes (from the
 * service to the caller). Its value yields the interface that the plain class implements *and* the one
 * that a remote caller uses, so a service can be linked in or deployed apart without a second text.
 */

import { assert } from '../base/assert.ts';
import { callMs } from '../base/limits.ts';
import type { Of, Shape } from './shape.ts';

export interface Call<Q, A> {
  readonly number: number;
  readonly doc: string;
  readonly request: Shape<Q>;
  readonly answer: Shape<A>;
  readonly deadlineMs: number;
}

export interface Cast<M> {
  readonly number: number;
  readonly doc: string;
  readonly message: Shape<M>;
}

export function call<Q, A>(
  number: number,
  doc: string,
  request: Shape<Q>,
  answer: Shape<A>,
  deadlineMs: number = callMs,
): Call<Q, A> {
  return { number, doc, request, answer, deadlineMs };
}

export function cast<M>(number: number, doc: string, message: Shape<M>): Cast<M> {
  return { number, doc, message };
}

/** A message from the service to its caller; the same form as a cast. */
export const push: typeof cast = cast;

// oxlint-disable typescript/no-explicit-any -- calls are invariant in their types; only `any` lets a record of them infer each
type Calls = Readonly<Record<string, Call<any, any>>>;
type Casts = Readonly<Record<string, Cast<any>>>;
// oxlint-enable typescript/no-explicit-any

export interface Contract<C extends Calls = Calls, S extends Casts = Casts, P extends Casts = Casts> {
  readonly name: string;
  readonly doc: string;
  readonly calls: C;
  readonly casts: S;
  readonly pushes: P;
}

/** What the class implements: a call answers a value or a promise of it. */
export type Api<K> =
  K extends Contract<infer C, infer S, infer _P>
    ? {
        [N in keyof C]: (request: Of<C[N]['request']>) => Of<C[N]['answer']> | Promise<Of<C[N]['answer']>>;
      } & { [N in keyof S]: (message: Of<S[N]['message']>) => void }
    : never;

/** What the caller holds: a call is always a promise. */
export type Remote<K> =
  K extends Contract<infer C, infer S, infer _P>
    ? {
        readonly [N in keyof C]: (request: Of<C[N]['request']>) => Promise<Of<C[N]['answer']>>;
      } & { readonly [N in keyof S]: (message: Of<S[N]['message']>) => void }
    : never;

/** What the caller listens to. */
export type Events<K> =
  K extends Contract<infer _C, infer _S, infer P>
    ? { readonly [N in keyof P]: (message: Of<P[N]['message']>) => void }
    : never;

export function contract<const C extends Calls, const S extends Casts, const P extends Casts>(
  declaration: Contract<C, S, P>,
): Contract<C, S, P> {
  const up = [...Object.values(declaration.calls), ...Object.values(declaration.casts)].map((m) => m.number);
  assert(new Set(up).size === up.length, `${declaration.name}: numbers of calls and casts differ`);
  const down = Object.values(declaration.pushes).map((m) => m.number);
  assert(new Set(down).size === down.length, `${declaration.name}: numbers of pushes differ`);
  return declaration;
}
