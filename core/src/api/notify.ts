/**
 * The contract of notify: who listens where (from auth), what is news (from the tail), who is here and has
 * read what (from the tail). Only between the services of one operator. Everything in it may be repeated; an
 * `update` that does not fit is answered, and then the whole state follows (SPEC I11).
 */

import { devicesPerUserMax, holdingsMax } from '../base/limits.ts';
import {
  badgeMax,
  changesPerUpdateMax,
  deadLettersPageMax,
  endpointBytesMax,
  mentionsPerPublishMax,
  noticePostBytesMax,
  overrideMsMax,
  postsSeenMax,
  presenceUsersMax,
  publishesMax,
  readsMax,
  tagsPerListenerMax,
  toldPerUserMax,
  updatePartsMax,
  zoneBytesMax,
} from '../base/limits-notify.ts';
import { noticePlacesMax } from '../base/limits-push.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import { shardShape } from './auth-basics.ts';
import {
  deviceIdShape,
  epochShape,
  logIdShape,
  positionShape,
  siteIdShape,
  timeShape,
  userIdShape,
} from './model.ts';

export const tagShape = fixed(8).about('Of whom an entry mentions: made by members, blind for the node.');
export const levelShape = choice('all', 'mentions', 'none').about('What a device hears of a site.');
export type Level = Of<typeof levelShape>;

export const durationShape = uint(overrideMsMax).about('From when it arrives; 0: until the next change.');
const listener = { device: deviceIdShape, site: siteIdShape } as const;

export const quietShape = struct({
  zone: text(zoneBytesMax).about('Time zone, as `Europe/Lisbon` (IANA).'),
  days: uint(127).about('Bit set of the days on which it begins: Monday 1, Sunday 64.'),
  fromMinute: uint(1_439).about('Of the day, by the clock of the zone.'),
  toMinute: uint(1_439).about('Not later than `fromMinute`: of the next day.'),
  mentionsPass: bool.about('Mentions are told nevertheless.'),
});
export type QuietSpec = Of<typeof quietShape>;

/** A change of what a user's devices hear. Each may be repeated without another effect, but for when a duration ends. */
export const subscriptionChangeShape = union({
  join: [
    1,
    struct({
      ...listener,
      audience: list(
        text(32).about('`*`, a folder (16 hex digits and `*`) or the id of a log.'),
        holdingsMax,
      ).about('What she may read there; one who is in already keeps her levels.'),
    }),
  ],
  leave: [2, struct(listener)],
  leaveAll: [3, struct({ device: deviceIdShape })],
  mute: [4, struct({ ...listener, durationMs: durationShape })],
  unmute: [
    5,
    struct({
      ...listener,
      durationMs: durationShape.about(
        'From when it arrives; 0: what overrides the level ends, and the level `none` becomes `all`.',
      ),
    }),
  ],
  level: [6, struct({ ...listener, level: levelShape })],
  tags: [
    7,
    struct({ ...listener, tags: list(tagShape, tagsPerListenerMax).about('In place of all before.') }),
  ],
  endpoint: [
    8,
    struct({
      device: deviceIdShape,
      url: text(endpointBytesMax).about('Of the push service.'),
      p256dh: fixed(65).about('Key of the device (RFC 8291).'),
      auth: fixed(16).about('Secret of the device (RFC 8291).'),
    }),
  ],
  forgetEndpoint: [9, struct({ device: deviceIdShape })],
  quiet: [10, struct({ hours: maybe(quietShape) })],
});
export type SubscriptionChange = Of<typeof subscriptionChangeShape>;

export const toldShape = struct({
  device: deviceIdShape,
  site: maybe(siteIdShape).about('None: of several, or a test.'),
  atMs: timeShape,
  what: text(32).about(
    'A word of the program: `sent`, or why not, as `here`, `level`, `muted`, `quiet`, `held`, `dead`.',
  ),
});
export type Told = Of<typeof toldShape>;

const letterIdShape = uint().about('They rise from 1.');

export const letterShape = struct({
  id: letterIdShape,
  user: userIdShape,
  device: deviceIdShape,
  atMs: timeShape.about('When it was given up.'),
  origin: text(endpointBytesMax).about('Of the push service, as `https://push.example`; empty: not known.'),
  why: text(32).about('A word of the program: `attempts`, `late`, `full`, `tooLarge`, `refused`.'),
  last: text(200).about('By the push service, or what kept it from being asked.'),
});
export type Letter = Of<typeof letterShape>;

/** Of `letters` and `replay`, here and where an admin calls them (`noticesApi`). */
export const lettersAfterShape = struct({
  after: uint().about('The rest of a long list, behind this one; 0: from the first.'),
});
export const lettersPageShape = struct({
  rows: list(letterShape, deadLettersPageMax),
  more: maybe(letterIdShape).about('Ask again behind this one.'),
});
export const replayShape = struct({ ids: list(letterIdShape, deadLettersPageMax) });
/** Of the neighbourhood: `posts` and `seen`, here and where a device calls them (`noticesApi`). */
export const postLengthsShape = list(positionShape, noticePlacesMax).about(
  'The lengths that a notification names.',
);
export const noticePostsShape = struct({
  rows: list(
    maybe(
      struct({
        seq: uint().about('Position in what has arrived at the node.'),
        message: bytes(noticePostBytesMax).about('As its user signed it.'),
        edit: maybe(bytes(noticePostBytesMax)).about('The newest edit of it.'),
        profile: maybe(bytes(noticePostBytesMax)).about('Of its author, as she signed it.'),
      }),
    ),
    noticePlacesMax,
  ).about('In the order asked; none: it is not here any more, does not concern her, or is too long.'),
});
export const postsSeenShape = struct({
  ids: list(fixed(32), postsSeenMax),
  all: bool.about('And all that came before the last of these to arrive; without any, all that is here.'),
  knocks: bool.about('And which strangers have knocked.'),
});
export const replayedShape = struct({ count: uint(deadLettersPageMax).about('Of those that were there.') });

