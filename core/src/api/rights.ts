/**
 * The rights facet of auth (SPEC section R): handing rights on, taking them back, and the questions about
 * them. Every list is a page; what a page holds is bounded, and `after` names its last row.
 */

import {
  caveatsMax,
  grantsPageMax,
  nameBytesMax,
  previewNamesMax,
  proofDepthMax,
  signedBytesMax,
  siteOriginsMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, id, text, uint, type Of } from '../wire/shape.ts';
import {
  caveatShape,
  keyShape,
  logIdShape,
  originShape,
  permissionsShape,
  siteIdShape,
  timeShape,
  tokenShape,
  userIdShape,
} from './model.ts';

const objectIdShape = id(32, (hex) => hex).about('Id of an attestation: the hash of its bytes.');
const proofShape = list(bytes(signedBytesMax), proofDepthMax).about(
  'Attestations from the root to the subject; those of groups in between.',
);
const moreShape = bool.about('Ask again, `after` the last one.');
const numberShape = uint().about('Orders the rows of a page.');

export const rightsShape = struct({
  permissions: permissionsShape,
  resource: text(32).about('`*`, a folder (16 hex digits and `*`) or the id of a log.'),
  delegations: uint(proofDepthMax - 1).about('How often it may be handed on from here.'),
  notBeforeMs: timeShape,
  expiresMs: timeShape.about('0: never.'),
  quota: uint().about('How many attestations may stand on it directly; 0: no limit.'),
  caveats: list(caveatShape, caveatsMax * proofDepthMax),
});

export const holdingShape = struct({
  site: siteIdShape.about('Site or group.'),
  user: userIdShape,
  rights: rightsShape,
  via: objectIdShape.about('The attestation by which she holds it.'),
  shared: bool.about('She holds it through a group.'),
  number: numberShape,
});
export type HoldingRow = Of<typeof holdingShape>;

export const grantShape = struct({
  id: objectIdShape,
  number: numberShape,
  site: siteIdShape,
  above: maybe(objectIdShape).about('What it narrows; nothing: the root key issued it.'),
  issuer: keyShape,
  issuerUser: userIdShape,
  issuerName: text(nameBytesMax).about('As she calls herself, or empty.'),
  subject: keyShape,
  subjectKind: choice('user', 'oneTime', 'group'),
  subjectUser: userIdShape,
  subjectName: text(nameBytesMax).about('As she or the group is called, or empty.'),
  rights: rightsShape,
  below: uint().about('How many stand directly on it.'),
  atMs: timeShape,
  endedMs: maybe(timeShape),
});
export type GrantRow = Of<typeof grantShape>;

const blastShape = struct({
  people: uint().about('Who lose a right.'),
  out: uint().about('Pairs of a person and a site where she has nothing left.'),
  devices: uint().about('Devices in use of those people.'),
  sites: uint(),
  grants: uint().about('Further attestations that fall with it.'),
  names: list(
    struct({ user: userIdShape, name: text(nameBytesMax).about('Or empty.') }),
    previewNamesMax,
  ).about('Some of the people.'),
});
export type BlastRow = Of<typeof blastShape>;

