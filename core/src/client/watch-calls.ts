/** Calls of the watch on a node's log (`node-watch.ts`): those that come in, and the pages of a chain that go out. */

import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import type { Chain, NamesRemote } from '../api/names.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { emailLabel, normalEmail, userLabel, type Label } from '../transparency/label.ts';
import { decode, encode } from '../wire/shape.ts';
import { watchApi, type WatchApi } from './watch-api.ts';

/** Answers a call of `watchApi`, as it comes from an application. */
export async function answerTo(watch: WatchApi, number: number, bytes: Uint8Array): Promise<Uint8Array> {
  for (const [name, declared] of Object.entries(watchApi.calls)) {
    if (declared.number !== number) continue;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it implements the contract whose names these are
    const method = Reflect.get(watch, name) as (request: unknown) => Promise<unknown>;
    const answer = await method.call(watch, decode<unknown>(declared.request, bytes));
    return encode<unknown>(declared.answer, answer);
  }
  throw new Fault('unknown', 'no such call');
}

/** A page that a chain goes on with. */
export type AskPage = (before: number | null) => Promise<{ readonly chain: Chain; readonly label: Label }>;

export function askUser(primitives: Primitives, names: NamesRemote, user: Key): AskPage {
  const label = userLabel(primitives, user);
  return async (before) => ({ chain: await names.ofUser({ user, before }), label });
}

export function askEmail(primitives: Primitives, names: NamesRemote, email: string): AskPage {
  const normal = normalEmail(email);
  if (normal === null) throw new Fault('malformed', 'not an e-mail address');
  return async (before) => {
    const { opening, chain } = await names.ofEmail({ email: normal, before });
    return { chain, label: emailLabel(primitives, opening, normal) };
  };
}
