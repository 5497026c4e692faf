/**
 * The contract between an application's objects and the part of the client that holds the keys, the queue
 * and the connections (the home). In one program they call each other directly; the tabs of a browser
 * share the home of one of them over a link (SPEC S5). Values are bytes here: codecs are the face's.
 */

import { siteIdShape } from '../api/model.ts';
import { figureShape, invitationShape, memberShape } from '../api/auth-acts.ts';
import {
  deviceIdShape,
  deviceShape,
  invitationStateShape,
  keyShape,
  logIdShape,
  nameShape,
  permissionsShape,
  positionShape,
  profileChangeShape,
  profileShape,
  timeShape,
  userIdShape,
} from '../api/model.ts';
import { durabilityShape } from '../api/tail.ts';
import {
  devicesPerUserMax,
  ephemeralBytesMax,
  facetBytesMax,
  handOverBytesMax,
  invitationsPerSiteMax,
  labelLogsMax,
  lockBytesMax,
  pageBytesMax,
  pageCountMax,
  presenceShownMax,
  proofBytesMax,
  proofsKeptMax,
  viewCountMax,
} from '../base/limits.ts';
import { leadWordBytesMax } from '../base/limits-led.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, cast, contract, push, type Api, type Events, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, id, text, uint } from '../wire/shape.ts';
import {
  statusShape,
  faultShape,
  logNumber,
  appendId,
  value,
  linkText,
  news,
  peopleShape,
  proofRow,
  homeItemShape,
} from './home-shapes.ts';

