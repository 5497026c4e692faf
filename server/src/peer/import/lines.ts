/**
 * Chat of elsewhere, one JSON object a line: `{id, time, from, text, mentions[], replies[]}`, optionally packed
 * with gzip (RFC 1952). A line that is none is told with its number; nothing of it is kept.
 */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { importLineBytesMax, peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';

export interface ImportedLine {
  readonly id: string;
  readonly timeMs: number;
  readonly from: string;
  readonly text: string;
  readonly mentions: readonly string[];
  readonly replies: readonly string[];
}

/** The lines of a file, as they come; `usage` with the number of the first that is none. */
export async function* linesOf(path: string): AsyncGenerator<ImportedLine> {
  let number = 0;
  for await (const line of textLines(path)) {
    number += 1;
    if (line.trim() !== '') yield parsed(line, number);
  }
}

/** Lines of a stream, bounded: a file without an end of line takes no memory for all of it. */
async function* textLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const bytes: Readable = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // What fails in the file ends what reads from it.
  file.once('error', (error) => bytes.destroy(error));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let count = 0;
  try {
    for await (const chunk of bytes) {
      if (!(chunk instanceof Uint8Array)) continue;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      count += lines.length;
      yield* lines;
      if (rest.length > importLineBytesMax)
        throw new Fault('usage', `Line ${count + 1}: it is too long, or has no end.`);
    }
    rest += decoder.decode();
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : unreadable(path, thrown);
  }
  if (rest !== '') yield rest;
}

function unreadable(path: string, cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : '';
  return new Fault('usage', `\`${path}\` cannot be read: ${why}.`, { cause });
}

function parsed(line: string, number: number): ImportedLine {
  const wrong = (what: string): Fault => new Fault('usage', `Line ${number}: ${what}.`);
  if (line.length > importLineBytesMax) throw wrong('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('it is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw wrong('it is no object');
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { id, time, from, text, mentions = [], replies = [] } = fields;
  const timeMs = typeof time === 'string' ? Date.parse(time) : typeof time === 'number' ? time : Number.NaN;
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) throw wrong('`time` is a date or milliseconds since 1970');
  if (typeof id !== 'string' || id === '') throw wrong('`id` is a text');
  if (typeof from !== 'string' || from === '') throw wrong('`from` is a name');
  if (typeof text !== 'string' || utf8(text).length > peerTextBytesMax)
    throw wrong(`\`text\` has at most ${peerTextBytesMax} bytes`);
  if (!isTexts(mentions) || !isTexts(replies)) throw wrong('`mentions` and `replies` are lists of texts');
  return { id, timeMs, from, text, mentions: [...new Set(mentions)], replies: [...new Set(replies)] };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
}
