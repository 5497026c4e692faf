/**
 * The contract of notifications, a facet of auth (SPEC W14, I7, I8, I15, I17-I20): where a device can be reached,
 * what it hears of each site, and what became of what was sent. Everything is about the device that calls, but for
 * the quiet hours, which are the user's, and what could not be delivered, which is for admins of the node.
 */

import {
  badgeMax,
  noticeRowsMax,
  tagsPerListenerMax,
  toldPerUserMax,
  endpointBytesMax,
} from '../base/limits-notify.ts';
import { list, maybe, nothing, struct } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import { siteIdShape } from './model.ts';
import {
  durationShape,
  lettersAfterShape,
  lettersPageShape,
  levelShape,
  noticePostsShape,
  postLengthsShape,
  postsSeenShape,
  quietShape,
  replayedShape,
  replayShape,
  tagShape,
  toldShape,
} from './notify.ts';

export const noticeRowShape = struct({
  site: siteIdShape,
  level: levelShape,
  override: maybe(
    struct({
      level: choice('all', 'none'),
      leftMs: durationShape.about('How much longer; 0: until it is changed.'),
    }),
  ).about('What counts instead for a while.'),
  tags: list(tagShape, tagsPerListenerMax),
});
export type NoticeRow = Of<typeof noticeRowShape>;

export const addressStateShape = choice('none', 'good', 'failing', 'gone').about(
  'Of the address of a device: there is none; what was sent last came through, or nothing was; it did not; the push service says that nobody is there any more.',
);

export const noticesApi = contract({
  name: 'notices',
  doc: 'Notifications of the device that calls, and for admins of the node what could not be delivered.',
  calls: {
    desk: call(
      224,
      'How the node reaches this device, and what it hears.',
      struct({ after: maybe(siteIdShape).about('The rest of a long list, behind this site.') }),
      struct({
        pushKey: maybe(fixed(65)).about(
          'Key by which push services know the node (RFC 8292), for `applicationServerKey`; none: this node does not notify.',
        ),
        address: maybe(text(endpointBytesMax)).about('Where this device is reached.'),
        state: addressStateShape,
        quiet: maybe(quietShape),
        rows: list(noticeRowShape, noticeRowsMax).about('The sites that this device hears of, by id.'),
        more: maybe(siteIdShape).about('Ask again behind this one.'),
      }),
    ),
    subscribe: call(
      225,
      'This device is reached here from now on, and hears of all sites of its user. Repeating it changes nothing.',
      struct({
        url: text(endpointBytesMax).about('Of the push service (RFC 8030).'),
        p256dh: fixed(65).about('Key of the subscription (RFC 8291).'),
        auth: fixed(16).about('Secret of the subscription (RFC 8291).'),
      }),
      nothing,
    ),
    unsubscribe: call(226, 'This device hears nothing any more; its levels are forgotten.', nothing, nothing),
    level: call(
      227,
      'What this device hears of a site, and no override any more.',
      struct({ site: siteIdShape, level: levelShape }),
      nothing,
    ),
    mute: call(
      228,
      'Nothing of a site for a while.',
      struct({ site: siteIdShape, durationMs: durationShape }),
      nothing,
    ),
    unmute: call(
      229,
      'Everything of a site for a while; with 0 what overrides its level ends.',
      struct({ site: siteIdShape, durationMs: durationShape }),
      nothing,
    ),
    quiet: call(
      230,
      'Hours in which none of the devices of the user is notified.',
      struct({ hours: maybe(quietShape) }),
      nothing,
    ),
    tags: call(
      231,
      'By which tags entries of a site mention the user, in place of all before.',
      struct({ site: siteIdShape, tags: list(tagShape, tagsPerListenerMax) }),
      nothing,
    ),
    test: call(
      232,
      'Sends a notification to this device now, and answers what its push service said.',
      nothing,
      struct({
        outcome: choice('sent', 'none', 'refused', 'gone', 'late').about(
          'The push service took it; this device has no address; it was refused; nobody is there any more; no answer yet.',
        ),
        said: text(200).about('By the push service, or why nothing was sent.'),
      }),
    ),
    told: call(
      233,
      'What was sent to the devices of the user and what not, the newest first.',
      nothing,
      struct({ rows: list(toldShape, toldPerUserMax) }),
    ),
    letters: call(
      234,
      'For an admin of the node: messages to whichever device that could not be delivered, the oldest first.',
      lettersAfterShape,
      lettersPageShape,
    ),
    replay: call(
      235,
      'For an admin of the node: their devices are told at once what there is for them now. What is not there any more is passed over.',
      replayShape,
      replayedShape,
    ),
    unread: call(
      236,
      'In how many logs there is news that the user has not read, in the sites of which a device of hers hears something: the number on the icon.',
      nothing,
      struct({ count: uint(badgeMax).about('The largest number means as many or more.') }),
    ),
    posts: call(
      237,
      'The messages of the neighbourhood that a notification of the user is about, for a device that shows it.',
      struct({ lengths: postLengthsShape }),
      noticePostsShape,
    ),
    seen: call(
      238,
      'What the user has read in the neighbourhood, on whichever device.',
      postsSeenShape,
      nothing,
    ),
  },
  casts: {},
  pushes: {},
});

export type NoticesApi = Api<typeof noticesApi>;
export type NoticesRemote = Remote<typeof noticesApi>;
