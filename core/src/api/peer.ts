/**
 * The contract of a peer (SPEC section Z): messages that users have signed, brought, found and followed. It is
 * spoken over a link of its own, between a program and its node, a browser's worker and its page, and two nodes.
 * Messages travel as they were signed; who receives them checks them.
 */

import {
  peerBatchMax,
  peerInterestsMax,
  peerInterestsPerCallMax,
  peerMessageBytesMax,
  peerPageRowsMax,
  peerTagBytesMax,
  searchBytesMax,
} from '../base/limits-peer.ts';
import { exchangeNodesMax, peerAddressBytesMax } from '../base/limits-exchange.ts';
import { reconcileOpenMs, reconcilePeerFrameBytesMax } from '../base/limits-reconcile.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';

export const seqShape = uint().about('Position in what has arrived at this peer.');
export const timeShape = uint().about('Milliseconds since 1970.');
export const epochShape = fixed(16).about(
  'Of the store of this peer: positions of another one mean nothing.',
);

export const interestShape = struct({
  relation: choice('posts', 'other', 'mentions', 'replies', 'thread', 'about', 'tag').about(
    'Posts of a user, whatever else she has signed, messages that mention her, answers to a message, all answers in the thread that it begins, what changes or marks it, messages with a tag.',
  ),
  key: fixed(16).about('The first half of the key, of the id, or of the hash of the tag.'),
});
export type Interest = Of<typeof interestShape>;

export const messageRowShape = struct({
  seq: seqShape,
  message: bytes(peerMessageBytesMax + 1).about('As its user signed it.'),
  edit: maybe(bytes(peerMessageBytesMax + 1)).about('The newest edit of it.'),
});
export type MessageRow = Of<typeof messageRowShape>;

const rowsShape = struct({ rows: list(messageRowShape, peerPageRowsMax) });
const cursorShape = struct({ timeMs: timeShape, seq: seqShape });

export const comparedShape = struct({
  of: interestShape,
  fromMs: timeShape.about(
    'What is older is left out, by the time that its user states: the caller has not fetched it, or it has fallen out there.',
  ),
});
export type Compared = Of<typeof comparedShape>;

const comparisonShape = uint().about('Number of a comparison in this connection.');
const rangesShape = bytes(reconcilePeerFrameBytesMax).about('A message of negentropy v1.');

export const otherNodeShape = struct({
  node: fixed(32).about('Its key.'),
  address: text(peerAddressBytesMax).about('Where it is said to be; may be empty.'),
  isUp: bool,
  heardMs: maybe(timeShape).about('When something was heard from it last.'),
  followed: uint().about('Users and threads that are followed there.'),
  taken: uint().about('Messages that came from there; this and what follows since the node was started.'),
  compared: uint().about('Messages that were compared by ranges.'),
  missing: uint().about('Messages that were missing here and were fetched.'),
  comparedBytes: uint().about('What comparing took, in both directions.'),
});
export type OtherNode = Of<typeof otherNodeShape>;

export const publishedShape = union({
  stored: [0, struct({ seq: seqShape })],
  known: [1, nothing],
  old: [2, struct({ markMs: timeShape.about('Nothing older is kept for this account.') })],
  overtaken: [3, nothing],
  full: [4, nothing],
  refused: [5, struct({ fault: uint(255).about('Number of the fault.'), why: text(200) })],
});
export type Published = Of<typeof publishedShape>;

export const usageShape = struct({
  bytes: uint(),
  bytesMax: uint(),
  messages: uint(),
  markMs: timeShape.about('What was older has fallen out.'),
});

