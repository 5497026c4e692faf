/**
 * What each source adds to a built file: the file is compressed once more without the stretches that its
 * source map says come from that source. What two sources share in the window of the compression counts for
 * neither, so the sum is less than the whole; the order is what tells where to look.
 */

import { gzipBytes } from './load.ts';
import type { BuiltFile } from './browser.ts';

export interface Weight {
  /** As the source map names it, from the folder of the sources. */
  readonly source: string;
  /** Compressed bytes that the file is lighter without it. */
  readonly gzipBytes: number;
  /** Bytes of it in the built file. */
  readonly plainBytes: number;
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

interface Stretch {
  readonly start: number;
  readonly source: string;
}

/** The sources of a built file, the heaviest first. */
export function weightsOf(file: BuiltFile): readonly Weight[] {
  const stretches = stretchesOf(file);
  const whole = gzipBytes([file]);
  const restBySource = new Map<string, string>();
  for (const { source } of stretches) restBySource.set(source, '');
  for (const source of restBySource.keys()) {
    const rest = stretches.map(({ start, source: of }, at) =>
      of === source ? '' : file.text.slice(start, stretches[at + 1]?.start),
    );
    restBySource.set(source, rest.join(''));
  }
  return [...restBySource]
    .map(([source, text]) => ({
      source,
      gzipBytes: whole - gzipBytes([{ ...file, text }]),
      plainBytes: file.text.length - text.length,
    }))
    .toSorted((a, b) => b.gzipBytes - a.gzipBytes);
}

/** The file in stretches of one source each, from its beginning to its end. */
function stretchesOf({ text, map }: BuiltFile): readonly Stretch[] {
  const { sources, mappings }: SourceMap = JSON.parse(map);
  const stretches: Stretch[] = [{ start: 0, source: '' }];
  let source = 0;
  let lineStart = 0;
  for (const line of mappings.split(';')) {
    let column = 0;
    for (const segment of line.split(',')) {
      const [columns = 0, sourceStep] = numbersOf(segment);
      column += columns;
      if (sourceStep === undefined) continue;
      source += sourceStep;
      const name = (sources[source] ?? '').replace(/^(\.\.\/)+/, '');
      if (stretches.at(-1)?.source !== name) stretches.push({ start: lineStart + column, source: name });
    }
    lineStart = text.indexOf('\n', lineStart) + 1;
  }
  return stretches;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Numbers in the base 64 of source maps: five bits a digit, the lowest first, the sign in the lowest bit. */
function numbersOf(segment: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
