/** What members share and the node never sees (SPEC A12, C4, T9): envelopes, labels, ids of logs, notes. */

import { concat, hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { openEnvelope, sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { labelShape, SiteKeys, type Label } from 'copse/internal/client/site-keys.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { deviceIdOf, siteIdOf } from 'copse/internal/crypto/hash.ts';
import { encode } from 'copse/internal/wire/shape.ts';
import { deviceId, nameSecret, otherUser, site, siteKey } from './cast.ts';
import { Draw, fixedEnv, primitives, seedOf } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('sealed');
const recipient = (await userKeysOf(primitives, seedOf('user secret'))).agree;

const keysWith = (env: Env): SiteKeys =>
  new SiteKeys(primitives, env, site, { epoch: 1, key: siteKey, nameSecret });

export async function envelopes(): Promise<VectorFile> {
  return {
    path: 'envelopes.json',
    about:
      'Secrets of a site sealed by HPKE to one recipient. `oneTimeSecret` is the X25519 secret whose public key is the first 32 bytes. An invalid one is well-formed and does not open as stated.',
    valid: [
      await envelope('the first key epoch', 1),
      await envelope('a key epoch of five bytes', 0xffff_ffff),
    ],
    invalid: await closed(),
  };
}

async function envelope(name: string, epoch: number): Promise<Vector> {
  const oneTimeSecret = draw.bytes(32);
  const key = draw.bytes(32);
  const to = { site, publicKey: recipient.publicKey };
  const bytes = await sealEnvelope(primitives, fixedEnv(oneTimeSecret), to, { epoch, key, nameSecret });
  return {
    name,
    recipientSecret: hex(recipient.secret),
    recipientKey: hex(recipient.publicKey),
    site,
    oneTimeSecret: hex(oneTimeSecret),
    value: { epoch, key: hex(key), nameSecret: hex(nameSecret) },
    bytes: hex(bytes),
  };
}

async function closed(): Promise<readonly Vector[]> {
  const to = { site, publicKey: recipient.publicKey };
  const secrets = { epoch: 1, key: siteKey, nameSecret };
  const good = await sealEnvelope(primitives, fixedEnv(draw.bytes(32)), to, secrets);
  const changed = (at: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const own = { site, epoch: 1, secret: recipient.secret, publicKey: recipient.publicKey };
  const stranger = (await userKeysOf(primitives, seedOf('stranger'))).agree;
  const wrong = async (name: string, bytes: Uint8Array, by: Partial<typeof own> = {}): Promise<Vector> => {
    const as = { ...own, ...by };
    if ((await openEnvelope(primitives, as, bytes)) !== null) throw new Error(`${name} opens`);
    return {
      name,
      recipientSecret: hex(as.secret),
      recipientKey: hex(as.publicKey),
      site: as.site,
      epoch: as.epoch,
      bytes: hex(bytes),
      opens: 'not',
    };
  };
  return [
    await wrong('for another recipient', good, stranger),
    await wrong('of another site', good, { site: siteIdOf(primitives, otherUser.publicKey) }),
    await wrong('of another key epoch', good, { epoch: 2 }),
    await wrong('a flipped bit of the one-time key', changed(0)),
    await wrong('a flipped bit of the ciphertext', changed(40)),
    await wrong('a flipped bit of the tag', changed(good.length - 1)),
    await wrong('a one-time key of small order', concat(new Uint8Array(32), good.subarray(32))),
    await wrong('shorter than key and tag', good.subarray(0, 47)),
  ];
}

export function labels(): VectorFile {
  return {
    path: 'labels.json',
    about:
      'Titles of sites and ids of logs: what the node stores of them, and from which secrets it follows.',
    valid: [
      ...['chat', '', 'Größe 🌳', 'plans/2027/spring', 'x'.repeat(128)].map((text): Vector => {
        const id = keysWith(fixedEnv()).logId(text);
        return {
          name: `the log ${JSON.stringify(text)}`,
          kind: 'logId',
          nameSecret: hex(nameSecret),
          text,
          id,
        };
      }),
      label('a title alone', { title: 'Garden', logs: [] }),
      label('a title and logs', { title: 'Größe 🌳', logs: ['chat', 'plants'] }),
    ],
    invalid: unreadable(),
  };
}

function label(name: string, value: Label): Vector {
  const nonce = draw.bytes(12);
  const bytes = keysWith(fixedEnv(nonce)).sealLabel(value);
  return {
    name,
    kind: 'label',
    site,
    siteKey: hex(siteKey),
    nonce: hex(nonce),
    plaintext: hex(encode(labelShape, value)),
    value: { title: value.title, logs: [...value.logs] },
    bytes: hex(bytes),
  };
}

function unreadable(): readonly Vector[] {
  const good = keysWith(fixedEnv(draw.bytes(12))).sealLabel({ title: 'Garden', logs: ['chat'] });
  const changed = (at: number, by: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = (bytes[at] ?? 0) ^ by;
    return bytes;
  };
  const wrong = (name: string, bytes: Uint8Array): Vector => {
    if (keysWith(fixedEnv()).openLabel(bytes) !== null) throw new Error(`${name} opens`);
    return { name, site, siteKey: hex(siteKey), bytes: hex(bytes), opens: 'not' };
  };
  return [
    wrong('under a key epoch that is not held', changed(0, 3)),
    wrong('a flipped bit', changed(20, 1)),
    wrong('shorter than nonce and tag', good.subarray(0, 28)),
    wrong('no bytes', new Uint8Array(0)),
  ];
}

export function notes(): VectorFile {
  return {
    path: 'notes.json',
    about:
      'What passes on a log without being kept (`say`, `appear`): sealed under the note key of the site, bound to site, log and device.',
    valid: [note('an empty one', utf8('')), note('a JSON text', utf8('{"typing":true}'))],
    invalid: unreadableNotes(),
  };
}

function note(name: string, plaintext: Uint8Array): Vector {
  const nonce = draw.bytes(12);
  const keys = keysWith(fixedEnv(nonce));
  const log = keys.logId('chat');
  const bytes = keys.sealNote(log, deviceId, plaintext);
  return {
    name,
    site,
    siteKey: hex(siteKey),
    log,
    device: deviceId,
    nonce: hex(nonce),
    plaintext: hex(plaintext),
    bytes: hex(bytes),
  };
}

function unreadableNotes(): readonly Vector[] {
  const keys = keysWith(fixedEnv(draw.bytes(12)));
  const [chat, other] = [keys.logId('chat'), keys.logId('other')];
  const good = keys.sealNote(chat, deviceId, utf8('typing'));
  const flipped = good.slice();
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const wrong = (name: string, bytes: Uint8Array, log = chat, device = deviceId): Vector => {
    if (keysWith(fixedEnv()).openNote(log, device, bytes) !== null) throw new Error(`${name} opens`);
    return { name, site, siteKey: hex(siteKey), log, device, bytes: hex(bytes), opens: 'not' };
  };
  return [
    wrong('on another log', good, other),
    wrong('by another device', good, chat, deviceIdOf(primitives, otherUser.publicKey)),
    wrong('under a key epoch that is not held', concat(Uint8Array.of(2), good.subarray(1))),
    wrong('a flipped bit', flipped),
    wrong('no bytes', new Uint8Array(0)),
  ];
}
