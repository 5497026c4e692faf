/**
 * Names and texts that people read of one another: trimmed, composed (NFC), without control characters
 * and without the marks that turn the direction of text, by which one name can look like another.
 */

import { utf8 } from 'copse/internal/base/bytes.ts';

/** Line feeds and tabs may stay where a text has several lines. */
const CONTROLS = /\p{Cc}/gu;
const CONTROLS_OF_TEXT = /[^\P{Cc}\t\n]/gu;
/** What turns the direction of text, separates lines, or has no width (but the joiners that scripts need). */
const INVISIBLE = /[\p{Bidi_Control}\p{Zl}\p{Zp}\u200b\u2060\ufeff]/gu;

export interface Cleaned {
  readonly text: string;
  /** What was adjusted, for the one who sent it. */
  readonly notes: readonly string[];
}

/** One line. */
export function cleanName(name: string, bytesMax: number): Cleaned {
  const cleaned = clean(name.replaceAll(/\s+/gu, ' '), name, CONTROLS, bytesMax);
  // What was taken out may have stood between two spaces.
  return { ...cleaned, text: cleaned.text.replaceAll(/ {2,}/gu, ' ') };
}

/** Several lines. */
export function cleanText(text: string, bytesMax: number): Cleaned {
  return clean(text.replaceAll('\r\n', '\n'), text, CONTROLS_OF_TEXT, bytesMax);
}

function clean(start: string, original: string, controls: RegExp, bytesMax: number): Cleaned {
  const notes: string[] = [];
  const visible = start.replaceAll(controls, '').replaceAll(INVISIBLE, '');
  if (visible !== start) notes.push('control characters were removed');
  const trimmed = visible.trim();
  if (trimmed !== visible || (start !== original && notes.length === 0)) notes.push('spaces were trimmed');
  const composed = trimmed.normalize('NFC');
  // A few characters grow when composed; a text that would not fit any more stays as it is.
  return { text: utf8(composed).length <= bytesMax ? composed : trimmed, notes };
}
