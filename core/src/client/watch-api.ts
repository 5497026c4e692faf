/**
 * What an application asks of the part of the client that watches the log of its node: names, keys and what is
 * said about the user, all of it verified there before it is answered (SPEC M9, M10, M12). Loaded when used.
 */

import { keyShape, timeShape } from '../api/model.ts';
import { claimShape } from '../api/names.ts';
import {
  claimNameBytesMax,
  claimsPerUserMax,
  emailBytesMax,
  methodBytesMax,
  namespaceBytesMax,
  noteBytesMax,
  noticesMax,
  signedBytesMax,
  trustAskedMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, text, uint, type Of } from '../wire/shape.ts';
import { trustShape } from './trust.ts';

const index = uint().about('Index of a leaf.');
const email = text(emailBytesMax);
const nameOf = struct({ namespace: text(namespaceBytesMax), name: text(claimNameBytesMax) });

export const standingShape = struct({
  index,
  user: keyShape,
  device: keyShape,
  method: text(methodBytesMax),
  timeMs: timeShape,
});
export type StandingRow = Of<typeof standingShape>;

/** A leaf about this user, or about an address of hers, that this device did not cause. */
export const noticeShape = struct({
  index,
  kind: choice('statement', 'withdrawal', 'claim', 'keyChange', 'nodeRevoked'),
  timeMs: timeShape,
  about: text(emailBytesMax).about('The address, a name, or empty.'),
  isMine: bool.about('Whether it is about the key of this user.'),
});
export type NoticeRow = Of<typeof noticeShape>;

const evidenceShape = text(2 * noteBytesMax + 2).about(
  'Two checkpoints that contradict each other, or empty.',
);

/** An alarm that somebody has looked into on this device (SPEC M17). */
export const pastAlarmShape = struct({
  fault: uint(255),
  detail: text(512),
  timeMs: timeShape.about('When that was.'),
  evidence: evidenceShape,
});
export type PastAlarmRow = Of<typeof pastAlarmShape>;
/** The newest stay; more than one is a node that should be left. */
export const pastAlarmsMax = 8;

/** Statements of an address that are answered; more stand for nobody. */
const STANDING_MAX = 512;

export const watchApi = contract({
  name: 'watch',
  doc: 'Names, keys and what the log of the node says, verified. Inside one device only.',
  calls: {
    claim: call(
      1,
      'Claims a name for this user.',
      nameOf,
      union({
        ok: [1, struct({ claim: claimShape, remarks: list(text(256), 8) })],
        taken: [2, struct({ claim: claimShape })],
      }),
      60_000,
    ),
    holder: call(2, 'Whose a name is.', nameOf, maybe(claimShape), 60_000),
    claims: call(
      3,
      'Names of a user, or of this one; all of them.',
      struct({ user: maybe(keyShape) }),
      list(claimShape, claimsPerUserMax),
      60_000,
    ),
    keysOf: call(
      4,
      'Who signs in with an address.',
      struct({ email }),
      list(standingShape, STANDING_MAX),
      60_000,
    ),
    withdraw: call(5, 'Ends a statement about this user.', struct({ statement: index }), nothing, 60_000),
    changeKey: call(
      6,
      'Puts a key change of this user into the log.',
      struct({ object: bytes(signedBytesMax) }),
      struct({ index }),
      60_000,
    ),
    keyOf: call(
      7,
      'The newest key change of a user, which she has signed; null when there is none.',
      struct({ user: keyShape }),
      maybe(struct({ index, object: bytes(signedBytesMax) })),
      60_000,
    ),
    watchEmail: call(
      8,
      'Whether leaves about an address of this user are to be noticed.',
      struct({ email, isWanted: bool }),
      nothing,
      60_000,
    ),
    notices: call(9, 'What was noticed, the newest first.', nothing, list(noticeShape, noticesMax), 60_000),
    checkpoint: call(
      10,
      'The checkpoint that this device holds, and the newest that others have signed.',
      nothing,
      struct({ note: text(noteBytesMax), witnessed: maybe(text(noteBytesMax)) }),
      60_000,
    ),
    requireNode: call(
      11,
      'Asks now whether the node has revoked its key, which is an alarm.',
      nothing,
      nothing,
      60_000,
    ),
    digitsWith: call(
      12,
      'The digits that this user and another one compare.',
      struct({ user: keyShape }),
      struct({ digits: text(64) }),
    ),
    check: call(
      13,
      'Checks all that the log says of a user; she stays unverified when that is nothing.',
      struct({ user: keyShape }),
      struct({ trust: trustShape }),
      60_000,
    ),
    compared: call(
      14,
      'Notes that the digits were compared, when those that were typed are right.',
      struct({ user: keyShape, digits: text(64) }),
      struct({ isRight: bool }),
      60_000,
    ),
    trustIn: call(
      15,
      'What this device knows of these keys.',
      struct({ users: list(keyShape, trustAskedMax) }),
      list(trustShape, trustAskedMax),
      60_000,
    ),
    alarms: call(
      17,
      'The evidence of the alarm that is raised, if it has any, and the alarms that were looked into here.',
      nothing,
      struct({ evidence: evidenceShape, past: list(pastAlarmShape, pastAlarmsMax) }),
    ),
    acknowledge: call(
      18,
      'Notes that somebody has looked into the alarm, and goes on with the log as the node shows it now.',
      nothing,
      nothing,
      60_000,
    ),
    look: call(16, 'Looks now at what the log says about this user.', nothing, nothing, 60_000),
  },
  casts: {},
  pushes: {},
});

export type WatchApi = Api<typeof watchApi>;
export type WatchRemote = Remote<typeof watchApi>;
