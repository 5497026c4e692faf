/**
 * The calls that the node takes over HTTP (SPEC O1): most are calls of the link of auth, with its shapes; those
 * that a link does not need are declared here. `docs/http.md` lists them from this table.
 */

import { authApi } from 'copse/internal/api/auth.ts';
import { guidShape, tokenShape } from 'copse/internal/api/model.ts';
import { namesApi } from 'copse/internal/api/names.ts';
import { rightsApi } from 'copse/internal/api/rights.ts';
import { signedBytesMax } from 'copse/internal/base/limits.ts';
import { struct } from 'copse/internal/wire/compound.ts';
import { call, type Call, type Contract } from 'copse/internal/wire/contract.ts';
import { bytes, uint } from 'copse/internal/wire/shape.ts';

const shardShape = uint(0xffff).about('Number of a shard, from `shardMap`.');
const tokenAnswer = authApi.calls.login.answer;

/** Calls of the HTTP door itself; their numbers are used nowhere. */
export const ownCalls = {
  shardMap: call(
    1,
    authApi.calls.shardMap.doc,
    authApi.calls.shardMap.request,
    authApi.calls.shardMap.answer,
  ),
  login: call(
    2,
    'A connect token for a device that shows a blessing of a known user. The same guid gets the same token for a minute.',
    struct({
      shard: shardShape,
      guid: guidShape,
      blessing: bytes(signedBytesMax).about('By the user, for this device.'),
    }),
    tokenAnswer,
  ),
  refresh: call(
    3,
    'The successor of a connect token. The same guid gets the same token for a minute.',
    struct({ shard: shardShape, token: tokenShape, guid: guidShape }),
    tokenAnswer,
  ),
};

export type OwnCall = keyof typeof ownCalls;

/** What the caller of a call shows: nothing, a proof of its key, or a token as well. */
export type Shows = 'nothing' | 'key' | 'token';

export interface HttpCall {
  readonly call: Call<unknown, unknown>;
  readonly shows: Shows;
  /** The contract of the link that answers it, or null when the door does. */
  readonly of: Contract | null;
}

const own = (name: OwnCall, shows: Shows): HttpCall => ({ call: ownCalls[name], shows, of: null });

function linked(of: Contract, name: string): HttpCall {
  const declared = of.calls[name];
  if (declared === undefined) throw new Error(`${of.name} has no call ${name}`);
  return { call: declared, shows: 'token', of };
}

export const httpCalls: Readonly<Record<string, HttpCall>> = {
  shardMap: own('shardMap', 'nothing'),
  login: own('login', 'key'),
  refresh: own('refresh', 'key'),
  lease: linked(rightsApi, 'lease'),
  whoami: linked(authApi, 'whoami'),
  join: linked(authApi, 'join'),
  leave: linked(authApi, 'leave'),
  updateProfile: linked(authApi, 'updateProfile'),
  logout: linked(authApi, 'logout'),
  claim: linked(namesApi, 'claim'),
  holder: linked(namesApi, 'holder'),
  declare: linked(rightsApi, 'declare'),
  origins: linked(rightsApi, 'origins'),
  setOrigins: linked(rightsApi, 'setOrigins'),
};
