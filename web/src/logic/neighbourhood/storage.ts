/** What an account holds as a plot and as words: parts of a whole, and files in an order (SPEC U47). */

import type { FileUsage, HeldFile } from '../../model/sdk-files.ts';
import { bytesWords, plural } from '../numbers.ts';

export type Tone = 'messages' | 'own' | 'cache';

export interface Part {
  readonly tone: Tone;
  readonly name: string;
  readonly bytes: number;
}

export interface Whole {
  readonly name: string;
  readonly bytesMax: number;
  readonly parts: readonly Part[];
}

interface MessageUsage {
  readonly bytes: number;
  readonly bytesMax: number;
}

/** What is used, of what there is: messages have one allowance, files another. */
export function wholesOf(messages: MessageUsage | null, files: FileUsage | null): readonly Whole[] {
  const found: Whole[] = [];
  if (messages !== null)
    found.push({
      name: 'Messages',
      bytesMax: messages.bytesMax,
      parts: [
        { tone: 'messages', name: 'Posts, answers and what your devices share', bytes: messages.bytes },
      ],
    });
  if (files !== null)
    found.push({
      name: 'Files',
      bytesMax: files.allowance,
      parts: [
        { tone: 'own', name: 'Files of yours, and what you keep', bytes: files.bytes - files.cacheBytes },
        { tone: 'cache', name: 'Copies that go when room is needed', bytes: files.cacheBytes },
      ],
    });
  return found;
}

export interface Slice {
  readonly tone: Tone;
  readonly x: number;
  readonly width: number;
}

/** What is little is still to be seen, and what is more than all ends at the edge. */
const SLICE_MIN = 2;

export function slicesOf({ parts, bytesMax }: Whole, width: number): readonly Slice[] {
  const slices: Slice[] = [];
  let x = 0;
  for (const { tone, bytes } of parts) {
    if (bytes <= 0) continue;
    const wanted = Math.max(SLICE_MIN, (bytes / Math.max(1, bytesMax)) * width);
    const end = round(Math.min(x + wanted, width));
    // What is left is too little to be drawn.
    if (end <= x) break;
    slices.push({ tone, x, width: round(end - x) });
    x = end;
  }
  return slices;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** "6.3 MB of 67 MB, 9 %". */
export function shareWords({ parts, bytesMax }: Whole): string {
  const used = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const percent = bytesMax === 0 ? 0 : Math.min(100, (used / bytesMax) * 100);
  const part = percent > 0 && percent < 1 ? 'less than 1 %' : `${Math.round(percent)} %`;
  return `${bytesWords(used)} of ${bytesWords(bytesMax)}, ${part}`;
}

/** The newest first, the largest first, or what goes first when room is needed. */
export type FileOrder = 'new' | 'large' | 'next';

export function ordered(files: readonly HeldFile[], order: FileOrder): readonly HeldFile[] {
  switch (order) {
    case 'new':
      return files;
    case 'large':
      return files.toSorted((a, b) => b.size - a.size);
    case 'next':
      return files.filter(mayGo).toSorted((a, b) => a.usedMs - b.usedMs);
  }
}

/** It falls by itself when room is needed. */
export function mayGo({ kind, pinned }: Pick<HeldFile, 'kind' | 'pinned'>): boolean {
  return kind === 'cache' && !pinned;
}

/** What becomes of a file, in a word or two for a tag; empty: nothing special. */
export function fateWords(file: Pick<HeldFile, 'kind' | 'pinned' | 'state'>): string {
  if (file.state === 'coming') return 'not all of it is here';
  if (file.pinned) return 'kept';
  return mayGo(file) ? 'a copy, may go' : '';
}

export function countWords({ files, uploads }: Pick<FileUsage, 'files' | 'uploads'>): string {
  const coming = uploads === 0 ? '' : `, ${plural(uploads, 'upload')} not finished`;
  return `${plural(files, 'file')}${coming}`;
}
