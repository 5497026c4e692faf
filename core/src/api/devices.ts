/**
 * The contract of devices, a facet of auth (SPEC section D): bringing a user to a new device with the consent of
 * one that she has, and seeing what revoking a device would do. What the two devices show each other is in
 * `capability/hand-over.ts`; the node carries it and learns nothing.
 */

import { handOverBytesMax, pairingCodeBytesMax, sitesPerUserMax } from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, fixed, text, uint, type Of } from '../wire/shape.ts';
import { handOverStateShape, partyShape } from './hand-over.ts';
import { deviceIdShape, keyShape, nameShape, siteIdShape, timeShape } from './model.ts';

const pairingShape = fixed(16).about('Random id of a pairing.');
const mine = struct({ pairing: pairingShape });
const commitment = fixed(32).about('Of the new device to its one-time key (`capability/hand-over.ts`).');

export const revocationShape = struct({
  userKey: bool.about('The key of the user for envelopes gets its next generation.'),
  sites: list(
    struct({
      site: siteIdShape,
      members: uint().about('To whom the next key is sealed.'),
      isAdmin: bool.about('Whether the caller can make the next key of the site herself.'),
    }),
    sitesPerUserMax,
  ).about('What the device can open; each gets a new key.'),
  statements: uint().about('E-mail sign-ins of this device that its user may want to end.'),
  isHere: bool.about('It is connected now and is shut out at once.'),
  others: uint().about('Devices in use that remain.'),
});
export type RevocationRow = Of<typeof revocationShape>;

export const devicesApi = contract({
  name: 'devices',
  doc: 'Adding a device with the consent of another one, and what revoking one does. Numbers 192 to 223 of the link of auth. Open to strangers: pairBegin, pairLook, pairReveal, pairCancel. That a pairing went on is told by `changed` with `devices`.',
  calls: {
    pairBegin: call(
      192,
      'A new device waits for one that lets it in.',
      struct({ deviceName: nameShape, commitment }),
      struct({
        pairing: pairingShape,
        code: text(pairingCodeBytesMax).about('Names the pairing where no picture can be taken.'),
        untilMs: timeShape,
      }),
    ),
    pairLook: call(
      193,
      'What became of a pairing that this device began. What was given is answered once, and then the pairing is over.',
      mine,
      struct({
        state: handOverStateShape,
        scanned: bool.about('The other device says that it has seen the picture.'),
      }),
    ),
    pairReveal: call(
      194,
      'Opens the commitment to the device that answered.',
      struct({ pairing: pairingShape, exchange: partyShape.exchange, nonce: partyShape.nonce }),
      nothing,
    ),
    pairCancel: call(195, 'The new device waits no longer.', mine, nothing),
    pairFind: call(
      196,
      'A device that waits, by the id in its picture or by its code.',
      union({
        pairing: [1, struct({ pairing: pairingShape })],
        code: [2, struct({ code: text(pairingCodeBytesMax) })],
      }),
      struct({
        pairing: pairingShape,
        deviceName: nameShape,
        device: keyShape,
        commitment,
        untilMs: timeShape,
      }),
    ),
    pairMeet: call(
      197,
      'Answers a device that waits, before it has revealed its key; the first who does.',
      struct({
        pairing: pairingShape,
        exchange: partyShape.exchange,
        nonce: partyShape.nonce,
        scanned: bool,
      }),
      nothing,
    ),
    pairRevealed: call(
      198,
      'What the device that was met has revealed.',
      mine,
      struct({ party: maybe(struct(partyShape)) }),
    ),
    pairGive: call(
      199,
      'What the new device is given, sealed to the key that was checked. Once.',
      struct({ pairing: pairingShape, sealed: bytes(handOverBytesMax) }),
      nothing,
    ),
    pairDeny: call(200, 'Sends the new device away; for whoever has met it.', mine, nothing),
    revokePreview: call(
      201,
      'What revoking a device of the caller would do.',
      struct({ device: deviceIdShape }),
      revocationShape,
    ),
  },
  casts: {},
  pushes: {},
});

export type DevicesApi = Api<typeof devicesApi>;
export type DevicesRemote = Remote<typeof devicesApi>;
