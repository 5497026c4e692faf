/**
 * A message of the neighbourhood (SPEC Z1, Z2): what a user says, signed by her key and by nothing else, so
 * that anybody may carry it on. A signed object (`capability/cose.ts`) in a domain of its own; its fields
 * after version (1) and user (2), absent where there is nothing to say:
 *
 *   3 kind · 4 time in ms · 5 text · 6 media type of the text · 7 mentions: keys of users · 8 replies: ids of
 *   the messages that it answers or is about · 9 attachments: [address, size, media type, words instead], and
 *   the address of a small picture behind them where there is one · 10 tags · 11 name, of kinds that replace ·
 *   12 content, not for reading · 13 thread: id of the beginning, where that is not the first reply
 *
 * The id is the SHA-256 of the payload in a domain, without the signature: the same words of one user at one
 * time are one message, however often they are signed.
 */

import { compare, NO_BYTES, utf8 } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { key } from '../../base/ids.ts';
import { cborDepthMax } from '../../base/limits.ts';
import {
  altTextBytesMax,
  mediaTypeBytesMax,
  peerAttachmentsMax,
  peerContentBytesMax,
  peerMentionsMax,
  peerMessageBytesMax,
  peerRepliesMax,
  peerTagBytesMax,
  peerTagsMax,
  peerTextBytesMax,
} from '../../base/limits-peer.ts';
import {
  decodeObject,
  SIGNER_FIELD,
  signedBytes,
  signObject,
  VERSION,
  VERSION_FIELD,
} from '../../capability/cose.ts';
import { domain } from '../../crypto/domain.ts';
import { hashBytes, hashOf } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes, verifyRaw } from '../../crypto/sign.ts';
import { decodeCbor, type Cbor, type CborMap } from '../../wire/cbor.ts';
import { Fields } from '../../wire/fields.ts';
import { checkKind, KINDS_MAX } from './kinds.ts';
import type { Attachment, Message, MessageTerms } from './terms.ts';

/** A message whose signature nobody has checked yet. */
export interface UnverifiedMessage extends Message {
  isSigned(): Promise<boolean>;
}

const MESSAGE = domain('social/message');
const MESSAGE_ID = domain('id/message');
const FIELD = {
  kind: 3,
  time: 4,
  text: 5,
  type: 6,
  mentions: 7,
  replies: 8,
  attachments: 9,
  tags: 10,
  name: 11,
  content: 12,
  thread: 13,
} as const;

/** Signs what `terms` say; `malformed` or `tooLarge` where they say what no reader would take. */
export async function signMessage(
  primitives: Primitives,
  seed: Uint8Array,
  terms: MessageTerms,
): Promise<Message> {
  const texts = [terms.text, terms.type, terms.name, ...(terms.tags ?? [])];
  for (const { type, alt } of terms.attachments ?? []) texts.push(type, alt);
  if (!texts.every((text) => text === undefined || text.isWellFormed()))
    throw new Fault('malformed', 'a message: a text holds half a character');
  const bytes = await signObject(primitives, MESSAGE, seed, fieldsOf(terms));
  return readMessage(primitives, bytes);
}

/**
 * The message in `bytes`; `malformed` or `tooLarge` when they are none. Nobody has checked the signature: ask
 * `isSigned` before anything is believed or kept.
 */
export function readMessage(primitives: Primitives, bytes: Uint8Array): UnverifiedMessage {
  const { payload, item, signature } = decodeObject(bytes, peerMessageBytesMax);
  const map = decodeCbor(payload, { bytesMax: peerMessageBytesMax, depthMax: cborDepthMax });
  if (!(map instanceof Map)) throw new Fault('malformed', 'a message is a map');
  const fields = new Fields('a message', map);
  if (fields.uint(VERSION_FIELD) !== VERSION) throw new Fault('malformed', 'a message of another version');
  const from = key(fields.bytes(SIGNER_FIELD, publicKeyBytes));
  return {
    ...termsOf({ map, fields }),
    from,
    id: hashOf(primitives, MESSAGE_ID, payload),
    bytes,
    isSigned: () => verifyRaw(primitives, from, signedBytes(MESSAGE, item), signature),
  };
}

/** The message in `bytes`, or null when its user has not signed it. */
export async function openMessage(primitives: Primitives, bytes: Uint8Array): Promise<Message | null> {
  const message = readMessage(primitives, bytes);
  return (await message.isSigned()) ? message : null;
}

