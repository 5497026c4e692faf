/**
 * The contract of the tail: ordered, durable logs. `write` is a cast and its acknowledgement a push,
 * so that one `ack` covers everything that one group commit made durable for a connection.
 */

import {
  commitCountMax,
  ephemeralBytesMax,
  inFlightCountMax,
  pageBytesMax,
  pageCountMax,
  presenceShownMax,
  proofDepthMax,
  signedBytesMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, cast, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, uint, type Of } from '../wire/shape.ts';
import {
  channelShape,
  deviceIdShape,
  epochShape,
  handleShape,
  keyShape,
  logIdShape,
  permissionsShape,
  positionShape,
  signatureShape,
  siteIdShape,
  timeShape,
  tokenShape,
  userIdShape,
} from './model.ts';

export const whoShape = uint(0xffff_ffff).about('Number of a connection, as others see it.');
export const entriesShape = bytes(pageBytesMax + 128 * 1024).about('Entries laid end to end.');
const noteShape = bytes(ephemeralBytesMax).about('What is said, sealed.');
const stateShape = bytes(512).about('What the application says of its presence, sealed, or empty.');

export const pageShape = union({
  page: [
    1,
    struct({
      at: positionShape.about('Position of the first entry.'),
      count: uint(pageCountMax).about('Entries in the page.'),
      tail: positionShape.about('Position that the next entry of the log will get.'),
      live: bool.about('True: the page ends at the tail and pushes follow from there.'),
      entries: entriesShape,
    }),
  ],
  trimmed: [
    2,
    struct({ first: positionShape.about('The first position that is still kept.'), tail: positionShape }),
  ],
});
export type Page = Of<typeof pageShape>;

const leased = {
  handle: handleShape,
  channel: channelShape,
  permissions: permissionsShape,
  first: positionShape.about('The first position that is still kept.'),
  tail: positionShape,
  keyEpoch: epochShape.about('Entries under an older key epoch are refused.'),
  writerEpoch: epochShape.about('The highest epoch this device has written under in this log, or 0.'),
};

/** Epoch of a lead: each leader of a log has a higher one. */
export const leadShape = uint(0xffff_ffff).about('Epoch of the lead; 0 when nobody has ever led.');

export const leaseAnswerShape = union({
  open: [1, struct(leased).about('Each device writes for itself.')],
  needProof: [2, struct({ nonce: fixed(32).about('To be covered by the proof.') })],
  led: [
    3,
    struct({ ...leased, lead: leadShape }).about('Entries are handed to the leader of the log (`lead`).'),
  ],
});
export type LeaseAnswer = Of<typeof leaseAnswerShape>;

/** How safe an acknowledged entry is. */
export const durabilityShape = choice('memory', 'synced', 'replicated').about(
  'In memory, on the disk of the node, on several nodes.',
);

export const ackRunShape = struct({
  epoch: epochShape,
  seq: uint().about('First seq of the run.'),
  count: uint(commitCountMax).about('Entries of the run.'),
  at: positionShape.about('Position of the first entry; the others follow.'),
});
export type AckRun = Of<typeof ackRunShape>;

export const nackReasonShape = union({
  gap: [1, struct({ expected: uint().about('The seq the log expects next of this writer.') })],
  fenced: [2, struct({ floor: epochShape.about('Writer epochs up to this one are forgotten.') })],
  conflict: [3, struct({ tail: positionShape })],
  staleKey: [4, struct({ keyEpoch: epochShape.about('The oldest key epoch that is accepted.') })],
  full: [5, struct({ retryMs: uint(600_000).about('Try again after this pause.') })],
  refused: [6, struct({ fault: uint(255).about('Number of the fault (docs/faults.md).') })],
  led: [7, struct({ lead: leadShape })],
});
export type NackReason = Of<typeof nackReasonShape>;

export const personShape = struct({
  who: whoShape,
  user: userIdShape,
  device: deviceIdShape,
  state: stateShape,
});
export type Person = Of<typeof personShape>;

const pageRequestShape = struct({
  handle: handleShape,
  from: positionShape,
  bytesMax: uint(pageBytesMax).about('Entries wanted, in bytes; one comes in any case.'),
});

