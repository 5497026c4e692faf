/**
 * The contract of auth: identities, rights and keys. `authApi` is what a device may call after the
 * handshake (a stranger only the calls marked so); `authInternal` is what the tail may. What the proofs
 * in it sign is declared in `capability/possession.ts`. The client loads its calls in two parts (decision 12).
 */

import {
  caveatsMax,
  changesPerPageMax,
  holdingsMax,
  proofDepthMax,
  siteOriginsMax,
  tokenKeysMax,
} from '../base/limits.ts';
import { authorsAskedMax } from '../base/limits-notify.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bool, fixed, text, uint, type Of } from '../wire/shape.ts';
import { authActs } from './auth-acts.ts';
import { authBasics, proof, shardShape } from './auth-basics.ts';
import {
  caveatShape,
  deviceIdShape,
  epochShape,
  keyShape,
  logIdShape,
  originShape,
  permissionsShape,
  siteIdShape,
  standingIdShape,
  timeShape,
  userIdShape,
} from './model.ts';

export const authApi = contract({
  name: 'auth',
  doc: 'Identities, rights and keys. Runs inside the encrypted channel of the handshake. Strangers (no blessing) may call signup, invitation, shardMap and refresh.',
  calls: byNumber({ ...authBasics.calls, ...authActs.calls }),
  casts: {},
  pushes: authBasics.pushes,
});

/** As they are told. */
function byNumber<C extends Readonly<Record<string, { readonly number: number }>>>(calls: C): C {
  const sorted = Object.entries(calls).toSorted(([, a], [, b]) => a.number - b.number);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same entries in another order
  return Object.fromEntries(sorted) as C;
}

/**
 * A change that the tail must know: from this sequence on, older epochs, this grant or what stands on this
 * attestation no longer count; or a user has more than she had; or other pages may use a site.
 */
export const changeShape = union({
  device: [1, struct({ device: deviceIdShape, minEpoch: epochShape })],
  user: [2, struct({ user: userIdShape, minEpoch: epochShape })],
  grant: [3, struct({ user: userIdShape, site: siteIdShape })],
  site: [4, struct({ site: siteIdShape, keyEpoch: epochShape })],
  fallen: [5, struct({ attestation: standingIdShape })],
  widened: [6, struct({ user: userIdShape, site: siteIdShape })],
  origins: [7, struct({ site: siteIdShape })],
});
export type Change = Of<typeof changeShape>;

/** A key of the tokens of one shard: good for a day, known the day before and after. */
const tokenKeyShape = struct({
  number: uint(255).about('As in the token.'),
  key: fixed(32).about('Of the HMAC.'),
});
export type ShardTokenKey = Of<typeof tokenKeyShape>;

const seqShape = uint().about('Number of a change; they rise.');

const stands = list(standingIdShape, holdingsMax * proofDepthMax).about(
  'Attestations that it stands on: it ends when one falls.',
);

const accessShape = struct({
  permissions: permissionsShape.about('Without conditions; 0 is none.'),
  conditional: list(
    struct({
      permissions: permissionsShape,
      expiresMs: timeShape.about('0: never.'),
      caveats: list(caveatShape, caveatsMax * proofDepthMax),
    }),
    holdingsMax,
  ).about('What more is permitted where the caveats hold, which the tail finds out.'),
  stands,
  keyEpoch: epochShape,
  origins: list(originShape, siteOriginsMax).about('Of pages that may use the site; none: all pages.'),
  expiresMs: timeShape.about('0: never.'),
  provable: bool.about('More may be permitted by a proof that the node does not keep.'),
  seq: seqShape,
});

export const authInternal = contract({
  name: 'authInternal',
  doc: 'What a tail asks of auth and follows. Only between the services of one operator.',
  calls: {
    access: call(
      1,
      'What a user may do on a log of a site now; `seq` is the change that the answer already contains.',
      struct({ user: userIdShape, device: deviceIdShape, site: siteIdShape, log: logIdShape }),
      accessShape,
    ),
    prove: call(
      3,
      'The same by a proof that a device presents, whose last attestation is made out to the user (SPEC R8).',
      struct({ user: userIdShape, device: deviceIdShape, site: siteIdShape, log: logIdShape, proof }),
      accessShape,
    ),
    follow: call(
      2,
      'Changes after `from`, oldest first; when there are no `more`, pushes follow from `seq`. Devices and grants that changed twice appear once.',
      struct({ shard: shardShape, from: seqShape }),
      struct({
        seq: uint().about('The last change that this answer contains.'),
        more: bool.about('Call again from `seq`.'),
        reset: bool.about(
          '`from` is not known any more: drop all leases, then apply what is still in force.',
        ),
        changes: list(changeShape, changesPerPageMax),
        keys: list(tokenKeyShape, tokenKeysMax),
        node: keyShape,
      }),
    ),
    own: call(
      4,
      'Says that a shard is served at an address from an epoch on; of two tails that say so, the one with the higher epoch counts.',
      struct({
        shard: shardShape,
        epoch: epochShape,
        url: text(512).about('WebSocket address of the tail.'),
      }),
      nothing,
    ),
    usersOf: call(
      5,
      'Whose these devices are.',
      struct({ devices: list(deviceIdShape, authorsAskedMax) }),
      struct({
        users: list(maybe(userIdShape), authorsAskedMax).about(
          'In the same order; none: no device of this node.',
        ),
      }),
    ),
  },
  casts: {},
  pushes: {
    change: push(1, 'One change.', struct({ seq: seqShape, change: changeShape })),
    beat: push(2, 'Heartbeat: nothing newer than `seq`.', struct({ seq: seqShape })),
    keys: push(
      3,
      'The token keys of the shard from now on; all others are forgotten.',
      struct({ keys: list(tokenKeyShape, tokenKeysMax) }),
    ),
  },
});

export type AuthApi = Api<typeof authApi>;
export type AuthRemote = Remote<typeof authApi>;
export type AuthEvents = Events<typeof authApi>;
export type AuthInternal = Api<typeof authInternal>;
export type AuthInternalEvents = Events<typeof authInternal>;