/** Order of reading (SPEC Z3): by the author's time, then by id. */
export function byTime(a: Pick<Message, 'timeMs' | 'id'>, b: Pick<Message, 'timeMs' | 'id'>): number {
  return a.timeMs - b.timeMs || compare(a.id, b.id);
}

function* fieldsOf(terms: MessageTerms): Generator<readonly [number, Cbor]> {
  yield [FIELD.kind, terms.kind];
  yield [FIELD.time, terms.timeMs];
  for (const name of ['text', 'type', 'name', 'content', 'thread'] as const) {
    const value = terms[name] ?? '';
    if (value.length > 0) yield [FIELD[name], value];
  }
  for (const name of ['mentions', 'replies', 'tags'] as const) {
    const values = terms[name] ?? [];
    if (values.length > 0) yield [FIELD[name], values];
  }
  const attachments = terms.attachments ?? [];
  if (attachments.length > 0) yield [FIELD.attachments, attachments.map(itemOf)];
}

function itemOf({ address, size, type, alt, thumbnail }: Attachment): Cbor {
  const item = [address, size, type, alt];
  return thumbnail === undefined ? item : [...item, thumbnail];
}

/** Fields may be missing; those that are there are read once. */
interface Said {
  readonly map: CborMap;
  readonly fields: Fields;
}

function termsOf(said: Said): Omit<Message, 'id' | 'from' | 'bytes'> {
  const { map, fields } = said;
  const terms = {
    kind: fields.uint(FIELD.kind, KINDS_MAX),
    timeMs: fields.uint(FIELD.time),
    text: textOf(said, FIELD.text, peerTextBytesMax),
    type: textOf(said, FIELD.type, mediaTypeBytesMax),
    mentions: listOf(said, FIELD.mentions, peerMentionsMax).map((item) => key(bytesOf(item, publicKeyBytes))),
    replies: listOf(said, FIELD.replies, peerRepliesMax).map((item) => bytesOf(item, hashBytes)),
    attachments: listOf(said, FIELD.attachments, peerAttachmentsMax).map(attachmentOf),
    tags: listOf(said, FIELD.tags, peerTagsMax).map(tagOf),
    name: textOf(said, FIELD.name, peerTagBytesMax),
    content: map.has(FIELD.content) ? fields.blob(FIELD.content, peerContentBytesMax, 1) : NO_BYTES,
    thread: map.has(FIELD.thread) ? fields.bytes(FIELD.thread, hashBytes) : NO_BYTES,
  };
  fields.done();
  differ('mentions', terms.mentions);
  differ('replies', terms.replies);
  checkKind(terms);
  return terms;
}

/** A text that is there has characters: absent and empty would be two forms of one message (SPEC Z1). */
function textOf({ map, fields }: Said, field: number, sizeMax: number): string {
  if (!map.has(field)) return '';
  const text = fields.text(field, sizeMax);
  if (text === '') throw new Fault('malformed', `a message: field ${field} is empty`);
  return text;
}

function listOf({ map, fields }: Said, field: number, countMax: number): readonly Cbor[] {
  if (!map.has(field)) return [];
  const items = fields.list(field, countMax);
  if (items.length === 0) throw new Fault('malformed', `a message: field ${field} is empty`);
  return items;
}

function bytesOf(item: Cbor, size: number): Uint8Array {
  if (!(item instanceof Uint8Array) || item.length !== size)
    throw new Fault('malformed', `a message: a reference has ${size} bytes`);
  return item;
}

function tagOf(item: Cbor): string {
  if (typeof item !== 'string' || item === '' || utf8(item).length > peerTagBytesMax)
    throw new Fault('malformed', `a message: a tag has 1 to ${peerTagBytesMax} bytes`);
  return item;
}

function attachmentOf(item: Cbor): Attachment {
  const fields = new Fields('an attachment', item);
  const attachment = {
    address: fields.bytes(0, hashBytes),
    size: fields.uint(1),
    type: fields.text(2, mediaTypeBytesMax),
    alt: fields.text(3, altTextBytesMax),
    ...(Array.isArray(item) && item.length > 4 ? { thumbnail: fields.bytes(4, hashBytes) } : {}),
  };
  fields.done();
  return attachment;
}

/** Who is named twice would be told twice, and counted twice. */
function differ(what: string, references: readonly Uint8Array[]): void {
  for (const [at, reference] of references.entries()) {
    const isRepeated = references.some((other, before) => before < at && compare(other, reference) === 0);
    if (isRepeated) throw new Fault('malformed', `a message: ${what} differ from one another`);
  }
}
