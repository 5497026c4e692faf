/**
 * The keys facet of auth (SPEC section K): exchange keys of devices, keys of users by generation, keys of
 * sites by epoch, and who makes the next ones. The node stores and compares; it opens none of them.
 */

import {
  devicesPerUserMax,
  envelopeBytesMax,
  keyLinksMax,
  keyRosterMax,
  keySetPartMax,
  keySetPartsMax,
  labelBytesMax,
  proofDepthMax,
  signedBytesMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, uint, type Of } from '../wire/shape.ts';
import { deviceIdShape, epochShape, keyShape, siteIdShape, timeShape, userIdShape } from './model.ts';

const signed = bytes(signedBytesMax);
const generationShape = uint(0xffff_ffff).about('Generation of a user key, from 1.');
const sealed = bytes(envelopeBytesMax).about('To one recipient.');
const hashShape = fixed(32);
const labelShape = bytes(labelBytesMax).about('Title and log names, sealed under the new key.');

const siteEnvelope = struct({ user: userIdShape, generation: generationShape, envelope: sealed });
export type SiteEnvelopeRow = Of<typeof siteEnvelope>;

const deviceEnvelope = struct({ device: deviceIdShape, envelope: sealed });

export const provenSetShape = struct({
  set: signed.about('Statement of the device that made it (domain `capability/key-set`).'),
  blessing: signed.about('Of that device.'),
  proof: list(signed, proofDepthMax).about('Attestations by which its user is an admin.'),
});
export type ProvenSetRow = Of<typeof provenSetShape>;

const rosterRow = struct({
  user: userIdShape,
  key: keyShape,
  statement: signed.about('Her key (domain `capability/user-key`); empty: nothing is sealed to her for now.'),
  proof: list(signed, proofDepthMax).about('Attestations by which she is a member.'),
});
export type RosterRow = Of<typeof rosterRow>;

export const siteKeyShape = struct({
  epoch: epochShape.about('The newest; entries under older ones are refused.'),
  set: maybe(provenSetShape).about('By which it came; nothing for the first.'),
  envelope: maybe(sealed).about("The caller's of that epoch."),
  state: choice('current', 'due', 'rekeying').about('Due: a new key waits for somebody who can make it.'),
  sinceMs: timeShape.about('Since when it is due, or 0.'),
  missing: bool.about('Members came who hold no envelope of the epoch yet.'),
});
export type SiteKeyRow = Of<typeof siteKeyShape>;

