/**
 * Calls of a facet of auth (SPEC W14) from an application's objects to the session that the home has, maybe
 * in another tab: the bytes of a request go in, those of the answer come out, and the home need not know the
 * contract. Pushes of facets do not pass.
 */

import { Fault } from '../base/fault.ts';
import { facetBytesMax } from '../base/limits.ts';
import { call, contract, type Contract, type Remote } from '../wire/contract.ts';
import { decode, encode, makeShape, type Shape } from '../wire/shape.ts';
import type { AuthSession } from './auth-session.ts';

/** Whatever there is until the end of the message. */
const rest: Shape<Uint8Array> = makeShape<Uint8Array>({
  spec: { form: `rest(${facetBytesMax})` },
  bytesMax: facetBytesMax,
  write: (writer, value) => writer.raw(value),
  read(reader) {
    if (reader.left > facetBytesMax) throw new Fault('tooLarge', `at most ${facetBytesMax} bytes`);
    return reader.raw(reader.left);
  },
});

/** In the home: makes the call with this number. */
export async function carry(
  session: AuthSession,
  request: { readonly number: number; readonly bytes: Uint8Array },
): Promise<Uint8Array> {
  const any = contract({
    name: 'any',
    doc: 'A call of a facet that only its caller knows.',
    calls: { pass: call(request.number, 'Passed on.', rest, rest) },
    casts: {},
    pushes: {},
  });
  // A view into the message of the application would not outlive its turn.
  return (await session.facet(any, {}).pass(request.bytes.slice())).slice();
}

export type Carry = (request: {
  readonly number: number;
  readonly bytes: Uint8Array;
}) => Promise<{ readonly bytes: Uint8Array }>;

/** At the application: the facet as it is called over the tunnel. */
export function tunnelled<F extends Contract>(facet: F, pass: Carry): Remote<F> {
  const methods: Record<string, (request: unknown) => Promise<unknown>> = {};
  for (const [name, { number, request: asked, answer }] of Object.entries(facet.calls)) {
    methods[name] = async (request) => {
      const { bytes } = await pass({ number, bytes: encode<unknown>(asked, request) });
      return decode<unknown>(answer, bytes.slice());
    };
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a method per call of the contract was just made
  return methods as Remote<F>;
}
