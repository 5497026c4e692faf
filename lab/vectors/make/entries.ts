/** Entries, plain and sealed (SPEC W12, S6), and the ways in which one is none or does not open. */

import { must } from 'copse/internal/base/assert.ts';
import { concat, fromHex, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { crc32 } from 'copse/internal/base/crc32.ts';
import type { LogId } from 'copse/internal/base/ids.ts';
import { entryBytesMax } from 'copse/internal/base/limits.ts';
import { mentionsPerEntryMax, mentionTagBytes } from 'copse/internal/base/limits-mentions.ts';
import { SiteKeys } from 'copse/internal/client/site-keys.ts';
import { entryKey } from 'copse/internal/crypto/aead.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { encodeEntry, EntryCursor, epochMax, headerBytes, type Entry } from 'copse/internal/wire/entry.ts';
import { deviceId, nameSecret, nextSiteKey, site, siteKey } from './cast.ts';
import { Draw, fixedEnv, primitives, wallMs } from './draw.ts';
import { bytesText, type Json, type Vector, type VectorFile } from './file.ts';

const draw = new Draw('entries');
const deviceBytes = must(fromHex(deviceId), 'an id is hex');
const header = { sealed: false, device: deviceBytes, epoch: 1, seq: 1, keyEpoch: 1, timeMs: wallMs };

function mentions(count: number): Uint8Array {
  return Uint8Array.from({ length: count * mentionTagBytes }, (_, i) => i);
}

const PLAIN: readonly (readonly [name: string, entry: Entry])[] = [
  ['the least', { ...header, epoch: 0, keyEpoch: 0, timeMs: 0, payload: utf8('') }],
  ['a small one', { ...header, payload: utf8('hello') }],
  ['a length of two bytes', { ...header, seq: 128, payload: draw.bytes(200) }],
  ['marked as sealed, whatever it holds', { ...header, sealed: true, seq: 2, payload: draw.bytes(33) }],
  ['changed by a leader', { ...header, ruling: 'changed', seq: 3, payload: utf8('hello!') }],
  ['refused by a leader', { ...header, ruling: 'refused', sealed: true, seq: 4, payload: draw.bytes(40) }],
  ['a part of a snapshot', { ...header, isPart: true, sealed: true, seq: 5, payload: draw.bytes(20) }],
  [
    'every number at its largest',
    {
      ...header,
      epoch: epochMax,
      seq: Number.MAX_SAFE_INTEGER,
      keyEpoch: epochMax,
      timeMs: Number.MAX_SAFE_INTEGER,
      payload: utf8('x'),
    },
  ],
  ['news that mentions nobody', { ...header, seq: 6, news: utf8(''), payload: utf8('hello') }],
  [
    'news that mentions two, of which a leader made another value',
    { ...header, ruling: 'changed', seq: 7, news: mentions(2), payload: utf8('hello') },
  ],
  [
    'news that mentions as many as it may',
    { ...header, seq: 8, news: mentions(mentionsPerEntryMax), payload: utf8('') },
  ],
];

export function entries(): VectorFile {
  const plain = PLAIN.map(([name, entry]): Vector => {
    const bytes = encodeEntry(entry);
    return { name, bytes: hex(bytes), value: entryJson(entry), header: hex(headerBytes(entry)) };
  });
  const sealed = [
    sealedEntry(
      'sealed: a JSON text',
      { seq: 3, epoch: 2, key: siteKey, keyEpoch: 1 },
      utf8('{"text":"hello"}'),
    ),
    sealedEntry('sealed: an empty value', { seq: 4, epoch: 2, key: siteKey, keyEpoch: 1 }, utf8('')),
    sealedEntry(
      'sealed: under the next site key',
      { seq: 5, epoch: 2, key: nextSiteKey, keyEpoch: 2 },
      draw.bytes(70),
    ),
  ];
  return {
    path: 'entries.json',
    about:
      'Entries. `value` is what the bytes say; `sealed` says how a sealed payload is made and opened: with the entry key that follows from site key, site and device, the stated nonce, and site, log and header as associated data.',
    valid: [...plain, ...sealed],
    invalid: [...spoiltBytes(), ...unopened(sealed)],
  };
}

function entryJson(entry: Entry): Json {
  const {
    sealed,
    ruling = null,
    isPart: part = false,
    news: tags = null,
    device,
    epoch,
    seq,
    keyEpoch,
    timeMs,
    payload,
  } = entry;
  const news = tags && hex(tags);
  return {
    sealed,
    ruling,
    part,
    news,
    device: hex(device),
    epoch,
    seq,
    keyEpoch,
    timeMs,
    payload: hex(payload),
  };
}

interface How {
  readonly seq: number;
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly keyEpoch: number;
}

function keysFor(how: How, nonce: Uint8Array): SiteKeys {
  return new SiteKeys(primitives, fixedEnv(nonce), site, { epoch: how.keyEpoch, key: how.key, nameSecret });
}

function sealedEntry(name: string, how: How, plaintext: Uint8Array): Vector {
  const nonce = draw.bytes(12);
  const keys = keysFor(how, nonce);
  const log = keys.logId('chat');
  const identity = { device: deviceId, epoch: how.epoch, seq: how.seq, timeMs: wallMs };
  const bytes = keys.sealEntry(log, identity, plaintext);
  const cursor = new EntryCursor(bytes);
  cursor.next();
  const entry = cursor.entry();
  const head = headerBytes(entry);
  return {
    name,
    bytes: hex(bytes),
    value: entryJson(entry),
    header: hex(head),
    sealed: {
      siteKey: hex(how.key),
      site,
      log,
      entryKey: hex(entryKey(primitives, how.key, site, deviceId)),
      nonce: hex(nonce),
      associated: hex(concat(bytesOf(site), bytesOf(log), head)),
      plaintext: hex(plaintext),
    },
  };
}

function bytesOf(id: string): Uint8Array {
  return must(fromHex(id), 'an id is hex');
}

/** The checksum is made anew where it is not itself what is wrong. */
function spoiltBytes(): readonly Vector[] {
  const good = encodeEntry({ ...header, payload: utf8('hello') });
  const flipped = good.slice();
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const head = headerBytes({ ...header, sealed: false });
  const body = (part: Uint8Array): string => hex(withChecksum(part));
  const changed = (at: number, value: number): string => {
    const bytes = concat(head, utf8('hello'));
    bytes[at] = value;
    return body(bytes);
  };
  const numbers = (epoch: string, seq: string, keyEpoch: string): string =>
    body(concat(Uint8Array.of(0), deviceBytes, bytesOf(`${epoch}${seq}${keyEpoch}00`), utf8('hello')));
  const wrong = (name: string, bytes: string, fault = 'malformed'): Vector => ({ name, bytes, fault });
  return [
    wrong('a flipped bit', hex(flipped)),
    wrong('without its last byte', hex(good.subarray(0, -1))),
    wrong('with a byte too many', `${hex(good)}00`),
    wrong('no bytes for a device', body(bytesOf('0001020304'))),
    wrong('changed and refused at once', changed(0, 6)),
    wrong('changed, and a part of a snapshot', changed(0, 10)),
    wrong('news that mentions too many', changed(0, 16)),
    wrong(
      'news, and a part of a snapshot',
      body(concat(Uint8Array.of(24), head.subarray(1), Uint8Array.of(0))),
    ),
    wrong(
      'news whose mentions are cut off',
      body(concat(Uint8Array.of(16), head.subarray(1), Uint8Array.of(1, 2))),
    ),
    wrong('flag 32', changed(0, 32)),
    wrong('flag 128', changed(0, 128)),
    wrong('seq 0', numbers('01', '00', '01')),
    wrong('a writer epoch of 33 bits', numbers('8080808010', '01', '01')),
    wrong('a key epoch of 33 bits', numbers('01', '01', '8080808010')),
    wrong('a seq not in its shortest form', numbers('01', '8100', '01')),
    wrong('a length above the limit', lengthOnly(entryBytesMax + 1), 'tooLarge'),
    wrong('a length that is not there', lengthOnly(30)),
    wrong('two entries, the second cut off', hex(concat(good, good.subarray(0, 9)))),
  ];
}

function withChecksum(body: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.uint(body.length + 4);
  writer.raw(body);
  const crc = crc32(writer.view());
  writer.raw(Uint8Array.of(crc & 255, (crc >>> 8) & 255, (crc >>> 16) & 255, crc >>> 24));
  return writer.take();
}

function lengthOnly(size: number): string {
  const writer = new Writer();
  writer.uint(size);
  return hex(writer.take());
}

/** Well-formed entries that do not open: each differs in one thing from the first sealed one. */
function unopened(sealed: readonly Vector[]): readonly Vector[] {
  const first = must(sealed[0], 'there is a sealed entry');
  const bytes = bytesOf(bytesText(first));
  const cursor = new EntryCursor(bytes);
  cursor.next();
  const entry = { ...cursor.entry() };
  const chat = new SiteKeys(primitives, fixedEnv(), site, { epoch: 1, key: siteKey, nameSecret }).logId(
    'chat',
  );
  const other = new SiteKeys(primitives, fixedEnv(), site, { epoch: 1, key: siteKey, nameSecret }).logId(
    'other',
  );
  const under = (name: string, changed: Entry, log: LogId = chat, opens = 'altered'): Vector => ({
    name: `does not open: ${name}`,
    bytes: hex(encodeEntry(changed)),
    keyEpoch: 1,
    siteKey: hex(siteKey),
    site,
    log,
    opens,
  });
  const payload = entry.payload.slice();
  payload[14] = (payload[14] ?? 0) ^ 1;
  const anotherDevice = deviceBytes.slice();
  anotherDevice[0] = (anotherDevice[0] ?? 0) ^ 1;
  return [
    under('moved to another log', entry, other),
    under('attributed to another device', { ...entry, device: anotherDevice }),
    under('another seq', { ...entry, seq: entry.seq + 1 }),
    under('another writer epoch', { ...entry, epoch: entry.epoch + 1 }),
    under('made news by another', { ...entry, news: utf8('') }),
    under('another time', { ...entry, timeMs: entry.timeMs + 1 }),
    under('a flipped bit of the ciphertext', { ...entry, payload }),
    under('shorter than nonce and tag', { ...entry, payload: entry.payload.slice(0, 27) }),
    under('not marked as sealed', { ...entry, sealed: false }),
    under('under a key that is not held', { ...entry, keyEpoch: 2 }, chat, 'noKey'),
  ];
}