export const tailApi = contract({
  name: 'tail',
  doc: 'Ordered, durable logs. The first frame is the push `hello`; before `connect` only `connect` is answered.',
  calls: {
    connect: call(
      1,
      'Proves the device of a token; afterwards handles are the permission.',
      struct({
        version: uint(0xffff).about('Protocol version of the client.'),
        token: tokenShape,
        device: keyShape,
        proof: signatureShape.about(
          "By the device, over the server's nonce, its key and the token (domain `connect`).",
        ),
      }),
      struct({ who: whoShape, user: userIdShape, device: deviceIdShape, serverMs: timeShape }),
    ),
    lease: call(
      2,
      'Asks for a log of a site. Repeating it answers the same handle.',
      struct({
        site: siteIdShape,
        log: logIdShape,
        want: choice('read', 'write').about('`write` needs both permissions.'),
      }),
      leaseAnswerShape,
    ),
    attach: call(
      3,
      'A page from a position; when the page reaches the tail, live from there in the same step.',
      pageRequestShape,
      pageShape,
    ),
    read: call(4, 'A page from a position, without becoming live.', pageRequestShape, pageShape),
    detach: call(5, 'Ends live pushes; the lease stays.', struct({ handle: handleShape }), nothing),
    release: call(6, 'Gives the lease back.', struct({ handle: handleShape }), nothing),
    attest: call(
      7,
      'Answers `needProof`: the lease that was asked for, by a proof that the node does not keep.',
      struct({
        nonce: fixed(32).about('Of `needProof`; good once.'),
        proof: list(bytes(signedBytesMax).about('Attestation, a signed object.'), proofDepthMax).about(
          'Attestations from the root to the user.',
        ),
        signature: signatureShape.about(
          'By the device, over nonce, node key and hash of the proof (domain `tail/proof`).',
        ),
      }),
      leaseAnswerShape,
    ),
    resume: call(
      8,
      'As `connect`, with the secret of the token in place of a signature (`exchange` of auth).',
      struct({
        version: uint(0xffff).about('Protocol version of the client.'),
        token: tokenShape,
        device: keyShape,
        mac: fixed(32).about(
          "By the secret of the token, over the server's nonce, its key and the token (domain `token/resume`).",
        ),
      }),
      struct({ who: whoShape, user: userIdShape, device: deviceIdShape, serverMs: timeShape }),
    ),
  },
  casts: {
    write: cast(
      16,
      'Appends entries; answered by `ack` and `nack`. With `at`, only when the first gets that position.',
      struct({ handle: handleShape, at: maybe(positionShape), entries: entriesShape }),
    ),
    say: cast(
      17,
      'Sends an ephemeral message to the attached connections of a log.',
      struct({ handle: handleShape, payload: noteShape }),
    ),
    appear: cast(
      18,
      'Sets the state shown beside this connection in the presence of a log.',
      struct({ handle: handleShape, state: stateShape }),
    ),
  },
  pushes: {
    hello: push(
      1,
      'First frame of a connection.',
      struct({
        version: uint(0xffff).about('Protocol version of the node.'),
        nonce: fixed(32).about('To be covered by the proof of `connect`, once.'),
        node: keyShape,
        shard: uint(0xffff).about('Number of the shard that is served here.'),
      }),
    ),
    entries: push(
      2,
      'New entries of an attached log, in order, without a gap.',
      struct({
        channel: channelShape,
        at: positionShape,
        count: uint(commitCountMax).about('Entries in the push.'),
        entries: entriesShape,
      }),
    ),
    ack: push(
      3,
      'Entries of this connection that have their position for good.',
      struct({ handle: handleShape, durability: durabilityShape, runs: list(ackRunShape, inFlightCountMax) }),
    ),
    nack: push(
      4,
      'An entry that was not accepted; what followed it in its write was not either.',
      struct({
        handle: handleShape,
        epoch: epochShape,
        seq: uint().about('Of the entry.'),
        reason: nackReasonShape,
      }),
    ),
    lagging: push(
      5,
      'The connection does not keep up: attach again from this position.',
      struct({ channel: channelShape, at: positionShape }),
    ),
    revoke: push(
      6,
      'The lease has ended.',
      struct({ handle: handleShape, fault: uint(255).about('Number of the fault (docs/faults.md).') }),
    ),
    goAway: push(
      7,
      'The node is draining: connect again after this pause.',
      struct({ reconnectMs: uint(600_000).about('The pause.') }),
    ),
    said: push(
      8,
      'An ephemeral message of another connection.',
      struct({
        channel: channelShape,
        who: whoShape,
        device: deviceIdShape,
        payload: noteShape,
      }),
    ),
    present: push(
      9,
      'Who is attached to a log, as changes; `reset` starts anew.',
      struct({
        channel: channelShape,
        reset: bool.about('Forget what was told before.'),
        count: uint(0xffff_ffff).about('Everybody, also those not listed.'),
        joined: list(personShape, presenceShownMax),
        left: list(whoShape, presenceShownMax),
      }),
    ),
  },
});

export type TailApi = Api<typeof tailApi>;
export type TailRemote = Remote<typeof tailApi>;
export type TailEvents = Events<typeof tailApi>;
