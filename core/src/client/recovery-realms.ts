/** Speaking to realms: as a stranger on a key made for this one visit, so that recovering needs no device. */

import type { Env } from '../base/env.ts';
import { asFault, type Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { recoveryApi, type RecoveryRemote } from '../api/recovery.ts';
import { openCard, type Card } from '../capability/recovery-card.ts';
import { recoveryIdAt, type RecoveryCode } from '../capability/recovery-code.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import { openAuth, type AuthSession } from './auth-session.ts';
import { signKeyOf, type SignKey } from './identity.ts';

/** What a runtime brings. */
export interface RecoveryTools {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly dial: (url: string) => Link;
  readonly askKey: (url: string) => Promise<Key>;
}

export interface Visit extends Disposable {
  readonly url: string;
  readonly node: Key;
  /** The key of this visit. */
  readonly device: SignKey;
  readonly remote: RecoveryRemote;
  readonly session: AuthSession;
}

/** Opens a session at a node; `known` is its key when it is not to be taken from the node itself. */
export async function visit(
  tools: RecoveryTools,
  url: string,
  how: { readonly known?: Key | null; readonly device?: SignKey } = {},
): Promise<Visit> {
  const { env, primitives } = tools;
  const node = how.known ?? (await tools.askKey(url));
  const device = how.device ?? (await signKeyOf(primitives, env.random(32)));
  const session = await openAuth({
    env,
    primitives,
    link: tools.dial(`${url.replace(/^http/, 'ws')}/auth`),
    node,
    device,
    blessing: null,
    events: { changed: () => {}, ended: () => {} },
  });
  const remote = session.facet(recoveryApi, {});
  return { url, node, device, remote, session, [Symbol.dispose]: () => session.close() };
}

/** A realm that was reached and has the card of this code. */
export interface Reached extends Visit {
  readonly card: Card;
  /** Under which the realm knows the recovery. */
  readonly id: Uint8Array;
}

export type Seen =
  | { readonly kind: 'here'; readonly realm: Reached }
  /** It is a node, but nothing opens under this code there. */
  | { readonly kind: 'unknown'; readonly url: string }
  | { readonly kind: 'offline'; readonly url: string; readonly fault: Fault };

/** Looks what a node knows of a recovery. */
export async function lookAtRealm(tools: RecoveryTools, code: RecoveryCode, url: string): Promise<Seen> {
  let visited: Visit;
  try {
    visited = await visit(tools, url);
  } catch (thrown) {
    return { kind: 'offline', url, fault: asFault(thrown) };
  }
  const seen = await cardOf(tools, code, visited);
  if (seen.kind !== 'here') visited[Symbol.dispose]();
  return seen;
}

async function cardOf(tools: RecoveryTools, code: RecoveryCode, visited: Visit): Promise<Seen> {
  const { url, node, remote } = visited;
  try {
    const id = recoveryIdAt(tools.primitives, code, node);
    const sealed = (await remote.card({ id })).card.slice();
    const card = await openCard(tools.primitives, code, sealed);
    return card === null ? { kind: 'unknown', url } : { kind: 'here', realm: { ...visited, card, id } };
  } catch (thrown) {
    return { kind: 'offline', url, fault: asFault(thrown) };
  }
}