export const homeApi = contract({
  name: 'home',
  doc: 'What an application asks of the part of the client that holds keys, queue and connections. Inside one device only.',
  calls: {
    start: call(
      1,
      'Who this is. The sites have been pushed before the answer.',
      nothing,
      struct({ user: userIdShape, device: deviceIdShape, url: text(512), node: keyShape }),
    ),
    secret: call(2, "The user's secret.", nothing, fixed(32)),
    found: call(
      3,
      'Founds a site.',
      struct({ title: nameShape, logs: list(nameShape, labelLogsMax) }),
      struct({ site: siteIdShape }),
      60_000,
    ),
    peek: call(
      4,
      'What an invitation link offers.',
      struct({ link: linkText }),
      struct({
        site: siteIdShape,
        title: nameShape,
        logs: list(nameShape, labelLogsMax),
        inviter: nameShape,
        permissions: permissionsShape,
        expiresMs: timeShape,
        state: invitationStateShape,
      }),
      60_000,
    ),
    join: call(
      5,
      'Takes an invitation up.',
      struct({ link: linkText }),
      struct({ site: siteIdShape }),
      60_000,
    ),
    updateProfile: call(
      6,
      'Changes the profile that was last pushed.',
      struct({ changes: list(profileChangeShape, 16) }),
      struct({ kind: choice('ok', 'stale'), comments: list(text(256), 16) }),
      60_000,
    ),
    devices: call(7, 'Devices of the user.', nothing, list(deviceShape, devicesPerUserMax), 60_000),
    renameDevice: call(
      8,
      'Names a device.',
      struct({ device: deviceIdShape, name: nameShape }),
      nothing,
      60_000,
    ),
    revokeDevice: call(9, 'Ends a device for good.', struct({ device: deviceIdShape }), nothing, 60_000),
    figures: call(10, 'Live figures of the node.', nothing, list(figureShape, 128), 60_000),
    logout: call(
      11,
      'Forgets the keys, and ends the session at the node when that can be reached.',
      nothing,
      struct({ isNodeTold: bool }),
      60_000,
    ),
    rename: call(12, 'Names a site.', struct({ site: siteIdShape, title: nameShape }), nothing, 60_000),
    addLog: call(13, 'Lists a log.', struct({ site: siteIdShape, name: nameShape }), nothing, 60_000),
    invite: call(
      14,
      'Makes an invitation link.',
      struct({ site: siteIdShape, permissions: permissionsShape, days: uint(3650) }),
      struct({ link: linkText }),
      60_000,
    ),
    invitations: call(
      15,
      'Invitations of a site.',
      struct({ site: siteIdShape }),
      list(invitationShape, invitationsPerSiteMax),
      60_000,
    ),
    withdraw: call(16, 'Ends an invitation.', struct({ site: siteIdShape, key: keyShape }), nothing, 60_000),
    members: call(
      17,
      'Members of a site, page by page.',
      struct({ site: siteIdShape, after: maybe(userIdShape) }),
      struct({ members: list(memberShape, 256), more: bool }),
      60_000,
    ),
    leave: call(18, 'Leaves a site.', struct({ site: siteIdShape }), nothing, 60_000),
    openLog: call(
      19,
      'Opens a log under a number; its waiting entries and its state are pushed before the answer.',
      struct({ site: siteIdShape, name: nameShape, log: logNumber }),
      nothing,
    ),
    openReader: call(
      20,
      'Reads a log from a position, or its last entries; from the first kept one when both are null.',
      struct({
        log: logNumber,
        from: maybe(positionShape),
        last: maybe(uint(viewCountMax)),
        link: maybe(fixed(32)).about(
          'The chain goes along, from this link before `from`; zeros: from the root.',
        ),
      }),
      struct({ reader: uint(0xffff_ffff) }),
    ),
    next: call(
      21,
      'The next entries of a reader, as soon as there are some; one question at a time.',
      struct({ reader: uint(0xffff_ffff), bytesMax: uint(pageBytesMax) }),
      union({
        items: [
          1,
          struct({
            items: list(homeItemShape, pageCountMax),
            link: maybe(fixed(32)).about('Of the chain, behind the last item.'),
          }),
        ],
        gap: [2, struct({ from: positionShape, to: positionShape })],
        idle: [3, nothing],
        over: [4, nothing],
      }),
      60_000,
    ),
    read: call(
      22,
      'A page from a position, or of the last entries, and where the log ends, without following it.',
      struct({
        log: logNumber,
        from: maybe(positionShape),
        last: maybe(uint(viewCountMax)),
        countMax: uint(pageCountMax),
        bytesMax: uint(pageBytesMax),
      }),
      struct({
        items: list(homeItemShape, pageCountMax),
        first: positionShape,
        tail: positionShape,
        next: positionShape,
      }),
      60_000,
    ),
    passNames: call(
      29,
      'A call of `watchApi`: names, keys, and what the log of the node says.',
      struct({ number: uint(0xffff), bytes: bytes(facetBytesMax) }),
      struct({ bytes: bytes(facetBytesMax) }),
      60_000,
    ),
    rotate: call(
      40,
      'Makes the next key of a site; `history` changes whether newcomers read what was before. `anew`: also without the newest key; `follow`: none, but one that was made so is followed.',
      struct({ site: siteIdShape, history: maybe(bool), how: choice('next', 'anew', 'follow') }),
      struct({ epoch: uint() }),
      600_000,
    ),
    keyState: call(
      41,
      'The key of a site, and whether the next one waits.',
      struct({ site: siteIdShape }),
      struct({
        epoch: uint(),
        state: choice('current', 'due', 'rekeying'),
        sinceMs: timeShape,
        history: bool,
        held: choice('yes', 'no', 'anew'),
      }),
    ),
    handing: call(
      42,
      'What another device of the user is given, and the key of this one.',
      nothing,
      struct({ device: keyShape, handed: bytes(handOverBytesMax) }),
    ),
    keepProof: call(
      43,
      'Keeps the proof of a sealed grant, for when the node asks for it.',
      struct({ proof: bytes(proofBytesMax) }),
      proofRow,
    ),
    proofs: call(
      44,
      'The proofs that are kept and hold now, after forgetting one.',
      struct({ forget: maybe(id(32, (hex) => hex)) }),
      list(proofRow, proofsKeptMax),
    ),
    fold: call(
      49,
      'A word about the snapshots of a log and the state that is kept of it (`fold-words.ts`).',
      struct({ log: logNumber, word: bytes(leadWordBytesMax) }),
      struct({ word: bytes(leadWordBytesMax) }),
      60_000,
    ),
    lock: call(
      48,
      'Locks the keys of this device, or takes the lock away; answers the record of the lock that is there then.',
      struct({
        change: maybe(struct({ by: maybe(struct({ record: bytes(lockBytesMax), key: fixed(32) })) })),
      }),
      struct({ record: maybe(bytes(lockBytesMax)) }),
      60_000,
    ),
    tagsOf: call(
      30,
      'The ids of the log and of the folder of a name.',
      struct({ site: siteIdShape, name: nameShape }),
      struct({ log: logIdShape, folder: text(32) }),
    ),
    passFacet: call(
      31,
      'Makes a call of a facet of auth in the session of this device, or one of `attendApi`.',
      struct({ number: uint(0xffff), bytes: bytes(facetBytesMax) }),
      struct({ bytes: bytes(facetBytesMax) }),
      60_000,
    ),
  },
  casts: {
    append: cast(
      32,
      'Appends a value; answered by `settled`. Repeating it with the same id changes nothing.',
      struct({ log: logNumber, id: appendId, at: maybe(positionShape), timeMs: timeShape, value, news }),
    ),
    closeReader: cast(33, 'Ends a reader.', struct({ reader: uint(0xffff_ffff) })),
    say: cast(
      34,
      'Says something that is not kept.',
      struct({ log: logNumber, value: bytes(ephemeralBytesMax) }),
    ),
    appear: cast(35, 'Sets what others see in presence.', struct({ log: logNumber, state: bytes(512) })),
    lead: cast(
      37,
      'A word about leading a log (`led-words.ts`).',
      struct({ log: logNumber, word: bytes(leadWordBytesMax) }),
    ),
    watch: cast(
      36,
      'Whether pushes of presence and of what is said are wanted.',
      struct({ log: logNumber, isWanted: bool }),
    ),
  },
  pushes: {
    status: push(1, 'State of the connection.', struct({ status: statusShape, trouble: maybe(faultShape) })),
    account: push(2, 'The profile.', struct({ isAdmin: bool, profile: profileShape })),
    site: push(
      3,
      'A site as it is now.',
      struct({
        site: siteIdShape,
        title: nameShape,
        logs: list(nameShape, labelLogsMax),
        permissions: permissionsShape,
        memberCount: uint(),
        joinedMs: timeShape,
      }),
    ),
    siteGone: push(4, 'The user is no member any more.', struct({ site: siteIdShape })),
    devicesChanged: push(5, 'The list of devices is another.', nothing),
    people: push(6, 'Whose devices these are.', struct({ site: siteIdShape, people: peopleShape })),
    log: push(
      7,
      'State of a log.',
      struct({
        log: logNumber,
        status: statusShape,
        trouble: maybe(faultShape),
        permissions: permissionsShape,
        first: positionShape,
        tail: positionShape,
      }),
    ),
    waiting: push(
      8,
      'An append of this device waits for its position.',
      struct({ log: logNumber, id: appendId, timeMs: timeShape, value }),
    ),
    settled: push(
      9,
      'What became of an append.',
      struct({
        log: logNumber,
        id: appendId,
        outcome: union({
          ok: [1, struct({ at: positionShape, durability: durabilityShape })],
          conflict: [2, struct({ tail: positionShape })],
          failed: [3, faultShape],
          changed: [4, struct({ at: positionShape, durability: durabilityShape, value })],
        }),
      }),
    ),
    said: push(
      10,
      'Somebody said something that is not kept.',
      struct({
        log: logNumber,
        who: uint(0xffff_ffff),
        device: deviceIdShape,
        value: bytes(ephemeralBytesMax),
      }),
    ),
    present: push(
      11,
      'Who has the log open.',
      struct({
        log: logNumber,
        people: list(
          struct({
            who: uint(0xffff_ffff),
            user: userIdShape,
            device: deviceIdShape,
            isMe: bool,
            state: bytes(512),
          }),
          presenceShownMax,
        ),
      }),
    ),
    lead: push(
      15,
      'News of leading a log (`led-words.ts`).',
      struct({ log: logNumber, word: bytes(leadWordBytesMax) }),
    ),
    alarm: push(12, 'The log of the node contradicts what it showed before.', faultShape),
    noticed: push(
      13,
      'The log of the node says something about this user that this device did not cause.',
      struct({
        index: uint().about('Of the leaf.'),
        kind: choice('statement', 'withdrawal', 'claim', 'keyChange', 'nodeRevoked'),
        timeMs: timeShape,
        about: text(254).about('The address, a name, or empty.'),
        isMine: bool.about('Whether it is about the key of this user.'),
      }),
    ),
    calm: push(14, 'Somebody has looked into the alarm, and goes on with the node.', nothing),
  },
});

export type HomeApi = Api<typeof homeApi>;
export type HomeRemote = Remote<typeof homeApi>;
export type HomeEvents = Events<typeof homeApi>;