const storeEpochShape = fixed(8).about('Drawn when the store of notify was made.');
const versionShape = uint().about('Of the state that notify holds of the user; 0: none.');

export const updateShape = struct({
  user: userIdShape,
  epoch: storeEpochShape,
  base: versionShape.about('What the changes apply to, and what a whole state takes the place of.'),
  digest: fixed(8).about('Of the state after the changes, or of the whole state.'),
  full: maybe(
    struct({
      part: uint(updatePartsMax - 1).about('From 0.'),
      parts: uint(updatePartsMax).about('Of which the state consists.'),
    }),
  ).about('The changes make the whole state out of nothing, when all parts are there.'),
  changes: list(subscriptionChangeShape, changesPerUpdateMax),
});
export type Update = Of<typeof updateShape>;

export const updatedShape = union({
  ok: [1, struct({ version: versionShape })],
  unknown: [2, struct({ epoch: storeEpochShape, version: versionShape })],
  more: [3, struct({ part: uint(updatePartsMax).about('Which part of the whole state is to come.') })],
});
export type Updated = Of<typeof updatedShape>;

const readShape = struct({
  user: userIdShape,
  site: siteIdShape,
  log: logIdShape,
  at: positionShape.about('Behind the newest entry that she has read.'),
});

export const publishShape = struct({
  site: siteIdShape,
  log: logIdShape,
  length: positionShape.about('Position behind the newest entry that is news.'),
  mentions: list(tagShape, mentionsPerPublishMax),
  by: maybe(userIdShape).about(
    'Who wrote all of it, as it says itself: it is no news to her, and what was unread before stays so. None: several, or it is not known.',
  ),
});

export const presenceFrameShape = struct({
  shard: shardShape,
  epoch: epochShape.about('Of what the shard says; higher than ever before when it begins anew.'),
  seq: uint().about('Number of the frame, from 0.'),
  reads: list(readShape, readsMax).about('They count before `unmuted`.'),
  muted: list(userIdShape, presenceUsersMax).about('Who is here from now on.'),
  unmuted: list(userIdShape, presenceUsersMax).about('Who has gone.'),
});

export const notifyInternal = contract({
  name: 'notifyInternal',
  doc: 'What auth and the tail tell notify. Only between the services of one operator; a tail in another process speaks to it over its link to auth.',
  calls: {
    update: call(
      33,
      'Changes of what a user hears. They apply when the store and the version are those that they were made for, all or none; the same once more answers the same. After `unknown` the whole state follows, in place of the version that the answer names.',
      updateShape,
      updatedShape,
    ),
    publish: call(
      34,
      'Logs that have news, and whom it mentions. What is known of a log only grows, so this may be merged, repeated and overtaken. Answered when it is durable.',
      struct({ logs: list(publishShape, publishesMax) }),
      nothing,
    ),
    presence: call(
      35,
      'Who is here, from a shard of the tail; also without a change every few seconds, because what a silent shard has muted ends. After `again` it says all whom it mutes, in frames from 0 of the next higher epoch, with which everything that it said before is forgotten.',
      presenceFrameShape,
      union({
        ok: [1, nothing],
        again: [2, struct({ epoch: epochShape.about('The one above it was told to nobody else.') })],
      }),
    ),
    read: call(
      36,
      'What users have read: entries of a log up to a position.',
      struct({ reads: list(readShape, readsMax) }),
      nothing,
    ),
    about: call(
      37,
      'The key by which push services know this operator (RFC 8292).',
      nothing,
      struct({ pushKey: fixed(65) }),
    ),
    told: call(
      38,
      'What became of the notifications of a user, the newest first, and how her devices are reached.',
      struct({ user: userIdShape }),
      struct({
        rows: list(toldShape, toldPerUserMax),
        addresses: list(
          struct({ device: deviceIdShape, state: choice('good', 'failing', 'gone') }),
          devicesPerUserMax,
        ),
      }),
    ),
    test: call(
      39,
      'Sends a test to a device at once, and answers when its push service has, or after ten seconds.',
      struct({ user: userIdShape, device: deviceIdShape }),
      struct({
        outcome: choice('sent', 'none', 'refused', 'gone', 'late'),
        said: text(200).about('By the push service, or why nothing was sent.'),
      }),
    ),
    letters: call(
      40,
      'Messages that could not be delivered, the oldest first.',
      lettersAfterShape,
      lettersPageShape,
    ),
    replay: call(
      41,
      'Takes such messages out, ends the rest of their push services and the pause of their devices: those are told what there is for them now. What is not there any more is passed over.',
      replayShape,
      replayedShape,
    ),
    unread: call(
      42,
      'In how many logs there is news that the user has not read: the number on the icon of her devices.',
      struct({ user: userIdShape }),
      struct({ count: uint(badgeMax).about('The largest number means as many or more.') }),
    ),
    posts: call(
      43,
      'The messages of the neighbourhood that notifications of a user are about.',
      struct({ user: userIdShape, lengths: postLengthsShape }),
      noticePostsShape,
    ),
    seen: call(
      44,
      'What a user has read in the neighbourhood.',
      struct({ user: userIdShape, what: postsSeenShape }),
      nothing,
    ),
  },
  casts: {},
  pushes: {},
});

export type NotifyInternal = Api<typeof notifyInternal>;
export type NotifyRemote = Remote<typeof notifyInternal>;
