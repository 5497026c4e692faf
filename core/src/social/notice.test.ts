/** What a notification says, and what is taken for one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { fromUtf8, utf8 } from '../base/bytes.ts';
import { logId, siteId } from '../base/ids.ts';
import { noticePlacesMax, pushTextBytesMax } from '../base/limits-push.ts';
import { decodeNotice, encodeNotice, type Notice } from './notice.ts';

const PLACE = {
  site: siteId('0123456789abcdef0123456789abcdef'),
  log: logId('fedcba9876543210fedcba9876543210'),
  upTo: 41,
  count: 2,
  isMention: true,
};
const NOTICE: Notice = {
  kind: 'news',
  badge: 3,
  places: [PLACE, { ...PLACE, log: null, isMention: false }],
  navigate: 'https://copse.example/site/0123456789abcdef0123456789abcdef',
  tag: 'tag',
};
const text = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const written = (): Record<string, unknown> => JSON.parse(fromUtf8(encodeNotice(NOTICE)) ?? '');

test('[I14] a notice is a declarative message with the number on the icon, and no content', () => {
  assert.deepEqual(written(), {
    web_push: 8030,
    mutable: true,
    app_badge: 3,
    notification: {
      title: 'You are mentioned',
      body: 'In 3 conversations.',
      navigate: NOTICE.navigate,
      tag: 'tag',
      app_badge: 3,
      silent: false,
      data: {
        v: 1,
        kind: 'news',
        places: [
          ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210', 41, 2, 1],
          ['0123456789abcdef0123456789abcdef', '', 41, 2, 0],
        ],
      },
    },
  });
});

const hex32 = fc.stringMatching(/^[0-9a-f]{32}$/);
const count = fc.maxSafeNat();
const place = fc.record(
  {
    site: hex32.map(siteId),
    log: fc.option(hex32.map(logId)),
    upTo: count,
    count,
    isMention: fc.boolean(),
  },
  { noNullPrototype: true },
);
const notice: fc.Arbitrary<Notice> = fc.record(
  {
    kind: fc.constantFrom('news' as const, 'read' as const, 'test' as const),
    badge: count,
    places: fc.array(place, { maxLength: noticePlacesMax }),
    navigate: fc.stringMatching(/^https:\/\/[a-z"\\]{1,400}$/),
    tag: fc.string({ maxLength: 64 }),
  },
  { noNullPrototype: true },
);

test('[I14] what is written is read, and fits a message', () => {
  fc.assert(
    fc.property(notice, (one) => {
      const bytes = encodeNotice(one);
      assert.ok(bytes.length <= pushTextBytesMax);
      assert.deepEqual(decodeNotice(bytes), one);
    }),
  );
});

test('[I14] what is none is not taken for one', () => {
  const spoilt = (change: (of: Record<string, unknown>) => void): Uint8Array => {
    const value: Record<string, unknown> = structuredClone(written());
    change(value);
    return text(value);
  };
  const data = (of: Record<string, unknown>): Record<string, unknown> =>
    Reflect.get(of['notification'] as object, 'data') as Record<string, unknown>;
  const row = (...values: readonly unknown[]): Uint8Array => spoilt((of) => (data(of)['places'] = [values]));
  const bad: readonly Uint8Array[] = [
    new Uint8Array(0),
    Uint8Array.of(255),
    utf8('{'),
    utf8('null'),
    utf8('[]'),
    utf8('"8030"'),
    spoilt((of) => (of['web_push'] = 8031)),
    spoilt((of) => (of['app_badge'] = -1)),
    spoilt((of) => (of['app_badge'] = 1.5)),
    spoilt((of) => (of['app_badge'] = '3')),
    spoilt((of) => (of['notification'] = null)),
    spoilt((of) => (data(of)['v'] = 2)),
    spoilt((of) => (data(of)['kind'] = 'other')),
    spoilt((of) => (data(of)['places'] = {})),
    spoilt((of) => (data(of)['places'] = Array.from({ length: 9 }, () => [PLACE.site, '', 1, 1, 0]))),
    spoilt((of) => Reflect.set(of['notification'] as object, 'navigate', 'javascript:alert(1)')),
    spoilt((of) => Reflect.set(of['notification'] as object, 'navigate', `https://${'x'.repeat(600)}`)),
    spoilt((of) => Reflect.set(of['notification'] as object, 'tag', 'x'.repeat(65))),
    row(PLACE.site, PLACE.log, 1, 1),
    row(PLACE.site, PLACE.log, 1, 1, true),
    row(PLACE.site, PLACE.log, '1', 1, 0),
    row(PLACE.site, PLACE.log, 1, -1, 0),
    row(PLACE.site, 'x', 1, 1, 0),
    row('__proto__', '', 1, 1, 0),
    row(PLACE.site.toUpperCase(), '', 1, 1, 0),
    text({ ...written(), filler: 'x'.repeat(4000) }),
  ];
  for (const bytes of bad) assert.equal(decodeNotice(bytes), null, fromUtf8(bytes)?.slice(0, 200) ?? '');
});

test('[I14] no bytes make the reader throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeNotice(bytes) === null));
  fc.assert(
    fc.property(fc.json(), (json) => {
      decodeNotice(utf8(json));
    }),
  );
});
