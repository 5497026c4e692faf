/** Decoders of notifications: what browsers say of themselves, what push services answer, what workers get. */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { siteId } from 'copse/internal/base/ids.ts';
import { decodeNotice, encodeNotice } from 'copse/internal/social/notice.ts';
import { EndpointPolicy } from '../../server/src/notify/push/endpoint.ts';
import { isPublicAddress } from '../../server/src/net/public-address.ts';
import { readPushKeys } from '../../server/src/notify/push/subscription.ts';
import { readRetryAfter } from '../../server/src/notify/push/verdict.ts';
import type { Decoder } from './fuzz.ts';

const policy = new EndpointPolicy({ hosts: ['*.push.example.org'], trusted: [] });
const ENDPOINTS = ['https://fcm.googleapis.com/fcm/send/abc', 'https://a.push.example.org/x?y=z'];
const ADDRESSES = ['10.0.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '2001:db8::1', '64:ff9b::1.2.3.4'];
const DATES = ['120', 'Sun, 22 Nov 2026 12:02:00 GMT', '0', '-1'];
const KEY = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const PUSH_DECODERS: readonly Decoder[] = [
  {
    name: 'notice of a notification',
    sample: (chance) =>
      encodeNotice({
        kind: chance.pick(['news', 'read', 'test']),
        badge: chance.between(0, 9),
        places: [
          { site: siteId('0123456789abcdef'.repeat(2)), log: null, upTo: 7, count: 1, isMention: true },
        ],
        navigate: 'https://copse.example/',
        tag: 'tag',
      }),
    decode(bytes) {
      const notice = decodeNotice(bytes);
      const again = notice === null ? null : decodeNotice(encodeNotice(notice));
      if (JSON.stringify(again) !== JSON.stringify(notice)) throw new Error('it is written as another one');
    },
  },
  {
    name: 'endpoint of a push service',
    codes: ['forbidden'],
    sample: (chance) => utf8(chance.pick(ENDPOINTS)),
    decode(bytes) {
      const { host, isSecure, port } = policy.read(fromUtf8(bytes) ?? '');
      const isKnown = /(^fcm\.googleapis\.com|\.(push\.example\.org|push\.apple\.com))$/.test(host);
      const isOther = /(\.googleapis|\.google|\.mozilla|\.windows)\.com$/.test(host);
      if (!isSecure || port !== 0 || !(isKnown || isOther)) throw new Error(`${host} is called`);
    },
  },
  {
    name: 'address of a push service',
    sample: (chance) => utf8(chance.pick(ADDRESSES)),
    decode: (bytes) => isPublicAddress(textOf(bytes)),
  },
  {
    name: 'pause that a push service asks for',
    sample: (chance) => utf8(chance.pick(DATES)),
    decode(bytes) {
      const pauseMs = readRetryAfter(textOf(bytes), 1_800_000_000_000);
      if (pauseMs !== null && !(pauseMs >= 0 && pauseMs <= 86_400_000)) throw new Error(`${pauseMs} ms`);
    },
  },
  {
    name: 'keys of a device',
    sample: () => utf8(KEY),
    decode: (bytes) => readPushKeys(textOf(bytes), 'BTBZMqHH6r4Tts7J_aSIgg'),
  },
];
