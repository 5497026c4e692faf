/**
 * The contract of strangers, a facet of the peer (SPEC W14, Z70 to Z77): how somebody without an account reaches a
 * user of this node, what she asks for that, and who is kept away.
 */

import { peerMessageBytesMax } from '../base/limits-peer.ts';
import {
  guestsPerUserMax,
  keptAwayMax,
  knockBytesMax,
  knockDaysMax,
  knocksPerUserMax,
  reportRowsMax,
  reportWhyBytesMax,
  workBitsMax,
} from '../base/limits-work.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';

const keyShape = fixed(32).about('Key of a user.');
const whoseShape = choice('mine', 'node').about(
  "The caller's own, or those for the key of the node, which its admins answer.",
);
const timeShape = uint().about('Milliseconds since 1970.');
const bitsShape = uint(workBitsMax).about('Leading zero bits.');
const purposeShape = choice('letter', 'invitation').about(
  'A message, or one that asks for an account and costs more.',
);
export type Purpose = Of<typeof purposeShape>;

export const reachShape = choice('everybody', 'friendsOfFriends', 'members', 'nobody').about(
  'Who may knock: everybody with work; those whom she follows or those follow whom she follows, with work; only who has an account on this node, and those whom she has accepted; not even those.',
);
export type Reach = Of<typeof reachShape>;

export const stampShape = struct({
  algorithm: uint(255).about('1.'),
  bits: bitsShape,
  expiresMs: timeShape.about('An hour ahead at most.'),
  nonce: fixed(8),
});

export const priceShape = struct({
  bits: bitsShape,
  size: uint(knockBytesMax).about('Bytes of the message, at most.'),
  days: uint(knockDaysMax).about('How long it waits; 1 at least.'),
  untilMs: timeShape.about('The price holds so long.'),
  mac: fixed(16).about('Of the node; with it the price is kept.'),
});
export type Price = Of<typeof priceShape>;

export const knockedShape = union({
  waiting: [0, struct({ untilMs: timeShape })],
  delivered: [1, nothing],
  known: [2, nothing],
  work: [3, struct({ price: priceShape })],
});
export type Knocked = Of<typeof knockedShape>;

export const requestShape = struct({
  message: bytes(knockBytesMax),
  purpose: purposeShape,
  bits: bitsShape,
  atMs: timeShape,
  untilMs: timeShape,
});
export type KnockRequest = Of<typeof requestShape>;

export const reportShape = struct({
  number: uint(),
  by: keyShape,
  about: keyShape,
  why: text(reportWhyBytesMax),
  message: maybe(bytes(peerMessageBytesMax + 1)).about('What was reported, as it was.'),
  atMs: timeShape,
});
export type Report = Of<typeof reportShape>;

export const strangersApi = contract({
  name: 'strangers',
  doc: 'How who has no account reaches somebody here: with proof of work, and into a place apart.',
  calls: {
    terms: call(
      64,
      'What reaching somebody costs at least.',
      nothing,
      struct({
        algorithm: uint(255),
        bits: bitsShape.about('For 512 bytes and a day, to somebody for whom nothing waits.'),
        untilMs: timeShape.about('It does not rise before.'),
      }),
    ),
    price: call(
      65,
      'What a message to a user costs now; it is kept as long as it says. Null: nobody is reached there.',
      struct({
        to: keyShape,
        size: uint(knockBytesMax),
        days: uint(knockDaysMax),
        purpose: purposeShape,
      }),
      struct({ price: maybe(priceShape) }),
    ),
    knock: call(
      66,
      'Leaves a message that mentions a user with her, or one that mentions the key of the node and asks for an account with its admins. It waits apart from what others read until she accepts it or its time is over. Who was accepted needs no stamp for a while.',
      struct({
        to: keyShape,
        message: bytes(knockBytesMax),
        purpose: purposeShape,
        days: uint(knockDaysMax),
        stamp: maybe(stampShape),
        price: maybe(priceShape).about('As the node has said it; null: what is asked now.'),
      }),
      knockedShape.about(
        'It waits; it is among the messages that mention her; it is here, or was; more work is needed.',
      ),
    ),
    requests: call(
      67,
      'Messages that wait for the caller, those with the most work first.',
      struct({ whose: whoseShape, skip: uint(knocksPerUserMax), rows: uint(knocksPerUserMax) }),
      struct({ count: uint(knocksPerUserMax), rows: list(requestShape, knocksPerUserMax) }),
    ),
    answer: call(
      68,
      'Accepts a message that waits, so that it is one like others and its author may write to the caller for a while; or declines it, and it does not come again.',
      struct({ whose: whoseShape, id: fixed(32), isAccepted: bool }),
      nothing,
    ),
    reach: call(
      69,
      'Who may reach the caller.',
      nothing,
      struct({
        reach: reachShape,
        guests: list(struct({ who: keyShape, untilMs: timeShape }), guestsPerUserMax),
        away: list(keyShape, keptAwayMax).about('Who is kept away.'),
      }),
    ),
    setReach: call(70, 'Says who may.', struct({ reach: reachShape }), nothing),
    keepAway: call(
      71,
      'Keeps somebody away from the caller, and takes away what of her waits; or no longer.',
      struct({ whom: keyShape, isAway: bool }),
      nothing,
    ),
    report: call(
      72,
      'Tells the admins of the node of somebody, maybe with a message of hers that is here or waits for the caller.',
      struct({ about: keyShape, id: maybe(fixed(32)), why: text(reportWhyBytesMax) }),
      nothing,
    ),
    reports: call(
      73,
      'What was reported, the oldest first; for admins of the node.',
      struct({ after: uint() }),
      struct({ rows: list(reportShape, reportRowsMax) }),
    ),
    settle: call(74, 'A report is dealt with; for admins of the node.', struct({ number: uint() }), nothing),
    takeAway: call(
      75,
      'Takes a post away from this node, whoever wrote it: nobody finds it here any more, and it does not come again. For admins of the node.',
      struct({ id: fixed(32) }),
      nothing,
    ),
  },
  casts: {},
  pushes: {},
});

export type StrangersApi = Api<typeof strangersApi>;
export type StrangersRemote = Remote<typeof strangersApi>;
