/**
 * The contract of auth: identities, rights and keys. `authApi` is what a device may call after the
 * handshake (a stranger only the calls marked so); `authInternal` is what the tail may. What the proofs
 * in it sign is declared in `capability/possession.ts`.
 */

import {
  caveatsMax,
  changesPerPageMax,
  connectTokenMs,
  devicesPerUserMax,
  holdingsMax,
  invitationsPerSiteMax,
  labelBytesMax,
  proofDepthMax,
  signedBytesMax,
  siteOriginsMax,
  tokenKeysMax,
} from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import {
  caveatShape,
  deviceIdShape,
  deviceShape,
  epochShape,
  guidShape,
  invitationStateShape,
  keyShape,
  logIdShape,
  nameShape,
  originShape,
  permissionsShape,
  profileChangeShape,
  profileShape,
  signatureShape,
  siteIdShape,
  standingIdShape,
  timeShape,
  tokenShape,
  userIdShape,
} from './model.ts';

const shardShape = uint(0xffff).about('Number of a shard.');
const label = bytes(labelBytesMax).about('Title and log names of the site, sealed with its key.');
const envelope = bytes(256).about('Key epoch and secrets of the site, sealed by HPKE to one recipient.');
const attestation = bytes(signedBytesMax).about('Attestation, a signed object.');
const adminShape = bool.about('Whether the user is the admin of the node.');
const versionShape = uint().about('Current, or from now on current, version.');
const commentsShape = list(text(256).about('A sentence about a change.'), 16);
const moreShape = bool.about('Ask again, `after` the last one.');
const proof = list(attestation, proofDepthMax).about('Attestations from the root to the subject.');

const tokenAnswer = struct({
  token: tokenShape,
  expiresMs: timeShape.about(`At most ${connectTokenMs / 3_600_000} hours from now.`),
});

export const siteRowShape = struct({
  site: siteIdShape,
  root: keyShape,
  permissions: permissionsShape.about('What the user may do in all logs of it.'),
  somewhere: permissionsShape.about('What she may do in some, perhaps under conditions.'),
  label,
  version: uint().about('Version of the label.'),
  keyEpoch: epochShape,
  envelope,
  joinedMs: timeShape,
  members: uint().about('How many there are.'),
});
export type SiteRow = Of<typeof siteRowShape>;

export const memberShape = struct({
  user: userIdShape,
  key: keyShape,
  name: nameShape,
  permissions: permissionsShape,
  joinedMs: timeShape,
  invitedBy: maybe(userIdShape),
});
export type Member = Of<typeof memberShape>;

export const invitationShape = struct({
  key: keyShape.about('Public one-time key: the id of the invitation.'),
  permissions: permissionsShape,
  by: userIdShape,
  createdMs: timeShape,
  expiresMs: timeShape,
  state: invitationStateShape,
  usedBy: maybe(userIdShape),
});
export type InvitationRow = Of<typeof invitationShape>;

export const figureShape = struct({
  name: text(64).about('Name, which stays.'),
  unit: text(16).about('Unit, or empty.'),
  value: text(32).about('For people.'),
});

