/**
 * The facet of names: the log of the node, what stands in it about users, names and e-mail addresses, and the
 * proofs by which nobody has to believe it (SPEC M1-M13). Leaves and notes are opened by `transparency/`.
 */

import {
  claimNameBytesMax,
  claimsPerUserMax,
  cosignersMax,
  emailBytesMax,
  leavesPerPageMax,
  logProofMax,
  namespaceBytesMax,
  noteBytesMax,
  signedBytesMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, fixed, text, uint, type Of } from '../wire/shape.ts';
import { keyShape, timeShape } from './model.ts';

const hash = fixed(32).about('SHA-256.');
const index = uint().about('Index of a leaf, from 0.');
const size = uint().about('Number of leaves.');
const note = text(noteBytesMax).about('A signed checkpoint (C2SP tlog-checkpoint), with cosignatures.');
const hashes = list(hash, logProofMax).about('Of subtrees, in the order of RFC 9162.');
const namespace = text(namespaceBytesMax).about('Lower-case words with `-`, `.` or `/` between them.');
const name = text(claimNameBytesMax).about('Any spelling of a name.');
const keyWord = text(256).about('A named key in one word: NAME+ID+KEY (C2SP signed-note).');

export const provenLeafShape = struct({
  index,
  leaf: bytes(signedBytesMax).about('A signed object of the node.'),
  proof: hashes,
});
export type ProvenLeaf = Of<typeof provenLeafShape>;

const chain = struct({
  note,
  leaves: list(provenLeafShape, leavesPerPageMax).about('The newest first; proven in the tree of the note.'),
});
export type Chain = Of<typeof chain>;

export const claimShape = struct({
  namespace,
  name: text(claimNameBytesMax).about('In its normal form.'),
  number: uint().about('From 1 in its namespace.'),
  user: keyShape,
  index,
  timeMs: timeShape,
});
export type Claim = Of<typeof claimShape>;

export const namesApi = contract({
  name: 'names',
  doc: 'The log of the node: names, statements of e-mail addresses, keys of users, and their proofs. Strangers may call checkpoint, consistency, inclusion, cosigners and cosign.',
  calls: {
    checkpoint: call(
      96,
      'The newest checkpoint, and the newest that somebody else has signed too. Open to strangers.',
      nothing,
      struct({ note, witnessed: maybe(note) }),
    ),
    consistency: call(
      97,
      'The proof that the tree of `size` leaves begins with the one of `old`. Open to strangers.',
      struct({ old: size, size }),
      struct({ proof: hashes }),
    ),
    inclusion: call(
      98,
      'A leaf and the proof that it is in the tree of `size` leaves. Open to strangers.',
      struct({ index, size }),
      provenLeafShape,
    ),
    claim: call(
      99,
      'Gives a name to the user of this session: first come, for good. Repeating it answers the same.',
      struct({ namespace, name }),
      union({
        ok: [1, struct({ claim: claimShape, remarks: list(text(256).about('For people.'), 8) })],
        taken: [2, struct({ claim: claimShape })],
      }),
    ),
    holder: call(100, 'Whose a name is.', struct({ namespace, name }), maybe(claimShape)),
    claims: call(101, 'Names of a user.', struct({ user: keyShape }), list(claimShape, claimsPerUserMax)),
    ofUser: call(
      102,
      'What the log says about a user, page by page; no leaves when it says nothing.',
      struct({ user: keyShape, before: maybe(index) }),
      chain,
    ),
    ofEmail: call(
      103,
      'What the log says about an e-mail address, and what opens its label. At a bounded rate.',
      struct({ email: text(emailBytesMax), before: maybe(index) }),
      struct({ opening: hash, chain }),
    ),
    ofNode: call(104, 'Whether the node has revoked its key. Open to strangers.', nothing, chain),
    withdraw: call(
      105,
      'Ends a statement about the user of this session.',
      struct({ statement: index }),
      struct({ index }),
    ),
    changeKey: call(
      106,
      'Puts a key change of the user of this session into the log. Repeating it answers the same.',
      struct({
        object: bytes(signedBytesMax).about(
          'The statement of her key for envelopes (domain `capability/user-key`).',
        ),
      }),
      struct({ index }),
    ),
    cosigners: call(
      107,
      'Whose cosignatures the node takes. Open to strangers.',
      nothing,
      list(keyWord, cosignersMax),
    ),
    cosign: call(
      108,
      'Takes a checkpoint of this node with cosignatures of its cosigners. Open to strangers.',
      struct({ note }),
      nothing,
    ),
    setCosigner: call(
      109,
      'Adds or removes a cosigner. For the admin.',
      struct({ key: keyWord, isWanted: bool }),
      nothing,
    ),
    revokeNode: call(
      110,
      "Says for good that the node's key is no longer to be trusted. For the admin.",
      struct({ successor: maybe(keyShape) }),
      struct({ index }),
    ),
  },
  casts: {},
  pushes: {},
});

export type NamesApi = Api<typeof namesApi>;
export type NamesRemote = Remote<typeof namesApi>;