export const peerApi = contract({
  name: 'peer',
  doc: 'Messages of the neighbourhood. Strangers may read what is public; who has an account on the node may bring messages.',
  calls: {
    hello: call(
      1,
      'Where this peer stands, and what the caller is to it.',
      nothing,
      struct({
        epoch: epochShape,
        head: seqShape,
        standing: choice('friend', 'stranger'),
        nowMs: timeShape,
        compares: bool.about('Whether the caller may compare messages by ranges.'),
        usage: usageShape,
      }),
    ),
    publish: call(
      2,
      'Brings messages, of the caller or of others; they count for her account. Answered when they are durable, in the order in which they came. Repeating it changes nothing.',
      struct({ messages: list(bytes(peerMessageBytesMax + 1), peerBatchMax) }),
      struct({
        answers: list(publishedShape, peerBatchMax).about(
          'Kept here now; here already, or taken back by its user; older than what is kept; overtaken by a newer statement; no room; wrong.',
        ),
      }),
    ),
    get: call(
      3,
      'Messages by their ids, those that are here.',
      struct({ ids: list(fixed(32), peerPageRowsMax) }),
      rowsShape,
    ),
    page: call(
      4,
      'The newest messages that one of these leads to, by the time that their users state, and the rest page by page. Fewer than asked may come when they are large; none: there are no more.',
      struct({
        of: list(interestShape, peerInterestsPerCallMax),
        before: maybe(cursorShape),
        rows: uint(peerPageRowsMax),
      }),
      rowsShape,
    ),
    follow: call(
      5,
      'What this connection is told of from now on, besides what it was before.',
      struct({
        add: list(interestShape, peerInterestsPerCallMax),
        remove: list(interestShape, peerInterestsPerCallMax),
      }),
      struct({ count: uint(peerInterestsMax) }),
    ),
    listen: call(
      6,
      'Begins to tell what is followed, behind a position, in the order of arrival: first what is here, then what comes, without a gap and nothing twice. Positions of another epoch are refused as `stale`: reconcile, and listen from the head.',
      struct({ epoch: epochShape, after: seqShape }),
      struct({ head: seqShape }),
    ),
    current: call(
      7,
      'The newest statement of a user with a kind and a name.',
      struct({ from: fixed(32), kind: uint(255), name: text(peerTagBytesMax) }),
      struct({ row: maybe(messageRowShape) }),
    ),
    search: call(
      8,
      'Posts with all of these words, the last to arrive first; the end of the last word may be missing.',
      struct({ words: text(searchBytesMax), before: maybe(cursorShape), rows: uint(peerPageRowsMax) }),
      rowsShape,
    ),
    pin: call(
      9,
      'Keeps a message of the caller whatever else falls out, or no longer.',
      struct({ id: fixed(32), pinned: bool }),
      nothing,
    ),
    compare: call(
      10,
      'Begins to find out which messages that these lead to are here and not at the caller, and the other way around, by ranges of (time, id). What replaces and is of no use to others is left out. For who has an account here, and for other nodes that this one follows; others read pages.',
      struct({ of: list(comparedShape, peerInterestsPerCallMax), message: rangesShape }),
      struct({ number: comparisonShape, message: rangesShape }),
      reconcileOpenMs,
    ),
    compareOn: call(
      11,
      'The next message of a comparison, and its answer. A comparison that is silent for a minute is forgotten: `unknown`.',
      struct({ number: comparisonShape, message: rangesShape }),
      struct({ message: rangesShape }),
    ),
    compareEnd: call(12, 'Forgets a comparison.', struct({ number: comparisonShape }), nothing),
    nodes: call(
      13,
      'Other nodes with which this one exchanges messages; for who has an account here.',
      nothing,
      struct({ nodes: list(otherNodeShape, exchangeNodesMax) }),
    ),
    pinned: call(
      14,
      'Those of these messages of the caller that are kept whatever else falls out.',
      struct({ ids: list(fixed(32), peerPageRowsMax) }),
      struct({ ids: list(fixed(32), peerPageRowsMax) }),
    ),
  },
  casts: {},
  pushes: {
    messages: push(
      1,
      'Messages that this connection follows.',
      struct({
        rows: list(messageRowShape, peerPageRowsMax),
        at: seqShape.about('Everything up to here has been told.'),
      }),
    ),
    caughtUp: push(2, 'What was here has been told; what follows is new.', struct({ at: seqShape })),
  },
});

export type PeerApi = Api<typeof peerApi>;
export type PeerRemote = Remote<typeof peerApi>;
export type PeerEvents = Events<typeof peerApi>;
