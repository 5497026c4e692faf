/**
 * Content types of files (SPEC Z40, Z43): one normal form, because the type is part of the address; and which of
 * them a browser may show in its own window. Everything else is a download, whatever it says it is: HTML, SVG, XML
 * and PDF run what their writer wishes.
 */

import { utf8 } from '../../base/bytes.ts';
import { fileTypeBytesMax } from '../../base/limits-files.ts';

/** A type and one parameter at most, in lower case (RFC 9110 section 8.3.1). */
const FORM = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(; charset=[a-z0-9_-]+)?$/;
export const anyType = 'application/octet-stream';

export function isContentType(text: string): boolean {
  return FORM.test(text) && utf8(text).length <= fileTypeBytesMax;
}

/** The normal form of what a browser or a person says; what is none is bytes. */
export function contentTypeOf(said: string): string {
  const [essence = '', ...parameters] = said.toLowerCase().split(';');
  const charset = parameters.map((each) => /^\s*charset="?([a-z0-9_-]+)"?\s*$/.exec(each)?.[1]).find(Boolean);
  const type = `${essence.trim()}${charset === undefined ? '' : `; charset=${charset}`}`;
  return isContentType(type) ? type : anyType;
}

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];
const PLAYED = [
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'video/mp4',
  'video/ogg',
  'video/webm',
];
const SHOWN = new Set([...PICTURES, ...PLAYED, 'text/plain']);

/** A picture whose header is looked at before it is shown as one. */
export function isPicture(type: string): boolean {
  return PICTURES.includes(essenceOf(type));
}

export interface ServedAs {
  readonly type: string;
  /** Not shown, but saved. */
  readonly isDownload: boolean;
}

/** How a file of this type is answered; `isSound`: it begins as its type says. */
export function servedAs(type: string, isSound: boolean): ServedAs {
  const essence = essenceOf(type);
  if (!isSound || !SHOWN.has(essence)) return { type: anyType, isDownload: true };
  return { type: essence === 'text/plain' ? 'text/plain; charset=utf-8' : essence, isDownload: false };
}

function essenceOf(type: string): string {
  return type.split(';', 1)[0] ?? '';
}
