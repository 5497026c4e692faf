/**
 * Of the contract of auth (`auth.ts`), what every session comes to: entering, tokens, founding and listing
 * sites. It is all of it that a page loads at once.
 */

import { connectTokenMs, labelBytesMax, proofDepthMax, signedBytesMax } from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, push, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import {
  deviceIdShape,
  epochShape,
  guidShape,
  keyShape,
  nameShape,
  permissionsShape,
  profileShape,
  signatureShape,
  siteIdShape,
  timeShape,
  tokenShape,
  userIdShape,
} from './model.ts';

export const shardShape = uint(0xffff).about('Number of a shard.');
export const label = bytes(labelBytesMax).about('Title and log names of the site, sealed with its key.');
export const envelope = bytes(256).about(
  'Key epoch and secrets of the site, sealed by HPKE to one recipient.',
);
export const attestation = bytes(signedBytesMax).about('Attestation, a signed object.');
const adminShape = bool.about('Whether the user is the admin of the node.');
export const versionShape = uint().about('Current, or from now on current, version.');
export const commentsShape = list(text(256).about('A sentence about a change.'), 16);
export const moreShape = bool.about('Ask again, `after` the last one.');
export const proof = list(attestation, proofDepthMax).about('Attestations from the root to the subject.');

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

/** What every session comes to, and all that a page loads at once (decision 12). */
export const authBasics = contract({
  name: 'auth',
  doc: 'Of `authApi`, what every session comes to.',
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
    renameDevice: call(7, 'Names a device.', struct({ device: deviceIdShape, name: nameShape }), nothing),
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
        what: choice('sites', 'site', 'devices', 'profile', 'names', 'keys', 'shards').about(
          'What to ask for again.',
        ),
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

export type AuthBasics = Remote<typeof authBasics>;
