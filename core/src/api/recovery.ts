/**
 * The contract of recovery, a facet of auth (SPEC P6-P12): what a node does as a realm for those who lost
 * their devices, and how a user who cannot recover starts anew with an admin's approval. What the proofs in
 * it sign is declared in `capability/recovery-proof.ts`.
 */

import {
  nameBytesMax,
  recoveryCardBytes,
  recoveryGrantsMax,
  recoveryTriesMax,
  resetsMax,
  signedBytesMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import {
  keyShape,
  nameShape,
  permissionsShape,
  signatureShape,
  siteIdShape,
  timeShape,
  userIdShape,
} from './model.ts';

const idShape = fixed(16).about(
  'Of the recovery at this realm: derived from the code and the key of the node.',
);
const cardShape = fixed(recoveryCardBytes + 28).about('Sealed card.');
const triesShape = uint(recoveryTriesMax);
const ownerProof = struct({
  owner: keyShape.about("The user's recovery key."),
  proof: signatureShape.about('By it, for this call on this connection (domain `recovery/own`).'),
});
const requestShape = fixed(16).about('Random id of a request for a reset.');

export const grantRowShape = struct({
  key: keyShape.about('One-time key: the id of the grant.'),
  expiresMs: timeShape,
  state: choice('open', 'used', 'expired'),
});

export const resetRowShape = struct({
  request: requestShape,
  user: userIdShape.about('Whom the caller says to be.'),
  name: nameShape.about('Of that user.'),
  key: keyShape.about('Her new key.'),
  agree: keyShape.about('Her new X25519 key.'),
  proof: signatureShape.about('By the new key, over the claim (domain `recovery/reset`).'),
  words: text(nameBytesMax).about('What she says to the admin.'),
  createdMs: timeShape,
});
export type ResetRow = Of<typeof resetRowShape>;

export const pendingShape = struct({
  site: siteIdShape,
  user: userIdShape.about('The new user.'),
  was: userIdShape.about('The user whose place she takes.'),
  name: nameShape,
  permissions: permissionsShape.about('What the former user held.'),
  key: keyShape,
  agree: keyShape,
  proof: signatureShape.about('By the new key, over the claim (domain `recovery/reset`).'),
});
export type PendingRow = Of<typeof pendingShape>;

export const recoveryApi = contract({
  name: 'recovery',
  doc: 'A node as a realm of PIN recovery, and resets. Open to strangers: card, evaluate, unlock, register, remove, status, resetAsk, resetState.',
  calls: {
    card: call(
      128,
      'The sealed card of a recovery. An id that nobody registered has one too, which opens under no code.',
      struct({ id: idShape }),
      struct({ card: cardShape }),
    ),
    evaluate: call(
      129,
      'Counts a guess, then evaluates a blinded PIN. An id that nobody registered is counted and answered alike.',
      struct({ id: idShape, blinded: fixed(32).about('Element of ristretto255.') }),
      union({
        ok: [1, struct({ evaluated: fixed(32), proof: fixed(64), triesLeft: triesShape })],
        locked: [2, nothing],
      }),
    ),
    unlock: call(
      130,
      'Proves a right PIN: the guesses are forgotten and the share is given back.',
      struct({ id: idShape, tag: fixed(32).about('MAC by the unlocking key.') }),
      union({
        ok: [1, struct({ share: fixed(32) })],
        wrong: [2, struct({ triesLeft: triesShape })],
        locked: [3, nothing],
      }),
    ),
    register: call(
      131,
      'Makes this node a realm, or replaces an older registration of the same owner and forgets its guesses.',
      struct({
        id: idShape,
        seed: fixed(32).about('Of the key for evaluations.'),
        card: cardShape,
        tag: fixed(32),
        share: fixed(32),
        triesMax: triesShape,
        madeMs: timeShape.about('Of the card; an older one does not replace a newer one.'),
        own: ownerProof,
        admission: union({
          user: [1, struct({ key: keyShape.about('A user of this node.'), proof: signatureShape })],
          grant: [2, struct({ key: keyShape.about('One-time key of a grant.'), proof: signatureShape })],
          owner: [3, nothing],
        }).about('By whom the node lets the owner in (domain `recovery/admit`); `owner`: already here.'),
      }),
      nothing,
    ),
    remove: call(
      132,
      'Forgets a registration and all its secrets.',
      struct({ id: idShape, own: ownerProof }),
      nothing,
    ),
    status: call(
      133,
      'What has become of a registration, for its owner.',
      struct({ id: idShape, own: ownerProof }),
      struct({
        triesLeft: triesShape,
        triesMax: triesShape,
        madeMs: timeShape,
        askedMs: maybe(timeShape).about('The last guess.'),
        recoveredMs: maybe(timeShape).about('The last recovery.'),
        locked: bool,
      }),
    ),
    grant: call(
      134,
      'Lets whoever holds a one-time key make this node her realm, once.',
      struct({ key: keyShape, expiresMs: timeShape }),
      nothing,
    ),
    grants: call(135, 'The grants of the caller.', nothing, list(grantRowShape, 4 * recoveryGrantsMax)),
    resetAsk: call(
      136,
      'Asks the admins to let a new key take the place of a user who has lost hers. Open to strangers.',
      struct({
        request: requestShape,
        user: userIdShape,
        key: keyShape,
        agree: keyShape,
        proof: signatureShape.about('By the new key (domain `recovery/reset`).'),
        blessing: bytes(signedBytesMax).about('By the new key, for this device.'),
        deviceName: nameShape,
        words: text(nameBytesMax).about('For the admin.'),
      }),
      nothing,
    ),
    resetState: call(
      137,
      'What has become of a request; whoever knows its id may ask. Open to strangers.',
      struct({ request: requestShape }),
      struct({ state: choice('waiting', 'approved', 'refused', 'unknown') }),
    ),
    resets: call(
      138,
      'Requests that wait, for an admin of the node.',
      nothing,
      list(resetRowShape, resetsMax),
    ),
    resetDecide: call(
      139,
      'Approves or refuses a request, by an admin of the node. The old key, its devices and its memberships end.',
      struct({ request: requestShape, approve: bool }),
      nothing,
    ),
    pendings: call(
      140,
      'Memberships that wait for an admin of their site: those of a site, or the own ones.',
      struct({ site: maybe(siteIdShape) }),
      list(pendingShape, resetsMax),
    ),
    readmit: call(
      141,
      'Leaves an invitation to the site for whom a membership waits, sealed to her new key.',
      struct({
        site: siteIdShape,
        user: userIdShape,
        sealed: bytes(256).about('Seed of the one-time key of an invitation, by HPKE.'),
      }),
      nothing,
    ),
    readmissions: call(
      142,
      'The invitations that were left for the caller.',
      nothing,
      list(struct({ site: siteIdShape, sealed: bytes(256) }), resetsMax),
    ),
  },
  casts: {},
  pushes: {},
});

export type RecoveryApi = Api<typeof recoveryApi>;
export type RecoveryRemote = Remote<typeof recoveryApi>;
