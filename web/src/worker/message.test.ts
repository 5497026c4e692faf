/** A push becomes the same notice, whoever has looked at it before the worker. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUtf8 } from 'copse/internal/base/bytes.ts';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import { decodeNotice, encodeNotice, type Notice } from 'copse/internal/social/notice.ts';
import { messageIn } from './message.ts';

const notice: Notice = {
  kind: 'news',
  badge: 3,
  places: [
    { site: siteId('11'.repeat(16)), log: logId('aa'.repeat(16)), upTo: 7, count: 1, isMention: true },
  ],
  navigate: 'https://node.example/#/',
  tag: 'one',
};
const bytes = encodeNotice(notice);

test('[I21] a message that the browser has taken apart is the notice that was sent', () => {
  const data = { arrayBuffer: () => bytes.slice().buffer };
  assert.deepEqual(decodeNotice(messageIn({ data })), notice);
  const { notification } = JSON.parse(fromUtf8(bytes) ?? '') as { readonly notification: Notification };
  assert.deepEqual(decodeNotice(messageIn({ data: null, notification, appBadge: 3 })), notice);
  const { navigate: _, ...bare } = notification as Notification & { readonly navigate: string };
  const without = decodeNotice(messageIn({ data: null, notification: bare, appBadge: 3 }));
  assert.deepEqual(without?.places, notice.places);
});

test('[I21] a push without anything in it is none that is understood', () => {
  assert.equal(decodeNotice(messageIn({ data: null })), null);
  assert.equal(decodeNotice(messageIn({ data: null, notification: null })), null);
});