export const keysApi = contract({
  name: 'keys',
  doc: 'Keys of devices, users and sites. For users; numbers 64 to 95 of the link of auth. That something waits is told by `changed` with `keys`.',
  calls: {
    deviceKey: call(
      64,
      'States the exchange key of this device. Repeating it answers the same.',
      struct({ statement: signed.about('By the device (domain `capability/device-key`).') }),
      nothing,
    ),
    userKey: call(
      65,
      'The newest key of the caller, and what this device needs to hold it.',
      nothing,
      struct({
        generation: generationShape.about('0: none is stated yet.'),
        statement: signed,
        envelope: maybe(sealed).about('For this device.'),
        due: bool.about('A device that could open it has ended: the next one is to be made.'),
        devices: list(
          struct({
            device: deviceIdShape,
            key: keyShape,
            statement: signed.about('Of its exchange key; empty: it has stated none.'),
            holds: bool.about('It has an envelope of the newest key.'),
          }),
          devicesPerUserMax,
        ).about('Those in use.'),
      }),
    ),
    userKeyPublish: call(
      66,
      'States the next key, when `from` is the newest. Every device in use that has an exchange key gets an envelope.',
      struct({
        from: generationShape.about('0: none is stated yet.'),
        statement: signed,
        envelopes: list(deviceEnvelope, devicesPerUserMax),
      }),
      union({
        ok: [1, nothing],
        stale: [2, struct({ generation: generationShape })],
        incomplete: [3, struct({ device: deviceIdShape.about('A device without an envelope.') })],
      }),
    ),
    userKeyAdd: call(
      67,
      'Envelopes of the newest key for further devices of the caller.',
      struct({ generation: generationShape, envelopes: list(deviceEnvelope, devicesPerUserMax) }),
      nothing,
    ),
    userKeyLinks: call(
      68,
      'Statements of earlier keys of the caller, newest first.',
      struct({ below: generationShape }),
      list(signed, keyLinksMax),
    ),
    siteKey: call(69, 'The newest key of a site.', struct({ site: siteIdShape }), siteKeyShape),
    siteKeySets: call(
      70,
      'Earlier sets of a site, newest first, each with the envelope of the caller when there is one.',
      struct({ site: siteIdShape, below: epochShape }),
      list(struct({ epoch: epochShape, set: maybe(provenSetShape), envelope: maybe(sealed) }), keyLinksMax),
    ),
    roster: call(
      71,
      'The members to whom the next key is sealed, or only those who lack the newest one, page by page. For admins.',
      struct({ site: siteIdShape, missing: bool, after: maybe(userIdShape) }),
      struct({
        members: list(rosterRow, keyRosterMax),
        more: bool.about('Ask again, `after` the last one.'),
      }),
    ),
    rotate: call(
      72,
      'Begins the set after epoch `from`, or takes up what a device of the same user began. For admins.',
      struct({
        site: siteIdShape,
        from: epochShape,
        resume: sealed.about(
          "The new key, sealed under its maker's own, should another device of hers go on.",
        ),
        anew: bool.about('What was begun is thrown away: it does not open.'),
      }),
      union({
        ok: [1, nothing],
        resumed: [
          2,
          struct({ resume: sealed, parts: list(hashShape, keySetPartsMax), after: maybe(userIdShape) }),
        ],
        stale: [3, struct({ epoch: epochShape })],
        busy: [4, struct({ device: deviceIdShape.about('Which makes it.') })],
      }),
    ),
    rotatePart: call(
      73,
      'One part of the set. Repeating it replaces it.',
      struct({
        site: siteIdShape,
        epoch: epochShape.about('The new one.'),
        part: uint(keySetPartsMax - 1),
        envelopes: list(siteEnvelope, keySetPartMax),
      }),
      nothing,
    ),
    rotateCommit: call(
      74,
      'Makes the new epoch the only one under which entries are taken, when the set is whole.',
      struct({
        site: siteIdShape,
        set: provenSetShape,
        version: uint().about('Of the label that is replaced.'),
        label: labelShape,
      }),
      union({
        ok: [1, struct({ epoch: epochShape })],
        stale: [2, struct({ epoch: epochShape })],
        label: [3, struct({ version: uint(), label: labelShape })],
        incomplete: [
          4,
          struct({ users: list(userIdShape, keySetPartMax).about('Some who lack an envelope.') }),
        ],
      }),
      30_000,
    ),
    rotateAdd: call(
      75,
      'Envelopes of the newest key for members who came after its set. For admins.',
      struct({ site: siteIdShape, epoch: epochShape, envelopes: list(siteEnvelope, keySetPartMax) }),
      nothing,
    ),
    rekeyTake: call(
      76,
      'A site that waits for this device to make its next key or to hand out the newest. It is leased until it is done, given back or silent for too long.',
      nothing,
      struct({
        job: maybe(
          struct({ site: siteIdShape, rotate: bool.about('A new key; otherwise envelopes are missing.') }),
        ),
      }),
    ),
    rekeyRenew: call(
      77,
      'Still at it; `unknown` when the lease has ended.',
      struct({ site: siteIdShape }),
      nothing,
    ),
    rekeyReturn: call(78, 'Not at it any more.', struct({ site: siteIdShape }), nothing),
  },
  casts: {},
  pushes: {},
});

export type KeysApi = Api<typeof keysApi>;
export type KeysRemote = Remote<typeof keysApi>;
