/**
 * The contract of led logs, a facet of the tail's link (SPEC W14, V1-V14): one device leads a log and writes
 * it, the others hand it their entries, straight or through the node.
 */

import { iceServersMax } from '../base/limits-direct.ts';
import { signalBytesMax } from '../base/limits-led.ts';
import { commitCountMax, inFlightCountMax, writerEpochsMax } from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, cast, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, text, uint, type Of } from '../wire/shape.ts';
import { channelShape, deviceIdShape, epochShape, handleShape, positionShape, userIdShape } from './model.ts';
import { entriesShape, leadShape, nackReasonShape, whoShape } from './tail.ts';

/** What two devices say about a direct connection (RFC 8829, RFC 8838). */
export const signalShape = struct({
  kind: choice('offer', 'answer', 'candidate', 'end').about('Descriptions, addresses, and that it is over.'),
  data: bytes(signalBytesMax).about('Sealed under the key of the site.'),
});
export type Signal = Of<typeof signalShape>;

/** How devices may reach each other, as the node's operator says (RFC 8445). */
export const iceShape = struct({
  policy: choice('all', 'masked', 'relay', 'off').about(
    'Which addresses devices tell each other: all; none of their own network unless under a name; only those of a relay. Off: no direct connections.',
  ),
  servers: list(
    struct({
      url: text(256).about('RFC 7064 or 7065: `stun:host:port`, `turn:host:port?transport=udp`.'),
      username: text(256),
      credential: text(256),
    }),
    iceServersMax,
  ),
});
export type Ice = Of<typeof iceShape>;

export const leadAnswerShape = union({
  leader: [1, struct({ lead: leadShape, tail: positionShape }).about('This lease leads the log.')],
  client: [
    2,
    struct({
      lead: leadShape,
      isLed: bool.about('Somebody leads now; else it will be told when somebody does.'),
    }).about('It waits for its turn, which `promoted` says.'),
  ],
});
export type LeadAnswer = Of<typeof leadAnswerShape>;

export const leadApi = contract({
  name: 'lead',
  doc: 'Led logs: one device gives the entries of a log their order, the others hand them to it.',
  calls: {
    follow: call(
      32,
      'Hears from now on who leads the log of a lease.',
      struct({ handle: handleShape }),
      struct({ lead: leadShape, isLed: bool.about('Somebody leads now.') }),
    ),
    lead: call(
      33,
      'Asks to lead the log of a lease, which needs the permissions to read, write and lead.',
      struct({ handle: handleShape }),
      leadAnswerShape,
    ),
    stepDown: call(
      34,
      'Leads no more, or waits no more.',
      struct({
        handle: handleShape,
        to: maybe(deviceIdShape).about('A device that waits to lead and is next; none: who is first.'),
        open: bool.about('The log is open again: each device writes for itself.'),
      }),
      nothing,
    ),
    writers: call(
      35,
      'What a log knows of one of its writers: for its leader, and for the device that it is.',
      struct({ handle: handleShape, device: deviceIdShape }),
      struct({
        floor: epochShape.about('Writer epochs up to this one are forgotten.'),
        states: list(
          struct({
            epoch: epochShape,
            seq: uint().about('The last one that was placed.'),
            runs: list(
              struct({ seq: uint(), at: positionShape, count: uint(inFlightCountMax) }),
              2 * inFlightCountMax,
            ).about('Where the last ones stand for good, whether they are kept or not.'),
          }),
          writerEpochsMax,
        ),
      }),
    ),
    ice: call(39, 'How devices reach each other directly.', struct({ handle: handleShape }), iceShape),
  },
  casts: {
    hand: cast(
      36,
      'Hands entries of this device to the leader; what became of them stands in the log, or `nack` says why not.',
      struct({ handle: handleShape, lead: leadShape, entries: entriesShape }),
    ),
    decline: cast(
      37,
      'Of a leader: an entry that was handed in, and those behind it, are not taken now.',
      struct({
        handle: handleShape,
        to: whoShape,
        epoch: epochShape,
        seq: uint().about('Of the entry.'),
        reason: nackReasonShape,
      }),
    ),
    place: cast(
      41,
      'Of a leader: entries of anybody, to stand one behind the other; answered by `placed` and `notPlaced`.',
      struct({
        handle: handleShape,
        lead: leadShape,
        at: positionShape.about('Of the first entry: a leader is the only writer, so it knows.'),
        entries: entriesShape,
      }),
    ),
    signal: cast(
      38,
      'A word about a direct connection: to the leader, or of the leader to somebody who follows.',
      struct({ handle: handleShape, to: maybe(whoShape).about('None: the leader.'), signal: signalShape }),
    ),
  },
  pushes: {
    leaderGone: push(
      32,
      'Nobody leads the log now; what was handed in and does not stand in the log is handed in again.',
      struct({ channel: channelShape, lead: leadShape }),
    ),
    leaderCame: push(33, 'Somebody leads the log.', struct({ channel: channelShape, lead: leadShape })),
    promoted: push(
      34,
      'This lease leads the log.',
      struct({ handle: handleShape, lead: leadShape, tail: positionShape }),
    ),
    handed: push(
      35,
      'To a leader: entries of another device, to be placed.',
      struct({
        handle: handleShape,
        who: whoShape,
        user: userIdShape,
        device: deviceIdShape,
        entries: entriesShape,
      }),
    ),
    placed: push(
      39,
      'To a leader: entries that stand in the log for good.',
      struct({
        handle: handleShape,
        lead: leadShape,
        at: positionShape.about('Position of the first.'),
        count: uint(commitCountMax).about('Entries.'),
      }),
    ),
    notPlaced: push(
      40,
      'To a leader: an entry that was not placed; what followed it in its write was not either.',
      struct({
        handle: handleShape,
        lead: leadShape,
        at: positionShape.about('Where it was to stand.'),
        reason: nackReasonShape,
      }),
    ),
    signal: push(
      36,
      'A word about a direct connection.',
      struct({
        handle: handleShape,
        who: maybe(whoShape).about('None: the leader.'),
        user: userIdShape,
        device: deviceIdShape,
        signal: signalShape,
      }),
    ),
    parted: push(
      37,
      'To a leader: the lease of somebody who handed in or signalled has ended.',
      struct({
        handle: handleShape,
        who: whoShape,
        fault: uint(255).about('Number of the fault (docs/faults.md).'),
      }),
    ),
    opened: push(38, 'The log is open: each device writes for itself.', struct({ channel: channelShape })),
  },
});

export type LeadApi = Api<typeof leadApi>;
export type LeadRemote = Remote<typeof leadApi>;
export type LeadEvents = Events<typeof leadApi>;
