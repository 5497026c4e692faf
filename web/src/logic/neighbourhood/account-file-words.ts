/** What became of an account that was brought from a file, in words. */

import type { ImportReport } from '../../model/sdk-account-file.ts';
import { plural } from '../numbers.ts';

/** Reasons that are spelt out. */
const REASONS_MAX = 5;

export function reportLines(report: ImportReport): readonly string[] {
  const { messages, pins, files, filesMissing, refusals } = report;
  const known = messages.known + pins.known + files.known;
  const refused = messages.refused + pins.refused + files.refused;
  const taken = [plural(messages.taken, 'message'), plural(files.taken, 'file')].join(' and ');
  const lines = [`${taken} came${known === 0 ? '' : `; ${known} were here already`}.`];
  if (filesMissing > 0)
    lines.push(`Without their bytes, which are not in it: ${plural(filesMissing, 'file')}.`);
  if (refused > 0) lines.push(`Refused: ${refused}.`);
  for (const { record, why } of refusals.slice(0, REASONS_MAX)) lines.push(`Record ${record}: ${why}.`);
  return lines;
}

/** Why it was not read to its end, as a sentence. */
export function troubleLine(trouble: string): string {
  return `${trouble.slice(0, 1).toUpperCase()}${trouble.slice(1)}. What came before is here; bring the whole file to go on.`;
}