export const authApi = contract({
  name: 'auth',
  doc: 'Identities, rights and keys. Runs inside the encrypted channel of the handshake. Strangers (no blessing) may call signup, invitation, shardMap and refresh.',
  calls: {
    signup: call(
      1,
      'Makes a user of a blessed device; the session becomes hers. Repeating it answers the same. Open to strangers.',
      struct({
        user: keyShape,
        blessing: bytes(signedBytesMax).about('By the user key, for this device.'),
        deviceName: nameShape,
        profile: profileShape,
        admission: union({
          open: [1, nothing],
          setup: [2, struct({ secret: fixed(32).about('From the link that the first start prints.') })],
          invitation: [
            3,
            struct({
              key: keyShape,
              proof: signatureShape.about(
                'By the one-time key, over the user key and the node key (domain `invite/admit`).',
              ),
            }),
          ],
        }),
      }),
      struct({ user: userIdShape, device: deviceIdShape, admin: adminShape }),
    ),
    whoami: call(
      2,
      'The user and device of this session.',
      nothing,
      struct({
        user: userIdShape,
        device: deviceIdShape,
        admin: adminShape,
        profile: profileShape,
        version: uint().about('Version of the profile.'),
      }),
    ),
    login: call(
      3,
      'A connect token for this device on one shard. The same guid gets the same token for a minute.',
      struct({ shard: shardShape, guid: guidShape }),
      tokenAnswer,
    ),
    refresh: call(
      4,
      'The successor of a token of that shard. The same guid gets the same token for a minute. Open to strangers: the device key is the credential.',
      struct({
        shard: shardShape,
        token: tokenShape,
        guid: guidShape,
        signature: signatureShape.about('By the device, over the token and the guid (domain `refresh`).'),
      }),
      tokenAnswer,
    ),
    logout: call(5, 'Ends the tokens, sessions and connections of this device.', nothing, nothing),
    devices: call(6, 'All devices of the user.', nothing, list(deviceShape, devicesPerUserMax)),
    renameDevice: call(7, 'Names a device.', struct({ device: deviceIdShape, name: nameShape }), nothing),
    revokeDevice: call(8, 'Ends a device of the user for good.', struct({ device: deviceIdShape }), nothing),
    updateProfile: call(
      9,
      'Changes the profile when `version` is the current one; comments tell what was refused or adjusted.',
      struct({ version: versionShape, changes: list(profileChangeShape, 16) }),
      union({
        ok: [1, struct({ version: versionShape, comments: commentsShape })],
        stale: [2, struct({ version: versionShape, profile: profileShape, comments: commentsShape })],
      }),
    ),
    shardMap: call(
      10,
      'Which tail serves which site. Open to strangers.',
      nothing,
      struct({
        epoch: epochShape,
        shards: list(
          struct({ shard: shardShape, url: text(512).about('WebSocket address; empty: this node.') }),
          1024,
        ),
      }),
    ),
    foundSite: call(
      11,
      'Registers a site by the attestation of its root key to the founder. Repeating it answers the same.',
      struct({ root: keyShape, attestation, label, envelope }),
      struct({ site: siteIdShape }),
    ),
    sites: call(
      12,
      'The sites of the user, page by page.',
      struct({ after: maybe(siteIdShape) }),
      struct({ sites: list(siteRowShape, 32), more: moreShape }),
    ),
    site: call(13, 'One site.', struct({ site: siteIdShape }), siteRowShape),
    updateSite: call(
      14,
      'Replaces the label when `version` is the current one.',
      struct({ site: siteIdShape, version: versionShape, label }),
      union({
        ok: [1, struct({ version: versionShape })],
        stale: [2, struct({ version: versionShape, label })],
      }),
    ),
    members: call(
      15,
      'Members of a site, page by page.',
      struct({ site: siteIdShape, after: maybe(userIdShape) }),
      struct({ members: list(memberShape, 256), more: moreShape }),
    ),
    invite: call(
      16,
      'Registers an invitation: an attestation to a one-time key and the site key sealed to it.',
      struct({
        site: siteIdShape,
        attestation: attestation.about('To the one-time key, with at least one re-delegation left.'),
        envelope,
        expiresMs: timeShape.about('End of the invitation; what it grants lasts as the attestation says.'),
      }),
      struct({ key: keyShape }),
    ),
    invitations: call(
      17,
      'Invitations of a site.',
      struct({ site: siteIdShape }),
      list(invitationShape, invitationsPerSiteMax),
    ),
    withdraw: call(18, 'Ends an open invitation.', struct({ site: siteIdShape, key: keyShape }), nothing),
    invitation: call(
      19,
      'What an invitation offers, for who holds its one-time key. Open to strangers.',
      struct({
        key: keyShape,
        proof: signatureShape.about(
          'By the one-time key, over the node key and the device key (domain `invite/look`).',
        ),
      }),
      struct({
        site: siteIdShape,
        root: keyShape,
        proof,
        envelope,
        label,
        keyEpoch: epochShape,
        inviter: nameShape,
        expiresMs: timeShape,
        state: invitationStateShape,
      }),
    ),
    join: call(
      20,
      'Exchanges an invitation for a grant: the proof ends with an attestation from the one-time key to the user.',
      struct({ site: siteIdShape, proof, envelope }),
      struct({ site: siteIdShape, permissions: permissionsShape }),
    ),
    leave: call(21, 'Gives the own membership back.', struct({ site: siteIdShape }), nothing),
    figures: call(22, 'Live figures of the node, for its admin.', nothing, list(figureShape, 128)),
    writers: call(
      23,
      'Whose devices these are, revoked ones too, for a member of the site; unknown ones are left out.',
      struct({ site: siteIdShape, devices: list(deviceIdShape, 256) }),
      list(struct({ device: deviceIdShape, user: userIdShape, name: nameShape.about('Of the user.') }), 256),
    ),
    exchange: call(
      24,
      'The secret of a token of this device, with which it connects again without a signature.',
      struct({ shard: shardShape, token: tokenShape }),
      struct({ secret: fixed(32).about('Ends with the token.') }),
    ),
  },
  casts: {},
  pushes: {
    changed: push(
      1,
      'Something this session shows is no longer current.',
      struct({
        what: choice('sites', 'site', 'devices', 'profile', 'names', 'keys').about('What to ask for again.'),
        site: maybe(siteIdShape),
      }),
    ),
    ended: push(
      2,
      'This session is over.',
      struct({ fault: uint(255).about('Number of the fault (docs/faults.md).') }),
    ),
  },
});

