/**
 * What is attached to a post: how it is shown, how it is called and saved, what of a choice can be attached, and
 * what to say where an upload failed (SPEC U51).
 */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { asFault, type FaultCode } from 'copse/internal/base/fault.ts';
import { fileBytesMax, fileNameBytesMax } from 'copse/internal/base/limits-files.ts';
import { altTextBytesMax, peerAttachmentsMax } from 'copse/internal/base/limits-peer.ts';
import { isPicture, servedAs } from 'copse/internal/social/files/content-type.ts';
import type { Attachment, Post } from 'copse/neighbourhood';
import { bytesWords, plural } from '../numbers.ts';
import { postLine } from './post-text.ts';

export type ShownAs = 'picture' | 'film' | 'sound' | 'file';

/** As a browser shows what a node gives out: what it would not show is saved. */
export function shownAs(type: string): ShownAs {
  if (servedAs(type, true).isDownload) return 'file';
  if (isPicture(type)) return 'picture';
  if (type.startsWith('video/')) return 'film';
  return type.startsWith('audio/') ? 'sound' : 'file';
}

export interface ShownFile {
  /** In hex. */
  readonly address: string;
  readonly as: ShownAs;
  /** Of the small picture that stands for it; null: there is none. */
  readonly thumbnail: string | null;
  readonly size: number;
  readonly type: string;
  /** What its author says of it: a description, or the name of a file. */
  readonly words: string;
}

export function shownFile({ address, size, type, alt, thumbnail }: Attachment): ShownFile {
  return {
    address: hex(address),
    as: shownAs(type),
    thumbnail: thumbnail === undefined ? null : hex(thumbnail),
    size,
    type,
    words: alt.trim(),
  };
}

/** Whether nothing of what is shown is other, though it was read anew. */
export function areSameFiles(some: readonly ShownFile[], others: readonly ShownFile[]): boolean {
  const isSame = (one: ShownFile, other: ShownFile | undefined): boolean =>
    one.address === other?.address &&
    one.thumbnail === other.thumbnail &&
    one.words === other.words &&
    one.type === other.type &&
    one.size === other.size;
  return some.length === others.length && some.every((each, at) => isSame(each, others[at]));
}

const NAMES: Readonly<Record<string, string>> = {
  'application/pdf': 'PDF document',
  'application/zip': 'ZIP archive',
  'application/json': 'JSON data',
  'application/epub+zip': 'Book',
  'text/plain': 'Text',
  'text/csv': 'Table',
  'text/html': 'Web page',
  'text/markdown': 'Text with marks',
  'image/svg+xml': 'Drawing',
};
const KINDS: Readonly<Record<string, string>> = {
  image: 'Picture',
  video: 'Film',
  audio: 'Sound',
  text: 'Text',
  font: 'Font',
};

/** "PDF document": the kind of a file in a word or two. */
export function typeWords(type: string): string {
  const essence = type.split(';', 1)[0] ?? '';
  return NAMES[essence] ?? KINDS[essence.split('/', 1)[0] ?? ''] ?? 'File';
}

/** A post in a line, also one that is files alone. */
export function summaryOf({ text, attachments }: Pick<Post, 'text' | 'attachments'>): string {
  const line = postLine(text);
  if (line !== '' || attachments.length === 0) return line;
  const [first] = attachments.map(shownFile);
  const more = attachments.length - 1;
  const name = first === undefined || first.words === '' ? typeWords(first?.type ?? '') : first.words;
  return more === 0 ? postLine(name) : postLine(`${name} and ${plural(more, 'other file')}`);
}

/** "PDF document, 1.2 MB". */
export function fileWords({ type, size }: Pick<ShownFile, 'type' | 'size'>): string {
  return `${typeWords(type)}, ${bytesWords(size)}`;
}

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'text/plain': 'txt',
};

/** Under which a file is saved: its own name where it has one, or one that says what it is. */
export function saveName({ words, type, address }: Pick<ShownFile, 'words' | 'type' | 'address'>): string {
  const plain = words.replaceAll(/[\p{Cc}\\/:*?"<>|]/gu, ' ').trim();
  if (/\.[a-z0-9]{1,8}$/iu.test(plain) && plain.length <= 120) return plain;
  const ending = ENDINGS[type.split(';', 1)[0] ?? ''];
  const name = `${typeWords(type).toLowerCase().replaceAll(' ', '-')}-${address.slice(0, 8)}`;
  return ending === undefined ? name : `${name}.${ending}`;
}

/** A text of at most so many bytes; no character is cut. */
export function cutTo(text: string, bytesMax: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text.toWellFormed()) {
    bytes += utf8(character).length;
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return text.toWellFormed().slice(0, end);
}

export function altOf(text: string): string {
  return cutTo(text.trim(), altTextBytesMax);
}

/** A name whose ending is kept: it says what the file is. */
export function nameOf(text: string): string {
  if (utf8(text).length <= fileNameBytesMax) return text;
  const ending = /\.[a-z0-9]{1,8}$/iu.exec(text)?.[0] ?? '';
  return cutTo(text, fileNameBytesMax - ending.length) + ending;
}

interface Chosen {
  readonly name: string;
  readonly size: number;
}

export interface Choice<T extends Chosen> {
  readonly taken: readonly T[];
  /** Why the others are not, each as a sentence. */
  readonly refused: readonly string[];
}

/** What of a choice can be attached to a post that has so many already. */
export function choiceOf<T extends Chosen>(files: readonly T[], already: number): Choice<T> {
  const taken: T[] = [];
  const refused: string[] = [];
  for (const file of files) {
    if (file.size === 0) refused.push(`“${file.name}” is empty, or a folder.`);
    else if (file.size > fileBytesMax)
      refused.push(`“${file.name}” is larger than any node takes: ${bytesWords(fileBytesMax)} at most.`);
    else if (already + taken.length >= peerAttachmentsMax)
      refused.push(`“${file.name}” is one too many: a post has at most ${peerAttachmentsMax} files.`);
    else taken.push(file);
  }
  return { taken, refused };
}

export interface UploadWords {
  readonly title: string;
  readonly hint: string;
  readonly code: FaultCode;
}

const WORDS: Partial<Record<FaultCode, Pick<UploadWords, 'title' | 'hint'>>> = {
  full: {
    title: 'There is no room for it',
    hint: 'Delete files that you no longer need on the page Storage.',
  },
  tooLarge: { title: 'It is too large for this node', hint: 'Make it smaller, or ask who runs the node.' },
  malformed: {
    title: 'This node takes no such file',
    hint: 'Ask who runs it whether it takes files at all.',
  },
  forbidden: {
    title: 'This node takes no files of yours',
    hint: 'Ask somebody who has an account here for an invitation.',
  },
  closed: { title: 'The connection broke', hint: 'Try again: it goes on where it was.' },
  deadline: { title: 'The node did not answer in time', hint: 'Try again: it goes on where it was.' },
};

export function uploadWords(thrown: unknown): UploadWords {
  const { code } = asFault(thrown);
  const words = WORDS[code] ?? { title: 'It was not uploaded', hint: 'Try again: it goes on where it was.' };
  return { ...words, code };
}

/** Where the nodes of these addresses (`wss://host#key`) are read, for the files that they have. */
export function originsOf(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => {
    const match = /^(wss?):\/\/([^/?#\s]+)/u.exec(address);
    return match === null ? [] : [`${match[1] === 'wss' ? 'https' : 'http'}://${match[2] ?? ''}`];
  });
}
