/**
 * The contract of e-mail, a facet of auth (SPEC E1-E8): signing in with an OpenID provider, which makes the
 * node state in its log that this device is whose address it is, and handing the user's secret from a device
 * that has it to one that signed in. What the two devices compare is in `capability/hand-over.ts`; here the
 * node carries it and learns nothing.
 */

import {
  devicesPerEmailMax,
  emailBytesMax,
  emailCodeTries,
  emailsPerUserMax,
  handOverBytesMax,
  knocksPerEmailMax,
  methodBytesMax,
  providersMax,
  providerUrlBytesMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import { handOverStateShape, partyShape } from './hand-over.ts';
import { keyShape, nameShape, timeShape } from './model.ts';

const ticketShape = fixed(16).about('Random id of a sign-in, known to the device that began it.');
const knockIdShape = fixed(16).about('Random id of a device that waits.');
const email = text(emailBytesMax);
const statement = uint().about('Index of the leaf in the log of the node.');
const provider = text(32).about('Id of a provider in the settings of the node.');
export type { HandOverState } from './hand-over.ts';

/** Why a sign-in came to nothing. */
export const emailFailureShape = choice(
  'denied',
  'unverified',
  'mismatch',
  'unreachable',
  'expired',
  'wrongCode',
  'refused',
);
export type EmailFailure = Of<typeof emailFailureShape>;

export const knockShape = struct({
  knock: knockIdShape,
  email,
  device: keyShape,
  deviceName: nameShape,
  provider,
  statement,
  timeMs: timeShape,
  untilMs: timeShape,
  sameAccount: bool.about('Whether it is the same account at the provider as before.'),
  commitment: fixed(32).about('Of the waiting device to its one-time key (`capability/hand-over.ts`).'),
  revealed: maybe(struct(partyShape)).about('After somebody has met it.'),
});
export type KnockRow = Of<typeof knockShape>;

export const emailRowShape = struct({
  email,
  device: keyShape,
  method: text(methodBytesMax),
  statement,
  timeMs: timeShape,
});
export type EmailRow = Of<typeof emailRowShape>;

export const emailApi = contract({
  name: 'email',
  doc: 'Signing in with an e-mail provider, and handing the keys to a device that did. Open to strangers: providers, begin, look, confirm, reveal.',
  calls: {
    providers: call(
      160,
      'The e-mail providers of the node.',
      nothing,
      list(struct({ id: provider, name: nameShape }), providersMax),
    ),
    begin: call(
      161,
      'Begins a sign-in of this device. The address is opened in any browser, which is shown digits for `confirm`.',
      struct({
        provider,
        deviceName: nameShape,
        commitment: maybe(fixed(32)).about('Of a device that wants the keys of the user.'),
      }),
      struct({ ticket: ticketShape, url: text(providerUrlBytesMax), untilMs: timeShape }),
      30_000,
    ),
    look: call(
      162,
      'What became of a sign-in that this device began.',
      struct({ ticket: ticketShape }),
      union({
        away: [1, nothing],
        returned: [2, struct({ triesLeft: uint(emailCodeTries) })],
        failed: [3, struct({ reason: emailFailureShape })],
        signedIn: [4, struct({ email, statement, handOver: handOverStateShape })],
      }),
    ),
    confirm: call(
      163,
      'The digits that the browser shows. The statement is made when they are right.',
      struct({ ticket: ticketShape, code: text(16) }),
      union({
        ok: [1, struct({ email, statement, handOver: handOverStateShape })],
        wrong: [2, struct({ triesLeft: uint(emailCodeTries) })],
        failed: [3, struct({ reason: emailFailureShape })],
      }),
    ),
    reveal: call(
      164,
      'Opens the commitment of `begin` to the device that answered.',
      struct({ ticket: ticketShape, exchange: partyShape.exchange, nonce: partyShape.nonce }),
      nothing,
    ),
    knocks: call(165, 'Devices that wait for this user.', nothing, list(knockShape, knocksPerEmailMax)),
    meet: call(
      166,
      'Answers a device that waits, before it has revealed its key; the first who does.',
      struct({ knock: knockIdShape, exchange: partyShape.exchange, nonce: partyShape.nonce }),
      nothing,
    ),
    give: call(
      167,
      'What the waiting device is given, sealed to the key that was compared. Once.',
      struct({ knock: knockIdShape, sealed: bytes(handOverBytesMax) }),
      nothing,
    ),
    deny: call(168, 'Sends a device away.', struct({ knock: knockIdShape }), nothing),
    emails: call(
      169,
      'The addresses of this user and the devices that signed in with them.',
      nothing,
      list(emailRowShape, emailsPerUserMax),
    ),
    forget: call(
      170,
      'Ends all statements that this user is who has an address.',
      struct({ email }),
      struct({ ended: uint(devicesPerEmailMax) }),
      30_000,
    ),
    adopt: call(
      171,
      'Restates for the user of this session what its device signed in with when it had none.',
      nothing,
      struct({ statements: list(statement, emailsPerUserMax) }),
      30_000,
    ),
  },
  casts: {},
  pushes: {},
});

export type EmailApi = Api<typeof emailApi>;
export type EmailRemote = Remote<typeof emailApi>;