/**
 * A change that the tail must know: from this sequence on, older epochs, this grant or what stands on this
 * attestation no longer count; or a user has more than she had; or other pages may use a site.
 */
export const changeShape = union({
  device: [1, struct({ device: deviceIdShape, minEpoch: epochShape })],
  user: [2, struct({ user: userIdShape, minEpoch: epochShape })],
  grant: [3, struct({ user: userIdShape, site: siteIdShape })],
  site: [4, struct({ site: siteIdShape, keyEpoch: epochShape })],
  fallen: [5, struct({ attestation: standingIdShape })],
  widened: [6, struct({ user: userIdShape, site: siteIdShape })],
  origins: [7, struct({ site: siteIdShape })],
});
export type Change = Of<typeof changeShape>;

/** A key of the tokens of one shard: good for a day, known the day before and after. */
const tokenKeyShape = struct({
  number: uint(255).about('As in the token.'),
  key: fixed(32).about('Of the HMAC.'),
});
export type ShardTokenKey = Of<typeof tokenKeyShape>;

const seqShape = uint().about('Number of a change; they rise.');

const stands = list(standingIdShape, holdingsMax * proofDepthMax).about(
  'Attestations that it stands on: it ends when one falls.',
);

const accessShape = struct({
  permissions: permissionsShape.about('Without conditions; 0 is none.'),
  conditional: list(
    struct({
      permissions: permissionsShape,
      expiresMs: timeShape.about('0: never.'),
      caveats: list(caveatShape, caveatsMax * proofDepthMax),
    }),
    holdingsMax,
  ).about('What more is permitted where the caveats hold, which the tail finds out.'),
  stands,
  keyEpoch: epochShape,
  origins: list(originShape, siteOriginsMax).about('Of pages that may use the site; none: all pages.'),
  expiresMs: timeShape.about('0: never.'),
  provable: bool.about('More may be permitted by a proof that the node does not keep.'),
  seq: seqShape,
});

export const authInternal = contract({
  name: 'authInternal',
  doc: 'What a tail asks of auth and follows. Only between the services of one operator.',
  calls: {
    access: call(
      1,
      'What a user may do on a log of a site now; `seq` is the change that the answer already contains.',
      struct({ user: userIdShape, device: deviceIdShape, site: siteIdShape, log: logIdShape }),
      accessShape,
    ),
    prove: call(
      3,
      'The same by a proof that a device presents, whose last attestation is made out to the user (SPEC R8).',
      struct({ user: userIdShape, device: deviceIdShape, site: siteIdShape, log: logIdShape, proof }),
      accessShape,
    ),
    follow: call(
      2,
      'Changes after `from`, oldest first; when there are no `more`, pushes follow from `seq`. Devices and grants that changed twice appear once.',
      struct({ shard: shardShape, from: seqShape }),
      struct({
        seq: uint().about('The last change that this answer contains.'),
        more: bool.about('Call again from `seq`.'),
        reset: bool.about(
          '`from` is not known any more: drop all leases, then apply what is still in force.',
        ),
        changes: list(changeShape, changesPerPageMax),
        keys: list(tokenKeyShape, tokenKeysMax),
        node: keyShape,
      }),
    ),
  },
  casts: {},
  pushes: {
    change: push(1, 'One change.', struct({ seq: seqShape, change: changeShape })),
    beat: push(2, 'Heartbeat: nothing newer than `seq`.', struct({ seq: seqShape })),
    keys: push(
      3,
      'The token keys of the shard from now on; all others are forgotten.',
      struct({ keys: list(tokenKeyShape, tokenKeysMax) }),
    ),
  },
});

export type AuthApi = Api<typeof authApi>;
export type AuthRemote = Remote<typeof authApi>;
export type AuthEvents = Events<typeof authApi>;
export type AuthInternal = Api<typeof authInternal>;
export type AuthInternalEvents = Events<typeof authInternal>;
