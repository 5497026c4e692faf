/** Of the contract of auth (`auth.ts`), the acts on sites, devices and the profile. */

import { devicesPerUserMax, invitationsPerSiteMax } from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Remote } from '../wire/contract.ts';
import { text, type Of } from '../wire/shape.ts';
import {
  attestation,
  commentsShape,
  envelope,
  label,
  moreShape,
  proof,
  versionShape,
} from './auth-basics.ts';
import {
  deviceIdShape,
  deviceShape,
  epochShape,
  invitationStateShape,
  keyShape,
  nameShape,
  permissionsShape,
  profileChangeShape,
  profileShape,
  signatureShape,
  siteIdShape,
  timeShape,
  userIdShape,
} from './model.ts';

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

/** What sessions come to when somebody acts on sites, devices and the profile. */
export const authActs = contract({
  name: 'auth',
  doc: 'Of `authApi`, the acts.',
  calls: {
    devices: call(6, 'All devices of the user.', nothing, list(deviceShape, devicesPerUserMax)),
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
  },
  casts: {},
  pushes: {},
});

export type AuthActs = Remote<typeof authActs>;
