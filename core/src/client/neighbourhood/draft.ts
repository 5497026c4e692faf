/**
 * What an application gives to be written. Where no compiler has looked at it anything may stand in it: which part is
 * wrong, and what belongs there, is said before it is signed (SPEC Z2).
 */

import { utf8 } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { altTextBytesMax, mediaTypeBytesMax, peerAttachmentsMax } from '../../base/limits-peer.ts';
import { hashBytes } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';
import { signMessage } from '../../social/message/message.ts';
import type { Message, MessageTerms } from '../../social/message/terms.ts';

const ADDRESS = `the ${hashBytes} bytes that an upload answers in hex, as a Uint8Array`;

/** Signs it; `malformed` or `tooLarge` where it says what no reader would take. */
export function signDraft(primitives: Primitives, seed: Uint8Array, terms: MessageTerms): Promise<Message> {
  checkDraft(terms);
  return signMessage(primitives, seed, terms);
}

type Parts = Pick<Partial<MessageTerms>, 'text' | 'mentions' | 'tags' | 'attachments'>;

export function checkDraft({ text, mentions, tags, attachments }: Parts): void {
  need(text === undefined || isText(text), 'text', 'a text');
  each('mentions', mentions, (one) => need(isBytes(one, publicKeyBytes), 'a mention', 'the key of a user'));
  each('tags', tags, (one) => need(isText(one), 'a tag', 'a text'));
  each('attachments', attachments, checkAttachment);
  const count = attachments?.length ?? 0;
  if (count > peerAttachmentsMax)
    throw new Fault('tooLarge', `a draft has at most ${peerAttachmentsMax} attachments, not ${count}`);
}

function checkAttachment(given: unknown, at: number): void {
  const name = (field: string): string => `\`${field}\` of attachment ${at + 1}`;
  need(typeof given === 'object' && given !== null, `attachment ${at + 1}`, 'an object');
  const field = (of: string): unknown => Reflect.get(Object(given), of);
  const [size, thumbnail] = [field('size'), field('thumbnail')];
  need(isBytes(field('address'), hashBytes), name('address'), ADDRESS);
  need(Number.isSafeInteger(size) && Number(size) >= 0, name('size'), 'how many bytes the file has');
  need(isText(field('type'), mediaTypeBytesMax), name('type'), 'its media type, such as image/png');
  need(isText(field('alt'), altTextBytesMax), name('alt'), `at most ${altTextBytesMax} bytes of text, or ''`);
  need(thumbnail === undefined || isBytes(thumbnail, hashBytes), name('thumbnail'), `${ADDRESS}, or absent`);
}

function each(what: string, given: unknown, check: (one: unknown, at: number) => void): void {
  if (given === undefined) return;
  if (!Array.isArray(given)) throw new Fault('malformed', `\`${what}\` of a draft is an array`);
  for (const [at, one] of given.entries()) check(one, at);
}

function need(isWell: boolean, what: string, wanted: string): void {
  if (!isWell) throw new Fault('malformed', `${what} is not what belongs there: ${wanted}`);
}

function isText(value: unknown, bytesMax = Infinity): boolean {
  return typeof value === 'string' && utf8(value).length <= bytesMax;
}

function isBytes(value: unknown, size: number): boolean {
  return value instanceof Uint8Array && value.length === size;
}