export const rightsApi = contract({
  name: 'rights',
  doc: 'Rights that people hand on: attest, revoke, and who holds what. For users; numbers 32 to 63 of the link of auth.',
  calls: {
    attest: call(
      32,
      'Registers what a proof grants. Attestations of it that are known already stay as they are.',
      struct({ site: siteIdShape.about('Site or group of the first attestation.'), proof: proofShape }),
      struct({ id: objectIdShape, fresh: bool.about('It was not known.') }),
    ),
    declare: call(
      33,
      'Takes any signed object: an attestation, which finds its place below what its issuer holds, or a revocation.',
      struct({ object: bytes(signedBytesMax).about('A signed object.') }),
      union({
        attestation: [1, struct({ id: objectIdShape })],
        revocation: [2, struct({ id: objectIdShape })],
      }),
    ),
    proof: call(
      34,
      'The whole proof of an attestation, for who is on it and for admins.',
      struct({ attestation: objectIdShape }),
      struct({ root: keyShape, site: siteIdShape, proof: proofShape }),
    ),
    revoke: call(
      35,
      'Takes an attestation back, with all that stands on it. Signed by its issuer or anybody above.',
      struct({
        revocation: bytes(signedBytesMax).about('Revocation, a signed object.'),
        force: bool.about('Though its issuer is a member who was not given the newest key of the site.'),
      }),
      struct({ fresh: bool.about('It was not known.') }),
    ),
    preview: call(
      36,
      'What would fall with an attestation.',
      struct({ attestation: objectIdShape }),
      blastShape,
      30_000,
    ),
    whoHolds: call(
      37,
      'Who holds rights in a site or on one log of it, by user.',
      struct({
        site: siteIdShape,
        log: maybe(logIdShape),
        after: maybe(struct({ user: userIdShape, number: numberShape })),
      }),
      struct({
        holdings: list(
          struct({ holding: holdingShape, name: text(nameBytesMax).about('Or empty.') }),
          grantsPageMax,
        ),
        more: moreShape,
      }),
    ),
    whatHolds: call(
      38,
      'What a user holds, the oldest first: oneself everywhere, another in a site that one is an admin of.',
      struct({
        user: maybe(userIdShape).about('Nobody: oneself.'),
        site: maybe(siteIdShape),
        after: maybe(struct({ site: siteIdShape, number: numberShape })),
      }),
      struct({ holdings: list(holdingShape, grantsPageMax), more: moreShape }),
    ),
    grants: call(
      39,
      'The attestations of a site or group that stand: all for its admins, for others those they issued or hold.',
      struct({ site: siteIdShape, after: numberShape }),
      struct({
        grants: list(grantShape, grantsPageMax),
        next: numberShape.about('Go on after this.'),
        more: moreShape,
      }),
    ),
    changes: call(
      40,
      'What was granted and taken back in a site since then, for its admins.',
      struct({
        site: siteIdShape,
        from: struct({ grants: numberShape, revocations: numberShape }),
      }),
      struct({
        grants: list(grantShape, grantsPageMax),
        revocations: list(
          struct({ number: numberShape, attestation: objectIdShape, issuer: keyShape, atMs: timeShape }),
          grantsPageMax,
        ),
        next: struct({ grants: numberShape, revocations: numberShape }),
        more: moreShape,
      }),
    ),
    foundGroup: call(
      41,
      'Registers a group by the attestation of its root key to the founder. Repeating it answers the same.',
      struct({
        root: keyShape,
        attestation: bytes(signedBytesMax).about('Attestation, a signed object.'),
        title: text(nameBytesMax),
      }),
      struct({ group: siteIdShape }),
    ),
    groups: call(
      42,
      'The groups that the user is in.',
      struct({ after: maybe(struct({ site: siteIdShape, number: numberShape })) }),
      struct({
        groups: list(
          struct({ group: siteIdShape, root: keyShape, title: text(nameBytesMax), rights: rightsShape }),
          grantsPageMax,
        ),
        next: maybe(struct({ site: siteIdShape, number: numberShape })),
      }),
    ),
    seal: call(
      43,
      'Registers the hash of a grant whose content the node is not to know; its holder presents the proof.',
      struct({ site: siteIdShape, attestation: objectIdShape }),
      nothing,
    ),
    origins: call(
      44,
      'Of which web origins the pages may use a site; none: all that may call the node.',
      struct({ site: siteIdShape }),
      list(originShape, siteOriginsMax),
    ),
    setOrigins: call(
      45,
      'Says so, for admins of the site. Leases of pages of other origins end; programs, which have none, stay.',
      struct({ site: siteIdShape, origins: list(originShape, siteOriginsMax) }),
      nothing,
    ),
    lease: call(
      46,
      'A token for one log, which its tail takes in `connect` and which opens nothing else.',
      struct({
        shard: uint(0xffff).about('Number of a shard, from `shardMap`.'),
        site: siteIdShape,
        log: logIdShape,
        want: choice('read', 'write').about('`write` needs both permissions.'),
        proof: maybe(list(bytes(signedBytesMax), proofDepthMax)).about(
          'Attestations from the root to the user, of a grant that the node does not keep.',
        ),
      }),
      struct({
        token: tokenShape,
        expiresMs: timeShape.about('A quarter of an hour from now, or when the right ends.'),
        permissions: permissionsShape,
        keyEpoch: uint(0xffff_ffff).about('Entries under an older key epoch are refused.'),
      }),
    ),
    standing: call(
      47,
      'Whether an attestation is in force, for those on its path, who sealed it, and admins.',
      struct({ attestation: objectIdShape }),
      struct({ state: choice('stands', 'fallen', 'unknown') }),
    ),
  },
  casts: {},
  pushes: {},
});

export type RightsApi = Api<typeof rightsApi>;
export type ChangesFrom = Parameters<RightsApi['changes']>[0]['from'];
export type ChangesPage = Awaited<ReturnType<RightsApi['changes']>>;
export type RightsRemote = Remote<typeof rightsApi>;
